"""REPLACE does not get past the triggers on SQLite."""

from typing import ClassVar

from django.db import migrations

from console.decisions.triggers import never_replaced


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("queries", "0001_letters")]
    operations: ClassVar = [
        never_replaced("queries_letter", "letters"),
        never_replaced("queries_question", "questions"),
        never_replaced("queries_answer", "answers"),
        never_replaced("queries_turndown", "turndowns"),
    ]
