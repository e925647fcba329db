"""The page for SQL: one query at a time, its answer as a table or a file, and what one ran before."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from console.access.audit import record, recorded
from console.access.clusters import user_of
from console.data.marts import marts_of
from console.data.models import SqlRun
from console.data.sql import Answer, BusyError, Limits, SqlError, ask
from console.data.views import readable
from console.downloads import csv_response
from console.paging import A_PAGE
from console.releases import release_of

_ON_A_PAGE = Limits()
_IN_A_FILE = replace(_ON_A_PAGE, rows=100_000, cell=30_000, characters=20_000_000)
_NUMERIC = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL.*)$")


class SqlForm(forms.Form):
    """One query."""

    details = ""  # what DuckDB says of it
    status = 422  # of a page that says what is wrong

    sql = forms.CharField(
        label="Query",
        widget=forms.Textarea(attrs={"spellcheck": "false", "autocapitalize": "off"}),
        max_length=20_000,
        error_messages={"required": "Write a query, such as: select * from turnover_by_cluster"},
    )


def sql(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to what was sent with it."""
    if request.method != "POST":
        return _page(request, SqlForm(initial={"sql": _to_begin_with(request)}))
    form = SqlForm(request.POST)
    answer = _answer(request, form, _ON_A_PAGE)
    return _page(request, form, answer)


@recorded("download")
def sql_file(request: HttpRequest) -> HttpResponseBase:
    """The answer as CSV."""
    form = SqlForm(request.POST)
    answer = _answer(request, form, _IN_A_FILE)
    if answer is None:
        return _page(request, form)
    if answer.more:
        form.add_error("sql", f"A file holds {_IN_A_FILE.rows:,} rows, or 20 million characters. {_TAKE_THE_MART}")
        return _page(request, form)
    rows = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
    return csv_response(f"query-{release_of(request).release_id}", answer.columns, rows)


_TAKE_THE_MART = "Ask for less, or take the whole mart as CSV or Parquet from its own page."


def _answer(request: HttpRequest, form: SqlForm, limits: Limits) -> Answer | None:
    """The answer; None, and the form says why, where there is none."""
    if not form.is_valid():
        return None
    release, query = release_of(request), form.cleaned_data["sql"]
    run = SqlRun(who=user_of(request).email, release_id=release.release_id, sql=query)
    record(request, "query", query)
    try:
        answer = ask(release.folder / "marts.duckdb", query, limits)
    except BusyError as busy:
        form.add_error(None, str(busy))
        form.status = 503
        return None
    except SqlError as error:
        form.add_error("sql", str(error))
        form.details = error.details
        run.problem = str(error)
        run.save()
        return None
    run.rows, run.more, run.seconds = len(answer.rows), answer.more, round(answer.seconds, 3)
    run.save()
    return answer


def _page(request: HttpRequest, form: SqlForm, answer: Answer | None = None) -> HttpResponse:
    release = release_of(request)
    page = Paginator(_own(request), A_PAGE).get_page(request.GET.get("page"))
    told: dict[str, Any] = {"form": form, "release": release, "answer": answer, "page": page, "limits": _ON_A_PAGE}
    told["marts"] = marts_of(release.folder).values()
    if answer:
        told["rows"] = [readable(dict(zip(answer.columns, row, strict=True))) for row in answer.rows]
        told["heads"] = [
            (name, name, *(["numeric"] if _NUMERIC.match(kind) else []))
            for name, kind in zip(answer.columns, answer.types, strict=True)
        ]
    return render(request, "data/sql.html", told, status=form.status if form.errors else 200)


def _own(request: HttpRequest) -> QuerySet[SqlRun]:
    return SqlRun.objects.filter(who=user_of(request).email)


def _to_begin_with(request: HttpRequest) -> str:
    """A query of one's own to run again, or the first rows of a mart."""
    if (run := request.GET.get("run", "")).isdecimal():
        return get_object_or_404(_own(request), pk=int(run)).sql
    mart = request.GET.get("mart")
    return f"select *\nfrom {mart}\nlimit 100" if mart in marts_of(release_of(request).folder) else ""
