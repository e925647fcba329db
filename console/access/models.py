"""Users of the console: work contacts with one role each."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from console.access.roles import AGENCY, ROLES


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
