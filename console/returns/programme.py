"""The programme as the pages know it: which clusters and reporting years there are, and what they are called."""

from __future__ import annotations

from django.conf import settings

from ingestion.programme import Programme, read_programme


def programme() -> Programme:
    """The programme that the nights count by, read now."""
    return read_programme(settings.PROGRAMME)


def cluster_name(cluster_id: str, of: Programme | None = None) -> str:
    """What a cluster is called; its id where the programme does not know it."""
    clusters = (of or programme()).clusters
    return next((one["cluster_name"] for one in clusters if one["cluster_id"] == cluster_id), cluster_id)
