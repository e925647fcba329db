"""Users of the console, who are work contacts with one role each, and the audit log of what they did."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from console.access.roles import AGENCY, ROLES
from console.decisions.models import Chained


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, email: str, password: str | None, *, name: str, role: str, cluster_id: str = "") -> User:
        """A new user; without a password nobody can sign in as this user but by single sign-on."""
        user = self.model(email=email.strip().lower(), name=name, role=role, cluster_id=cluster_id)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The user with this e-mail address, in whatever case it is written."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """One row per person who may sign in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=16, choices=list(ROLES.items()))
    cluster_id = models.CharField(max_length=200, blank=True)  # of a lead agency
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)  # the one they have was given for one time
    added_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    class Meta:
        """An agency always has a cluster, and nobody else has one."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(role=AGENCY) ^ models.Q(cluster_id=""),
                name="agency_has_a_cluster",
                violation_error_message="A lead agency needs a cluster, and nobody else has one.",
            )
        ]

    def __str__(self) -> str:
        return self.name


# What the audit log writes down; a later kind takes the end of the list.
EVENTS = {
    "sign-in": "Signed in",
    "sign-in-refused": "Sign-in refused",
    "locked": "Locked out after too many tries",
    "sign-out": "Signed out",
    "password": "Changed their own password",
    "user": "Added or changed a user",
    "download": "Downloaded",
    "query": "Ran a query",
    "upload": "Uploaded a file",
    "return": "Sent or took back a return",
    "letter": "Made or answered questions to a lead agency",
    "decision": "Decided about alerts",
}


class AuditEntry(Chained):
    """One row per thing that somebody did. Only ever added to; has no address of a machine."""

    a_row: ClassVar = "An entry of the audit log"
    at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    who = models.CharField(max_length=254, db_index=True, blank=True)  # e-mail address; empty: nobody whom we know
    role = models.CharField(max_length=16, blank=True)  # the role at the time
    what = models.CharField(max_length=16, choices=list(EVENTS.items()), db_index=True)
    about = models.TextField(blank=True)

    class Meta:
        """Entries are numbered in the order in which they were made."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.who or 'somebody'}: {self.get_what_display()}"
