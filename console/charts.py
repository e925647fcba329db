"""Charts as images: a page shows them by address, so that no style stands in the page itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from reporting.charts import as_svg


def svg_response(spec: Mapping[str, Any]) -> HttpResponse:
    """The answer of a view that draws a chart of `reporting.charts`."""
    response = HttpResponse(as_svg(spec), content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=300"
    return response
