"""The benchmark of one organisation: one page on its own figures beside those of similar organisations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reporting import words
from reporting.charts import bar_chart
from reporting.definitions import finished
from reporting.document import Block, Bullets, Chart, DataTable, Document, Heading, Paragraph, Source
from reporting.figures import Figures, ReportError, Row
from reporting.peers import PeerGroup, peer_groups, size_band
from workspace.suggestions import what_there_is

_DRIVERS = {
    "tco2e_scope_1": "the fuel and gas that you burn",
    "tco2e_scope_2": "the electricity that you buy",
    "tco2e_scope_3": "water, waste and what lies behind your supplies",
}
# More would not fit on the page; the list of alerts has them all.
_MOST_QUESTIONS = 5
# From this share on it may be said that most is of one kind.
_MOST = 0.5
NO_GROWTH = {
    "no figure last year": "we hold no earlier figure of yours",
    "held back": "a question about one of the two figures is still open",
    "small base": "the earlier figure is too small to compare with",
    "non-trading": "growth is followed only for organisations that trade",
}


def organisations_that_answered(figures: Figures, reporting_year: str) -> list[Row]:
    """The organisations that a benchmark is made for: those that answered, one row each, by id."""
    return figures.select(
        """
        select organisation_id, min(organisation_name) as organisation_name, min(cluster_id) as cluster_id
        from turnover_by_organisation
        where reporting_year = $reporting_year and answered
        group by organisation_id
        order by organisation_id
        """,
        reporting_year=reporting_year,
    )


def benchmark(
    figures: Figures,
    organisation_id: str,
    reporting_year: str,
    groups: Mapping[tuple[str, str], PeerGroup] | None = None,
) -> Document:
    """The benchmark of an organisation for a year.

    `groups` are the peer groups of the year, where the caller makes many benchmarks. Raises ReportError where the
    organisation is not known or did not answer: a benchmark is for those that did.
    """
    groups = peer_groups(figures, reporting_year) if groups is None else groups
    turnover = _one(figures, "turnover_by_organisation", organisation_id, reporting_year)
    if turnover is None:
        answered = organisations_that_answered(figures, reporting_year)
        names = {str(one["organisation_id"]): str(one["organisation_name"]) for one in answered}
        raise ReportError(
            f"The release has no figures of {organisation_id} for {reporting_year}.",
            what_there_is(organisation_id, names),
        )
    if not turnover["answered"]:
        raise ReportError(
            f"{name_of(turnover)} did not answer for {reporting_year}, and a benchmark is made for those that did."
        )
    known = figures.mart("organisations", "organisation_id", organisation_id=organisation_id)
    about: Row = known[0] if known else {}
    name = name_of(turnover)
    blocks: list[Block] = [
        Heading("Your figures"),
        _own_figures(figures, organisation_id, reporting_year),
        Heading("Your growth, and where you stand"),
        *_growth(turnover, about, groups),
        Heading("What your volunteers' hours are worth"),
        _hours(_one(figures, "social_value_by_organisation", organisation_id, reporting_year)),
        Heading("Your carbon"),
        _carbon(_one(figures, "environment_by_organisation", organisation_id, reporting_year)),
        Heading("What we asked you about"),
        *_questions(figures, organisation_id, reporting_year),
    ]
    document = Document(
        title=name,
        subtitle=f"How your year {reporting_year} compares, {turnover['cluster_name']} cluster",
        about=f"From release {figures.release_id}, as of {figures.as_of}. For {name} only.",
        blocks=tuple(blocks),
        one_page=True,
    )
    return finished(document, figures)


def name_of(row: Row) -> str:
    """The name of an organisation for people; its id where the name is blank."""
    return str(row["organisation_name"] or "").strip() or str(row["organisation_id"])


def _one(figures: Figures, mart: str, organisation_id: str, reporting_year: str) -> Row | None:
    """The organisation's row of a year; where two clusters sent it, that of the first cluster by id."""
    rows = figures.mart(mart, "cluster_id", organisation_id=organisation_id, reporting_year=reporting_year)
    return rows[0] if rows else None


