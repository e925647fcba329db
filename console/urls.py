"""Where each part of the console lies."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("console.access.urls")),
    path("alerts/", include("console.alerts.urls")),
    path("rules/", include("console.alerts.rules_urls")),
    path("returns/", include("console.returns.urls")),
    path("queries/", include("console.queries.urls")),
    path("kpis/", include("console.kpis.urls")),
    path("data/", include("console.data.urls")),
]

handler500 = "console.error_pages.server_error"
