"""Charts as images: a page shows them by address, so that no style stands in the page itself."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Thread
from typing import Any

from django.http import HttpResponse

from reporting.charts import as_svg, bar_chart


def svg_response(spec: Mapping[str, Any]) -> HttpResponse:
    """The answer of a view that draws a chart of `reporting.charts`."""
    response = HttpResponse(as_svg(spec), content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=300"
    return response


def get_ready_to_draw() -> Thread:
    """Draw a first chart aside, since the first of a process takes a second longer than all others."""

    def draw() -> None:
        as_svg(bar_chart([{"name": "none", "figure": 0}], label="name", value="figure", title="", number=",.0f"))

    thread = Thread(target=draw, name="first chart", daemon=True)
    thread.start()
    return thread
