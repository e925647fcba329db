"""Triggers that keep the history of decisions from being changed."""

from typing import ClassVar

from django.db import migrations

from console.decisions.triggers import forget_history, keep_history


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("decisions", "0001_tables")]
    operations: ClassVar = [migrations.RunPython(keep_history, forget_history)]
