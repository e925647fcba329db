"""The SQL that people ran, so that each finds their own again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from console.decisions.models import OnlyAdded

_SHORT = 100  # characters of a query in a list


class SqlRun(OnlyAdded):
    """One row per query that somebody ran over a release. Only ever added to; the answer is not kept."""

    a_row: ClassVar = "A query that was run"
    at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=254, db_index=True)  # e-mail address
    release_id = models.CharField(max_length=64)
    sql = models.TextField()
    rows = models.IntegerField(null=True)  # how many were given; empty where there was no answer
    more = models.BooleanField(default=False)  # whether there were more
    seconds = models.FloatField(null=True)
    problem = models.TextField(blank=True)  # why there was no answer

    class Meta:
        """The newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        text = " ".join(self.sql.split())
        return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
