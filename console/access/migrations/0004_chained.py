"""The audit log is chained by hash, and REPLACE does not get past its triggers."""

import django.utils.timezone
from django.db import migrations, models

from console.decisions.triggers import chained, never_replaced


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_one_time_password"),
        ("decisions", "0003_chained"),
    ]

    operations = [
        # Only Python's side of it changes; to lay the table anew would take its triggers away.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "auditentry",
                    "at",
                    models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False),
                )
            ]
        ),
        migrations.AddField("auditentry", "chain", models.CharField(editable=False, max_length=64, null=True)),
        chained("access_auditentry", "audit_entries"),
        never_replaced("access_auditentry", "audit_entries"),
    ]
