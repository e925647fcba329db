"""Template tags for the parts that pages are made of, in the markup of the GOV.UK Design System.

They are there in every template without `{% load %}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select, Textarea
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from reporting.document import Block, DataTable, Document

register = template.Library()
_COLOURS = {
    "reject": "red", "error": "red", "warning": "orange", "info": "grey",
    "new": "blue", "acknowledged": "light-blue", "to be asked in the next letter": "pink",
    "waiting for the agency": "yellow",
    "reopened": "purple",
    "explained, waiting for approval": "turquoise",
    "late": "red", "due": "yellow", "received": "blue", "refused": "red", "accepted": "green",
    "set aside by us": "purple",
    "being checked": "light-blue", "queries out": "yellow", "counts": "green",
}  # fmt: skip


@register.inclusion_tag("parts/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """What is wrong with a form, at the top of the page, each a link to its field."""
    fields = [(field.id_for_label, error) for field in form for error in field.errors]
    return {"general": form.non_field_errors(), "fields": fields}


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, hint: str = "", rows: int = 5, width: str = "") -> dict[str, Any]:
    """A field of a form with its label, hint and error. `width` is a class such as govuk-input--width-10."""
    widget = bound.field.widget
    several = isinstance(widget, (RadioSelect, CheckboxSelectMultiple))
    single = isinstance(widget, CheckboxInput)
    name = bound.id_for_label or bound.auto_id
    about = [f"{bound.auto_id}-hint"] if hint or bound.help_text else []
    about += [f"{bound.auto_id}-error"] if bound.errors else []
    kind = next((css for type_, css in _WIDGETS.items() if isinstance(widget, type_)), "govuk-input")
    css = f"{kind} {width}".strip() + (f" {kind}--error" if bound.errors else "")
    attrs: dict[str, Any] = {"class": css, **({"aria-describedby": " ".join(about)} if about else {})}
    if isinstance(widget, Textarea):
        attrs["rows"] = rows
    return {
        "bound": bound,
        "hint": hint or bound.help_text,
        "name": name,
        "several": several,
        "single": single,
        "radios": isinstance(widget, RadioSelect),
        "choices": list(bound.subwidgets) if several else [],
        "widget": ""
        if several
        else bound.as_widget(attrs=attrs | ({"class": "govuk-checkboxes__input"} if single else {})),
        "describedby": " ".join(about),
    }


_WIDGETS = {Textarea: "govuk-textarea", Select: "govuk-select", FileInput: "govuk-file-upload"}


@register.inclusion_tag("parts/table.html")
def table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, str] | tuple[str, str, str]], caption: str
) -> dict[str, Any]:
    """A table. Each column is (key, heading) or (key, heading, "numeric"); the first column heads its row."""
    heads = [(column[1], len(column) > 2) for column in columns]  # noqa: PLR2004
    lines = [[(row.get(column[0]), len(column) > 2) for column in columns] for row in rows]  # noqa: PLR2004
    return {"caption": caption, "heads": heads, "lines": lines}


@register.inclusion_tag("parts/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any) -> dict[str, Any]:
    """Links to the pages of a Django Page, with the filters of the address kept."""
    return {"page": page, "request": context["request"], "numbers": page.paginator.get_elided_page_range(page.number)}


@register.simple_tag
def tag(text: str, colour: str = "") -> SafeString:
    """A word on a coloured ground, such as a status or a severity."""
    ground = colour or _COLOURS.get(str(text).lower(), "grey")
    return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', ground, text)


@register.inclusion_tag("parts/summary_list.html")
def summary_list(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Keys and values beside each other."""
    return {"pairs": pairs}


@register.inclusion_tag("parts/chart.html")
def chart(
    src: str, alt: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[Any], caption: str
) -> dict[str, Any]:
    """A chart as an image (a view answers with `console.charts.svg_response`) and its numbers in a table beneath."""
    return {"src": src, "alt": alt, "rows": rows, "columns": columns, "caption": caption}


@register.inclusion_tag("parts/blocks.html", takes_context=True)
def blocks(context: template.Context, some: Sequence[Block]) -> dict[str, Any]:
    """Blocks of a document of `reporting`, all or some of the one that the page shows as `document`.

    Where the page has `files`, an address, the charts are below it as `charts/NAME.svg` and the tables as
    `tables/NAME.csv` and `.xlsx`, each with the page's `query`. `row_links` leads from the first cell of a row on.
    """
    return {"blocks": [(type(block).__name__, block) for block in some], **_of_page(context)}


@register.inclusion_tag("parts/data_table.html", takes_context=True)
def data_table(context: template.Context, block: DataTable) -> dict[str, Any]:
    """A table of a document, with where its figures come from and its downloads."""
    page = _of_page(context)
    numeric = [column in block.numeric for column in block.columns]
    return {
        **page,
        "block": block,
        "explained": {one.source.anchor for one in page["document"].definitions},
        "heads": list(zip(block.columns, numeric, strict=True)),
        "lines": [
            (row[0], page["row_links"].get(row[0], ""), list(zip(row[1:], numeric[1:], strict=True)))
            for row in block.rows
        ],
    }


def _of_page(context: template.Context) -> dict[str, Any]:
    return {name: context.get(name) or nothing for name, nothing in _DOCUMENT_PAGE.items()} | {
        "document": context["document"]
    }


_DOCUMENT_PAGE: dict[str, Any] = {"files": "", "query": "", "row_links": {}}


@register.simple_tag(takes_context=True)
def year_shown(context: template.Context, year: str) -> str:
    """A reporting year, with how many of its returns are in where these are not all: 2026-27 (1 of 4 returns)."""
    from console.releases import NoReleaseError, release_of

    try:
        return release_of(context["request"]).year_shown(year)
    except (KeyError, NoReleaseError):
        return year


@register.inclusion_tag("parts/definitions.html")
def definitions(document: Document) -> dict[str, Any]:
    """What each figure of a document means, where the names of its sources lead to."""
    return {"definitions": document.definitions}


@register.filter
def moment(value: datetime | None) -> str:
    """An instant for a person, in the programme's time zone, which it names: 1 July 2026, 00:30 BST."""
    return date_format(localtime(value), "j F Y, H:i T") if value else ""


@register.filter
def shown(value: Any) -> SafeString | Any:
    """A value for a person: thousands apart, a dash for nothing."""
    if value is None or value == "":
        return mark_safe('<span aria-hidden="true">–</span><span class="govuk-visually-hidden">none</span>')
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
