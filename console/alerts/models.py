"""Who looks after which alert, and the views of the list that people keep for themselves."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from console.decisions.models import Alert, OnlyAdded


class Assignment(OnlyAdded):
    """One row per time that an alert was given to somebody, or to nobody. The last one counts."""

    a_row: ClassVar = "An assignment"
    instead: ClassVar = "Assign the alert again."
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="assignments")
    assigned_to = models.CharField(max_length=254, blank=True)  # e-mail address of a steward; empty: nobody
    assigned_by = models.CharField(max_length=254)
    assigned_at = models.DateTimeField()

    class Meta:
        """Assignments are numbered in the order in which they were made."""

        ordering: ClassVar = ["id"]


class SavedView(models.Model):
    """One row per view of the list of alerts that somebody keeps: its filters as they stand in the address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    filters = models.CharField(max_length=1000, blank=True)

    class Meta:
        """A name is there once for each person."""

        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_a_name")]
