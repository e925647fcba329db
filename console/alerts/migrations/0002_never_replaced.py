"""REPLACE does not get past the triggers on SQLite."""

from typing import ClassVar

from django.db import migrations

from console.decisions.triggers import never_replaced


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("alerts", "0001_assignments_and_views")]
    operations: ClassVar = [
        never_replaced("alerts_assignment", "assignments"),
    ]
