"""What lead agencies sent on the console, and who signed it off."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from console.decisions.models import OnlyAdded


class Sent(OnlyAdded):
    """One row per return sent on the console, in the order in which they were sent: the same file may be sent again.

    Its bytes lie in the inbox and, after a run, in the archive.
    """

    a_row: ClassVar = "A sent return"
    instead: ClassVar = "Send another; the newest counts."
    cluster_id = models.CharField(max_length=200, db_index=True)
    reporting_year = models.CharField(max_length=7)
    file_name = models.CharField(max_length=200)  # as the person called it
    inbox_name = models.CharField(max_length=400)  # its path below the inbox
    sha256 = models.CharField(max_length=64)
    arrival = models.PositiveIntegerField(default=1, db_default=1)  # how manieth time its cluster sends these bytes
    size_bytes = models.PositiveIntegerField()
    organisations = models.PositiveIntegerField()
    to_put_right = models.PositiveIntegerField()  # questions that the check still had
    to_look_at = models.PositiveIntegerField()
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=254)  # e-mail address
    signed_by = models.CharField(max_length=150)  # the name under the statement; it stays in this database
    statement = models.TextField()

    class Meta:
        """Each arrival of the same bytes is signed off once."""

        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cluster_id", "sha256", "arrival"], name="an_arrival_is_signed_off_once")
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.reporting_year}: {self.file_name}"
