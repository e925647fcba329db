"""Decisions are chained by hash, and REPLACE does not get past the triggers."""

from typing import ClassVar

from django.db import migrations, models

from console.decisions.triggers import chained, never_replaced


class Migration(migrations.Migration):
    """After the triggers."""

    dependencies: ClassVar = [("decisions", "0002_history_is_kept")]
    operations: ClassVar = [
        migrations.AddField("decision", "chain", models.CharField(editable=False, max_length=64, null=True)),
        chained("decisions_decision", "decisions"),
        never_replaced("decisions_decision", "decisions"),
    ]
