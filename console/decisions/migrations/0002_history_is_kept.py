"""Triggers that keep the history of decisions from being changed."""

from typing import ClassVar

from django.db import migrations

from console.decisions.triggers import only_added


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("decisions", "0001_tables")]
    operations: ClassVar = [only_added("decisions_decision", "decisions")]
