"""Whether the console can do its work: what a load balancer or a watchman asks."""

from __future__ import annotations

import duckdb
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from console.releases import NoReleaseError, current_release


def health(_request: HttpRequest) -> JsonResponse:
    """The state of the operational database and of the release: status 200 where both can be used, else 503.

    It names the release and nothing else, so anybody may ask.
    """
    state = {"database": _database(), "release": _release()}
    well = all(found != "unusable" for found in state.values())
    return JsonResponse(state, status=200 if well else 503, headers={"Cache-Control": "no-store"})


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from access_user limit 1")
    except Error:
        return "unusable"
    return "usable"


def _release() -> str:
    try:
        return current_release(settings.HOME).release_id
    except (NoReleaseError, OSError, duckdb.Error):
        return "unusable"
