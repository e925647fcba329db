"""Who may sign in: the pages on which an administrator adds and changes users, and everybody their own password."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from console.access.audit import record
from console.access.clusters import user_of
from console.access.models import User
from console.access.roles import ADMINISTRATOR, ROLES
from console.access.tries import locked_accounts
from console.access.tries import unlock as forget_tries
from ingestion.programme import read_programme

_ONE_TIME_LETTERS = 16
_UNPROCESSABLE = 422


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an administrator says about a user."""

    class Meta:
        """Everything but the password."""

        model = User
        fields: ClassVar = ["name", "email", "role", "cluster_id", "is_active"]
        labels: ClassVar = {
            "name": "Name",
            "email": "Work e-mail address",
            "is_active": "May sign in",
        }

    role = forms.ChoiceField(label="Role", choices=[("", "Choose a role"), *ROLES.items()])
    cluster_id = forms.ChoiceField(label="Cluster", help_text="Only for a lead agency.", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clusters = {one["cluster_id"]: one["cluster_name"] for one in read_programme(settings.PROGRAMME).clusters}
        # One that the programme no longer has stays until somebody chooses another.
        own = {self.instance.cluster_id: self.instance.cluster_id} if self.instance.cluster_id else {}
        self.fields["cluster_id"].choices = [("", "None"), *(own | clusters).items()]  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """Addresses are kept in small letters, as sign-in looks them up."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """Somebody must stay who can add users."""
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("role") == ADMINISTRATOR and cleaned.get("is_active")
        if self.instance.pk and not stays:
            others = User.objects.filter(role=ADMINISTRATOR, is_active=True).exclude(pk=self.instance.pk)
            was = User.objects.filter(pk=self.instance.pk, role=ADMINISTRATOR, is_active=True).exists()
            if was and not others.exists():
                raise ValidationError("This is the last administrator who may sign in. Make somebody else one first.")
        return cleaned


def users(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in or once might, by name; a POST adds somebody."""
    form = UserForm(request.POST or None, initial={"is_active": True})
    if request.method == "POST" and form.is_valid():
        return _with_one_time_password(request, form.save(commit=False), "added")
    everybody = User.objects.order_by("name", "email")
    status = _UNPROCESSABLE if form.errors else 200
    told = {"everybody": everybody, "form": form, "locked": locked_accounts()}
    return render(request, "access/users.html", told, status=status)


def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One user; a POST changes what is said about them. Whoever is closed is signed out with their next click."""
    with transaction.atomic():
        one = get_object_or_404(User.objects.select_for_update(), pk=user_id)
        form = UserForm(request.POST or None, instance=one)
        if request.method == "POST" and form.is_valid():
            form.save()
            changed = ", ".join(form.changed_data) or "nothing"
            record(request, "user", f"{one.email}: changed {changed}")
            return redirect("access:users")
    one.refresh_from_db()
    status = _UNPROCESSABLE if form.errors else 200
    told = {"one": one, "form": form, "locked": one.email in locked_accounts()}
    return render(request, "access/user.html", told, status=status)


def unlock(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a user try again who gave too many wrong passwords."""
    one = get_object_or_404(User, pk=user_id)
    forget_tries(one.email)
    record(request, "user", f"{one.email}: unlocked")
    messages.success(request, f"{one.name} can try to sign in again.")
    return redirect("access:user", user_id)


def new_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a user a new password for one time, and show it."""
    return _with_one_time_password(request, get_object_or_404(User, pk=user_id), "new one-time password")


@never_cache
def _with_one_time_password(request: HttpRequest, one: User, what: str) -> HttpResponse:
    password = secrets.token_urlsafe(_ONE_TIME_LETTERS)[:_ONE_TIME_LETTERS]
    one.set_password(password)
    one.must_change_password = True
    one.save()
    record(request, "user", f"{one.email}: {what}")
    return render(request, "access/one_time_password.html", {"one": one, "password": password})


def own_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; this session stays open, all others of the user end."""
    form = PasswordChangeForm(user_of(request), request.POST or None)
    del form.fields["old_password"].widget.attrs["autofocus"]
    if request.method == "POST" and form.is_valid():
        changed = form.save()
        changed.must_change_password = False
        changed.save(update_fields=["must_change_password"])
        update_session_auth_hash(request, changed)
        record(request, "password")
        return redirect("access:home")
    status = _UNPROCESSABLE if form.errors else 200
    return render(request, "access/own_password.html", {"form": form}, status=status)
