"""What a steward fills in: a decision about one alert or several, and who looks after it."""

from __future__ import annotations

from typing import Any

from django import forms

from console.access.models import User
from console.access.roles import STEWARD
from console.decisions.decide import Verdict
from console.decisions.kinds import KINDS, REASONS

_PERCENT = 100.0


class DecisionForm(forms.Form):
    """What a steward decides about one alert, and why."""

    kind = forms.ChoiceField(
        label="Decision",
        widget=forms.RadioSelect,
        choices=[(kind, about[0]) for kind, about in KINDS.items()],
        error_messages={"required": "Say what you decide."},
    )
    reason = forms.ChoiceField(
        label="Reason, where the figure is correct", choices=[("", "None"), *REASONS.items()], required=False
    )
    explanation = forms.CharField(label="Explanation", widget=forms.Textarea, required=False)
    within = forms.FloatField(label="The figure may move by this many percent", min_value=0, required=False)
    until = forms.DateField(label="The decision holds until", required=False)
    new_value = forms.FloatField(label="Figure to count in its place", required=False)
    source = forms.CharField(label="Where that figure comes from", required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def verdict(self) -> Verdict:
        """The same as `decide` takes it. Only for a form that is valid."""
        told: dict[str, Any] = self.cleaned_data
        return Verdict(
            told["kind"],
            told["explanation"],
            told["reason"],
            within=(told["within"] or 0.0) / _PERCENT,
            until=told["until"],
            new_value=told.get("new_value"),
            source=told.get("source", ""),
        )


class SeveralForm(DecisionForm):
    """The same about several alerts at once, which have no figure in common."""

    new_value = None  # type: ignore[assignment]
    source = None  # type: ignore[assignment]
    kind = forms.ChoiceField(
        label="Decision",
        widget=forms.RadioSelect,
        choices=[(kind, about[0]) for kind, about in KINDS.items() if kind != "correct"],
        error_messages={"required": "Say what you decide."},
    )


class AssignForm(forms.Form):
    """Who looks after an alert."""

    assigned_to = forms.ChoiceField(label="Looked after by", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(role=STEWARD, is_active=True).order_by("name")
        field = self.fields["assigned_to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "nobody"), *((one.email, one.name) for one in people)]