def _own_figures(figures: Figures, organisation_id: str, reporting_year: str) -> DataTable:
    before = figures.year_before(reporting_year)
    lines: list[tuple[str, str, str, Any]] = [
        ("Income", "turnover_by_organisation", "turnover_gbp", words.pounds),
        ("Employees", "employment_by_organisation", "headcount", words.count),
        ("Full-time equivalents", "employment_by_organisation", "fte", words.decimal),
        ("Volunteers", "social_value_by_organisation", "volunteers", words.count),
        ("Different people helped", "social_value_by_organisation", "clients_supported", words.count),
        ("Tonnes of CO2e", "environment_by_organisation", "tco2e", words.decimal),
    ]
    rows = []
    for label, mart, column, write in lines:
        now = _one(figures, mart, organisation_id, reporting_year)
        last = _one(figures, mart, organisation_id, before) if before else None
        rows.append((label, _with_mark(last, column, write), _with_mark(now, column, write)))
    earlier = before or "Year before"
    return DataTable(
        name="your-figures",
        caption="What you told us",
        columns=("Figure", earlier, reporting_year),
        rows=tuple(rows),
        numeric=frozenset({earlier, reporting_year}),
        sources=tuple(Source(mart, column) for _, mart, column, _ in lines),
    )


def _with_mark(row: Row | None, column: str, write: Callable[[words.Figure], words.Written]) -> str:
    """A figure of the organisation, marked where an error keeps it out of all totals."""
    written = write(row[column] if row else None)
    return f"{written} (in question)" if row and row[column] is not None and row.get("is_held_back") else written


def _growth(turnover: Row, about: Row, groups: Mapping[tuple[str, str], PeerGroup]) -> list[Block]:
    own = turnover["growth_ratio"] if turnover["counts_for_growth"] else None
    if own is None:
        reason = NO_GROWTH.get(str(turnover["growth_status"]), "there is no figure for both years")
        return [Paragraph(words.say("your growth", "unknown", reason=reason))]
    now, earlier = turnover["turnover_annualised_gbp"], turnover["previous_turnover_annualised_gbp"]
    sentences = [
        words.say(
            "your growth",
            words.turn_of(now, earlier),
            by=words.percent(abs(own)),
            before=words.pounds(earlier),
            now=words.pounds(now),
            year_before=turnover["previous_reporting_year"],
            reason="there is no figure for both years",
        )
    ]
    shown = [
        (label, peers, groups[kind, name])
        for kind, name, label, peers in own_groups(turnover, about)
        if (kind, name) in groups
    ]
    if shown:
        _, peers, closest = shown[0]
        sentences.append(
            words.say(
                "your place",
                "middle" if round(own, 3) == round(closest.median, 3) else "above" if own > closest.median else "below",
                n=words.count(closest.organisations),
                peers=peers,
                median=words.percent(closest.median),
            )
        )
    else:
        sentences.append(words.say("your place", "too few", peers="organisations of the programme"))
    blocks: list[Block] = [Paragraph(" ".join(sentences))]
    if shown:
        blocks.append(_place(own, shown, words.is_number(turnover["target_growth_ratio"])))
    return blocks


def own_groups(turnover: Row, about: Row) -> list[tuple[str, str, str, str]]:
    """The groups that an organisation belongs to, the closest first: kind, name, label, and what to call its peers.

    The first sector named is the main one.
    """
    sector = str(about.get("sectors") or "").split(";")[0].strip()
    # those of no named sector have nothing in common
    sector = "" if sector == "other" else sector
    band = size_band(turnover["turnover_gbp"])
    found = [("sector", sector, sector[0].upper() + sector[1:], f"organisations in {sector}")] if sector else []
    if band:
        found.append(("size", band, f"Income {band}", f"organisations with an income of {band}"))
    found.append(("programme", "programme", "Whole programme", "organisations of the programme"))
    return found


def _place(own: float, shown: list[tuple[str, str, PeerGroup]], target: float | None) -> Chart:
    bars = [{"who": "You", "growth": own}]
    bars += [{"who": label, "growth": group.median} for label, _, group in shown]
    rows = [("You", "1", words.percent(own), "just you")]
    rows += [
        (
            label,
            words.count(group.organisations),
            words.percent(group.median),
            f"{words.percent(group.lower_quartile)} to {words.percent(group.upper_quartile)}",
        )
        for label, _, group in shown
    ]
    middles = words.listed([f"{label} {words.percent(group.median)}" for label, _, group in shown])
    return Chart(
        caption="Growth of income in a year: you, and the middle of each group",
        words=f"You {words.percent(own)}; {middles}.{words.line_of_target(target)}",
        spec=bar_chart(
            bars, label="who", value="growth", title="Growth in a year", number=".0%", mark_at=target, written=".1%"
        ),
        table=DataTable(
            name="your-place",
            caption="Growth in a year, beside similar organisations",
            columns=("Group", "Organisations", "Growth, middle", "Middle half"),
            rows=tuple(rows),
            numeric=frozenset({"Organisations", "Growth, middle", "Middle half"}),
            sources=(Source("turnover_by_organisation", "growth_ratio"),),
        ),
    )


