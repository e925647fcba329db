"""REPLACE does not get past the triggers on SQLite."""

from typing import ClassVar

from django.db import migrations

from console.decisions.triggers import never_replaced


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("data", "0001_sql_runs")]
    operations: ClassVar = [
        never_replaced("data_sqlrun", "sql_runs"),
    ]
