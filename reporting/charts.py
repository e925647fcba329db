"""Charts for page and print, by Altair: colours that colour-blind people can tell apart, and marks beside colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

# Okabe and Ito, Color Universal Design (2008): told apart with any colour vision. Yellow is too pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_PRINT_FONT = "Libertinus Serif"
_WIDTH, _HEIGHT = 460, 190


def line_chart(rows: Sequence[Mapping[str, Any]], *, x: str, y: str, series: str, number: str) -> dict[str, Any]:
    """Lines over ordered labels, one for each series, told apart by colour, dash and shape of the point.

    What the numbers are is said by the caption above the chart.

    `rows` hold the columns named by `x` (text), `y` (number or None) and `series` (text). `number` is a d3 format.
    """
    import altair as alt

    names = list(dict.fromkeys(str(row[series]) for row in rows))
    labels = list(dict.fromkeys(str(row[x]) for row in rows))
    colour = alt.Color(
        f"{series}:N", sort=names, scale=alt.Scale(domain=names, range=list(COLOURS)), legend=_legend(names)
    )
    base = alt.Chart(alt.Data(values=[dict(row) for row in rows]))
    across = alt.X(f"{x}:O", sort=labels, title=None, axis=alt.Axis(labelAngle=0))
    up = alt.Y(f"{y}:Q", title=None, axis=alt.Axis(format=number))
    lines = base.mark_line(strokeWidth=2.5).encode(
        x=across,
        y=up,
        color=colour,
        strokeDash=alt.StrokeDash(
            f"{series}:N", sort=names, scale=alt.Scale(domain=names, range=list(_DASHES)), legend=None
        ),
    )
    points = base.mark_point(filled=True, size=60).encode(
        x=across, y=up, color=colour, shape=alt.Shape(f"{series}:N", sort=names, scale=alt.Scale(domain=names))
    )
    return _finished((lines + points).properties(width=_WIDTH, height=_HEIGHT))


def bar_chart(
    rows: Sequence[Mapping[str, Any]],
    *,
    label: str,
    value: str,
    title: str,
    number: str,
    mark_at: float | None = None,
    written: str | None = None,
) -> dict[str, Any]:
    """Bars side by side with their value written at the end, and a line across at `mark_at`, such as a target.

    `number` is the format of the axis, and of the values where `written` names no other.
    """
    import altair as alt

    data = alt.Data(values=[dict(row) for row in rows])
    names = [str(row[label]) for row in rows]
    down = alt.Y(f"{label}:N", sort=names, title=None, axis=alt.Axis(labelLimit=320))
    # where a bar goes to the left, its value needs room before the labels
    room = alt.Scale(padding=70) if any(row[value] < 0 for row in rows) else alt.Scale()
    across = alt.X(f"{value}:Q", title=title, axis=alt.Axis(format=number), scale=room)
    bars = alt.Chart(data).mark_bar(color=COLOURS[0]).encode(y=down, x=across)
    # the value stands beyond the end of its bar: to the left of one that goes below zero
    texts = (
        alt.Chart(data)
        .transform_filter(f"datum['{value}'] {'<' if below else '>='} 0")
        .mark_text(align="right" if below else "left", dx=-5 if below else 5, fontSize=12, color="#222")
        .encode(y=down, x=across, text=alt.Text(f"{value}:Q", format=written or number))
        for below in (False, True)
    )
    layers = [bars, *texts]
    if mark_at is not None:
        rule = alt.Chart(alt.Data(values=[{"at": mark_at}])).mark_rule(
            color=COLOURS[1], strokeWidth=2.5, strokeDash=[6, 3]
        )
        layers.append(rule.encode(x="at:Q"))
    return _finished(alt.layer(*layers).properties(width=_WIDTH, height=max(60, 32 * len(names))))


def band_chart(
    rows: Sequence[Mapping[str, Any]], *, x: str, y: str, low: str, high: str, number: str
) -> dict[str, Any]:
    """A line over ordered labels, with a bar from `low` to `high` where a range was expected and is not too wide.

    A range far beyond the figures would press them flat: its bar is cut at twice the largest figure.
    """
    import altair as alt

    top = max((abs(row[y]) for row in rows if row[y] is not None), default=0.0) * 2 or 1.0
    labels = [str(row[x]) for row in rows]
    ranges = [
        {
            x: row[x],
            low: max(-top, min(top, row[low] if row[low] is not None else 0.0)),
            high: min(top, row[high] if row[high] is not None else top),
        }
        for row in rows
        if row[low] is not None or row[high] is not None
    ]
    across = alt.X(f"{x}:O", sort=labels, title=None, axis=alt.Axis(labelAngle=0))
    axis = alt.Axis(format=number)
    band = alt.Chart(alt.Data(values=ranges)).mark_bar(size=34, color=COLOURS[5], opacity=0.35)
    base = alt.Chart(alt.Data(values=[dict(row) for row in rows]))
    up = alt.Y(f"{y}:Q", title=None, axis=axis)
    layers = [
        base.mark_line(strokeWidth=2.5, color=COLOURS[0]).encode(x=across, y=up),
        base.mark_point(filled=True, size=60, color=COLOURS[0], opacity=1).encode(x=across, y=up),
    ]
    if ranges:
        layers.insert(0, band.encode(x=across, y=alt.Y(f"{low}:Q", title=None, axis=axis), y2=f"{high}:Q"))
    return _finished(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT))


def as_svg(spec: Mapping[str, Any], *, for_print: bool = False) -> str:
    """The chart as SVG text, set in the print font for PDF and in the reader's own sans serif for the web."""
    import json

    svg = _rendered(json.dumps(spec, sort_keys=True))
    return svg if for_print else svg.replace(f'"{_PRINT_FONT}"', '"Arial, Helvetica, sans-serif"')


@lru_cache(maxsize=64)
def _rendered(spec: str) -> str:
    # drawn once for page and print: drawing is what takes the time
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg


def _legend(names: Sequence[str]) -> Any:
    import altair as alt

    return alt.Legend(title=None, orient="bottom", columns=4, labelLimit=260) if len(names) > 1 else None


def _finished(chart: Any) -> dict[str, Any]:
    """The specification with the house's fonts; text dark enough on white for WCAG 2.2 AA."""
    dressed = chart.configure(font=_PRINT_FONT, background="white").configure_axis(
        labelColor="#222", titleColor="#222", labelFontSize=12, titleFontSize=12, gridColor="#ddd"
    )
    # validated by the tests; at every drawing it would cost as much as the drawing itself
    spec: dict[str, Any] = dressed.configure_legend(labelFontSize=12, labelColor="#222").to_dict(validate=False)
    return spec
