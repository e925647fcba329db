"""Tables of the operational database: alerts that were seen, nights that saw them, decisions about them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models, router, transaction

from console.decisions.chain import link_of
from console.decisions.kinds import KINDS, REASONS


class AppendOnlyError(Exception):
    """The history is only ever added to."""


class Night(models.Model):
    """One row per day on which a night published a release."""

    seen_on = models.DateField(primary_key=True)
    release_id = models.CharField(max_length=64)
    number = models.IntegerField(default=0)  # in the order in which they were written down; only grows


class Alert(models.Model):
    """One row per alert that was ever published, as it was last seen. Outlives every warehouse."""

    alert_id = models.CharField(primary_key=True, max_length=32)
    rule_code = models.CharField(max_length=8)
    severity = models.CharField(max_length=8)
    cluster_id = models.CharField(max_length=200, null=True)
    cluster_name = models.CharField(max_length=400, null=True)
    organisation_id = models.CharField(max_length=200, null=True)
    organisation_name = models.CharField(max_length=1000, null=True)
    reporting_year = models.CharField(max_length=7, null=True)
    field = models.CharField(max_length=100, null=True)
    label = models.TextField(null=True)
    observed = models.TextField(null=True)
    value = models.FloatField(null=True)  # the figure in question, where it is a number
    message = models.TextField()
    receipt_id = models.CharField(max_length=64, null=True)

    class Meta:
        """Stewards look for the alerts of an organisation."""

        indexes: ClassVar = [models.Index(fields=["cluster_id", "organisation_id", "reporting_year"])]


class Spell(models.Model):
    """One row per unbroken row of nights on which an alert was seen."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="spells")
    first_on = models.DateField()
    last_on = models.DateField(db_index=True)

    class Meta:
        """A spell is known by its alert and its first night."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["alert", "first_on"], name="one_spell_a_first_night")]


class OnlyAdded(models.Model):
    """A table whose rows are never changed and never deleted. Its migration adds the triggers of `only_added`."""

    a_row: ClassVar[str]  # what a row is called, with its article, at the beginning of a sentence
    instead: ClassVar[str] = ""  # what to do instead of changing one

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; a second save of the same one is refused."""
        if not self._state.adding:
            raise AppendOnlyError(f"{self.a_row} is never changed. {self.instead}".strip())
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> tuple[int, dict[str, int]]:
        """Refused: the history is for ever."""
        raise AppendOnlyError(f"{self.a_row} is never deleted. {self.instead}".strip())


class Chained(OnlyAdded):
    """Rows that are only added, each with the hash of the one before it and of its own: see `chain`."""

    chain = models.CharField(max_length=64, null=True, editable=False)

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row at the end of the chain."""
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            if self._state.adding:
                self.chain = link_of(self, using)
            super().save(*args, **kwargs)


class Decision(Chained):
    """One row per decision about an alert. Never changed, never deleted: a later one takes its place.

    A decision holds while the figure stays between `low` and `high` (or, where it is no number, while what was
    observed stays the same), until `until`, and while the rule judges as severely as it did.
    """

    a_row: ClassVar = "A decision"
    instead: ClassVar = "Make a new one; it takes the place of the earlier."
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=16, choices=[(kind, about[0]) for kind, about in KINDS.items()])
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=16, choices=list(REASONS.items()), blank=True)
    explanation = models.TextField()
    severity = models.CharField(max_length=8)
    observed = models.TextField(null=True)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    until = models.DateField(null=True)
    new_value = models.FloatField(null=True)
    source = models.TextField(blank=True)

    class Meta:
        """Decisions are numbered in the order in which they were made."""

        ordering: ClassVar = ["id"]