def _hours(row: Row | None) -> Paragraph:
    hours = row["volunteer_hours"] if row else None
    if row is None or hours is None:
        return Paragraph(words.say("your hours", "unknown"))
    if hours == 0:
        return Paragraph(words.say("your hours", "none"))
    if row["volunteer_hours_central_gbp"] is None:
        return Paragraph(words.say("your hours", "not valued", hours=words.count(hours)))
    said = words.say(
        "your hours",
        "valued",
        hours=words.count(hours),
        low=words.pounds(row["volunteer_hours_low_gbp"]),
        central=words.pounds(row["volunteer_hours_central_gbp"]),
        high=words.pounds(row["volunteer_hours_high_gbp"]),
    )
    each = [row[f"volunteer_hours_{one}_gbp"] for one in ("low", "central", "high")]
    low, central, high = ("" if worth is None else words.pounds_and_pence(worth / hours) for worth in each)
    worked_out = words.say(
        "hours worked out",
        "not said" if None in each else "median not known" if row["method_flag"] else "median known",
        low=low,
        central=central,
        high=high,
        method=row["method_id"],
        version=row["method_version"],
    )
    return Paragraph(
        f"{said} {worked_out}",
        (Source("social_value_by_organisation", "volunteer_hours_central_gbp"),),
    )


def _carbon(row: Row | None) -> Paragraph:
    quantities = ("electricity_kwh", "gas_kwh", "petrol_litres", "diesel_litres", "water_m3")
    if row is None or (row["tco2e"] is None and all(row[name] is None for name in quantities)):
        return Paragraph(words.say("your carbon", "unknown"))
    if row["tco2e"] is None:
        return Paragraph(words.say("your carbon", "no factor"))
    scope = max(_DRIVERS, key=lambda name: row[name] or 0)
    share = (row[scope] or 0) / row["tco2e"] if row["tco2e"] else 0.0
    said = words.say(
        "your carbon",
        "nothing" if round(row["tco2e"], 1) == 0 else "mostly" if share >= _MOST else "known",
        now=words.decimal(row["tco2e"]),
        share=words.percent(share),
        driver=_DRIVERS[scope],
    )
    return Paragraph(f"{said} {_carbon_change(row)}", (Source("environment_by_organisation", "tco2e"),))


def _carbon_change(row: Row) -> str:
    """What drove the change since the year before: what was used, or the factors of the year."""
    change, used, factors = (
        row[name] for name in ("tco2e_change", "tco2e_change_by_activity", "tco2e_change_by_factors")
    )
    if change is None or used is None or factors is None:
        return words.say("your carbon change", "unknown")
    shown = round(change, 1)
    return words.say(
        "your carbon change",
        "unchanged" if shown == 0 else "rose" if shown > 0 else "fell",
        by=words.decimal(abs(change)),
        used=words.signed(used),
        factors=words.signed(factors),
    )


def _questions(figures: Figures, organisation_id: str, reporting_year: str) -> list[Block]:
    asked = figures.select(
        """
        select distinct label, message from alerts
        where organisation_id = $organisation_id and reporting_year = $reporting_year and severity <> 'info'
        order by label, message
        """,
        organisation_id=organisation_id,
        reporting_year=reporting_year,
    )
    if not asked:
        return [Paragraph(words.say("your questions", "none"))]
    shown = asked[:_MOST_QUESTIONS]
    blocks: list[Block] = [
        Paragraph(words.say("your questions", "some")),
        Bullets(tuple(str(row["message"]) for row in shown)),
    ]
    if len(asked) > len(shown):
        blocks.append(Paragraph(words.say("your questions", "more", more=words.count(len(asked) - len(shown)))))
    return blocks
