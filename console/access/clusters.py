"""A lead agency sees its own cluster only. Everybody else sees all."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from console.access.models import User
from console.access.roles import AGENCY

M = TypeVar("M", bound=Model)


def user_of(request: HttpRequest) -> User:
    """Who is signed in. The gate lets nobody else through to a page that is not for anybody."""
    assert isinstance(request.user, User)
    return request.user


def own_cluster(user: User) -> str | None:
    """The only cluster that this user sees; None: all. An agency without a cluster sees none (an empty id)."""
    return (user.cluster_id or "") if user.role == AGENCY else None


def check_own_cluster(user: User, cluster_id: str | None) -> None:
    """Raise Http404 where this is about a cluster that the user does not see."""
    own = own_cluster(user)
    if own is not None and (not own or cluster_id != own):
        raise Http404


def limit_to_cluster(rows: QuerySet[M], user: User, *, field: str = "cluster_id") -> QuerySet[M]:
    """Only the rows of clusters that the user sees."""
    own = own_cluster(user)
    return rows if own is None else rows.filter(**{field: own}) if own else rows.none()
