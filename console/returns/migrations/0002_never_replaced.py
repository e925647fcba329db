"""REPLACE does not get past the triggers on SQLite."""

from typing import ClassVar

from django.db import migrations

from console.decisions.triggers import never_replaced


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("returns", "0001_sent")]
    operations: ClassVar = [
        never_replaced("returns_sent", "sent_returns"),
    ]
