"""Forms as data: which sheets a layout has, under which labels its fields stand, what must be answered.

A layout is one YAML file in ingestion/forms/; docs/forms.md explains every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ingestion.tables import tables
from ingestion.values import plain
from ingestion.yaml_file import NotYamlError, read_yaml
from workspace.errors import Ending, PlainError

# What stands above a column that only shows last year's answer.
LAST_YEAR = "Last year: {label}"
FORMS_FOLDER = Path(__file__).parent / "forms"
ANY_SHEET = "any"


class FormError(PlainError):
    """A form's YAML cannot be used; the message names the file and the key."""

    ending = Ending.PROGRAMME


@dataclass(frozen=True)
class LastYear:
    """What a form that is handed out takes over from last year's return."""

    filled_in: tuple[str, ...]  # fields that are there already, to be looked over
    beside: tuple[str, ...]  # fields whose cell is empty, with last year's answer beside it
    not_of: Mapping[str, tuple[str, ...]]  # rows with such answers are not taken over


# Fields and sheets are told apart by identity: a form may word two fields alike.
@dataclass(frozen=True, eq=False)
class FormField:
    """One field of a sheet: where it is kept, and how it is labelled."""

    field: str | None  # the landed field; None for what is kept in the archive only, or set aside
    label: str
    also: tuple[str, ...]
    required: str  # "always", "when answered" or "no"
    choices: tuple[str, ...]
    choices_also: Mapping[str, tuple[str, ...]]
    hint: str | None
    becomes: Mapping[str, str]  # landed field -> pattern that its values have, for one column that holds several
    set_aside: bool = False  # holds nothing to keep; a file may lack it
    beside: str | None = None  # set aside: shows last year's answer to this field

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every wording of the label, plain."""
        return frozenset(plain(label) for label in (self.label, *self.also))

    @cached_property
    def choice_map(self) -> Mapping[str, str]:
        """Plain wording of each choice -> the choice itself."""
        words = {plain(choice): choice for choice in self.choices}
        for choice, others in self.choices_also.items():
            words |= {plain(other): choice for other in others}
        return words

    @property
    def targets(self) -> tuple[str, ...]:
        """The landed fields that this column fills."""
        return (self.field,) if self.field else tuple(self.becomes)


@dataclass(frozen=True, eq=False)
class FormSheet:
    """One sheet of a form, landed in one table."""

    sheet: str
    table: str
    layout: str  # "rows": labels above columns; "pairs": a label, and the answer beside it
    also_named: tuple[str, ...]
    needed: bool
    fields: tuple[FormField, ...]
    says: str | None = None  # how to fill it in, in place of the usual words
    last_year: LastYear | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the sheet may have, plain. Empty: it may have any."""
        return frozenset(plain(name) for name in (self.sheet, *self.also_named) if name != ANY_SHEET)


@dataclass(frozen=True)
class Source:
    """Where a file says whose it is: a field of the cover, or a pattern in its name with one group."""

    place: str  # "cover" or "file name"
    field: str | None
    pattern: str | None


@dataclass(frozen=True)
class Form:
    """A layout in one version."""

    name: str  # of its file, without the ending
    form: str
    version: int
    title: str
    cluster: Source
    reporting_year: Source
    money: str  # "pounds" or "thousands"
    asks_everything: bool  # the programme's own form: what it lacks was removed, not never asked
    sheets: tuple[FormSheet, ...]


def read_forms(names: Iterable[str], folder: Path = FORMS_FOLDER) -> tuple[Form, ...]:
    """The forms of these names, in this order.

    Raises FormError where one is missing or malformed.
    """
    return tuple(read_form(name, folder) for name in names)


@cache
def read_form(name: str, folder: Path = FORMS_FOLDER) -> Form:
    """One form by the name of its file, without the ending."""
    described = _described(name, folder)
    if isinstance(described, dict) and "based_on" in described:
        described = _upon(_described(str(described["based_on"]), folder), described, f"{name}.yml")
    return _form(name, described, f"{name}.yml")


def _described(name: str, folder: Path) -> Any:
    file = folder / f"{name}.yml"
    if not file.is_file():
        known = ", ".join(form_names(folder))
        raise FormError(f"There is no form {file.name} in {folder}. There are: {known}.")
    try:
        return read_yaml(file)
    except NotYamlError as error:
        raise FormError(
            f"{file.name} is not YAML in UTF-8: {error}.", "Compare it with a form that is shipped."
        ) from error


def _upon(earlier: Mapping[str, Any], described: Mapping[str, Any], file: str) -> dict[str, Any]:
    """A form as its earlier version with what this one says differently: other keys, fields taken out, new sheets."""
    changes = {str(_needed(sheet, "sheet", file)): dict(sheet) for sheet in described.get("sheets", [])}
    sheets = []
    for sheet in earlier["sheets"]:
        sheets += [new for new in changes.values() if new.get("before") == sheet["sheet"]]
        changed = changes.get(sheet["sheet"], {})
        without = _list(changed.pop("without", []), f"{file}, sheet {sheet['sheet']}, without")
        for gone in without:
            _one_of(gone, {one.get("field") for one in sheet["fields"]}, f"{file}, sheet {sheet['sheet']}, without")
        fields = [one for one in sheet["fields"] if one.get("field") not in without]
        sheets.append({**sheet, "fields": fields, **changed})
    names = [sheet["sheet"] for sheet in sheets]
    for name in changes:
        _one_of(name, set(names), f"{file}, sheet {name}, before")
    for sheet in sheets:
        sheet.pop("before", None)
    own = {key: value for key, value in described.items() if key not in {"based_on", "sheets"}}
    return {**earlier, **own, "sheets": sheets}


def form_names(folder: Path = FORMS_FOLDER) -> tuple[str, ...]:
    """The names of all forms of a folder, sorted."""
    return tuple(sorted(file.stem for file in folder.glob("*.yml")))


def form_labels(name: str) -> Mapping[tuple[str, str], str]:
    """How a form words each (table, field)."""
    return {
        (sheet.table, target): field.label
        for sheet in read_form(name).sheets
        for field in sheet.fields
        for target in field.targets
    }


def _form(name: str, described: Mapping[str, Any], file: str) -> Form:
    keys = {"form", "version", "title", "cluster", "reporting_year", "money", "sheets", "own_form"}
    _only(described, keys, file)
    version = _needed(described, "version", file)
    if not isinstance(version, int):
        raise FormError(f"{file}, version: {version!r} is not a whole number.")
    sheets = tuple(_sheet(sheet, file) for sheet in _list(_needed(described, "sheets", file), f"{file}, sheets"))
    if not any(sheet.needed for sheet in sheets):
        raise FormError(f"{file}, sheets: say of one sheet at least that it is needed, or no file can be this form.")
    on_cover = {target for sheet in sheets if sheet.table == "cover" for one in sheet.fields for target in one.targets}
    for key in ("cluster", "reporting_year"):
        source = _source(_needed(described, key, file), f"{file}, {key}")
        if source.place == "cover":
            _one_of(source.field, on_cover, f"{file}, {key}, field")
    return Form(
        name=name,
        form=str(_needed(described, "form", file)),
        version=version,
        title=str(_needed(described, "title", file)),
        cluster=_source(_needed(described, "cluster", file), f"{file}, cluster"),
        reporting_year=_source(_needed(described, "reporting_year", file), f"{file}, reporting_year"),
        money=_one_of(described.get("money", "pounds"), {"pounds", "thousands"}, f"{file}, money"),
        asks_everything=bool(described.get("own_form", False)),
        sheets=sheets,
    )


def _source(described: Mapping[str, Any], where: str) -> Source:
    _only(described, {"from", "field", "pattern"}, where)
    place = _one_of(_needed(described, "from", where), {"cover", "file name"}, f"{where}, from")
    needs = "field" if place == "cover" else "pattern"
    _needed(described, needs, where)
    if place == "file name" and _pattern(described["pattern"], f"{where}, pattern").groups != 1:
        raise FormError(f"{where}, pattern: put one pair of brackets around what is to be found.")
    return Source(place, described.get("field"), described.get("pattern"))


def _sheet(described: Mapping[str, Any], file: str) -> FormSheet:
    if not isinstance(described, dict):
        raise FormError(f"{file}, sheets: {described!r} is no sheet with keys and values.")
    where = f"{file}, sheet {described.get('sheet')}"
    keys = {"sheet", "table", "layout", "also_named", "needed", "fields", "set_aside", "says", "last_year"}
    _only(described, keys, where)
    table = str(_needed(described, "table", where))
    _one_of(table, set(tables()), f"{where}, table")
    fields = [_field(field, table, where) for field in _list(_needed(described, "fields", where), f"{where}, fields")]
    _told_apart(fields, where)
    aside = [_set_aside(label) for label in _list(described.get("set_aside", []), f"{where}, set_aside")]
    last_year = _last_year(described["last_year"], fields, f"{where}, last_year") if "last_year" in described else None
    if last_year and last_year.beside:
        fields = [one for of in fields for one in (of, *_shown_beside(of, last_year))]
    return FormSheet(
        sheet=str(_needed(described, "sheet", where)),
        table=table,
        layout=_one_of(_needed(described, "layout", where), {"rows", "pairs"}, f"{where}, layout"),
        also_named=tuple(_list(described.get("also_named", []), f"{where}, also_named")),
        needed=bool(described.get("needed", False)),
        fields=(*fields, *aside),
        says=described.get("says"),
        last_year=last_year,
    )


def _last_year(described: Mapping[str, Any], fields: Sequence[FormField], where: str) -> LastYear:
    _only(described, {"filled_in", "beside", "not_of"}, where)
    known = {target for one in fields for target in one.targets}
    named = {key: tuple(_list(described.get(key, []), f"{where}, {key}")) for key in ("filled_in", "beside")}
    for key, names in named.items():
        for name in names:
            _one_of(name, known, f"{where}, {key}")
    not_of = {name: tuple(values) for name, values in described.get("not_of", {}).items()}
    return LastYear(named["filled_in"], named["beside"], not_of)


def _shown_beside(of: FormField, last_year: LastYear) -> tuple[FormField, ...]:
    """The column that shows last year's answer to a field, where the sheet has one."""
    if of.field is None or of.field not in last_year.beside:
        return ()
    return (replace(_set_aside(LAST_YEAR.format(label=of.label)), beside=of.field),)


def _field(described: Mapping[str, Any], table: str, where: str) -> FormField:
    if not isinstance(described, dict):
        raise FormError(f"{where}, fields: {described!r} is no field with keys and values.")
    place = f"{where}, field {described.get('field', described.get('label'))}"
    allowed = {"field", "label", "also", "required", "choices", "choices_also", "hint", "kept", "becomes"}
    _only(described, allowed, place)
    becomes = dict(described.get("becomes", {}))
    for target in [described["field"]] if "field" in described else becomes:
        _one_of(target, set(tables()[table].fields), f"{place}, field")
    for target, pattern in becomes.items():
        _pattern(pattern, f"{place}, becomes {target}")
    if ("field" in described) + bool(becomes) + (described.get("kept") == "archive only") != 1:
        raise FormError(f"{place}: say which field it is, or becomes, or kept: archive only; one of them.")
    choices = tuple(_list(described.get("choices", []), f"{place}, choices"))
    for choice in described.get("choices_also", {}):
        _one_of(choice, set(choices), f"{place}, choices_also")
    return FormField(
        field=described.get("field"),
        label=str(_needed(described, "label", place)),
        also=tuple(_list(described.get("also", []), f"{place}, also")),
        required=_one_of(described.get("required", "no"), {"always", "when answered", "no"}, f"{place}, required"),
        choices=choices,
        choices_also={
            choice: tuple(_list(others, f"{place}, choices_also {choice}"))
            for choice, others in described.get("choices_also", {}).items()
        },
        hint=described.get("hint"),
        becomes=becomes,
    )


def _set_aside(label: str) -> FormField:
    return FormField(None, str(label), (), "no", (), {}, None, {}, set_aside=True)


def _told_apart(fields: Sequence[FormField], where: str) -> None:
    """A field is filled once, and other wordings of one label mean no other: only full labels may stand twice."""
    targets = [target for field in fields for target in field.targets]
    for target in targets:
        if targets.count(target) > 1:
            raise FormError(f"{where}, field {target}: it stands there more than once.")
    for field in fields:
        for other in fields:
            shared = field.labels & other.labels - ({plain(field.label)} & {plain(other.label)})
            if other is not field and shared:
                raise FormError(f"{where}: {min(shared)!r} would mean both {field.label!r} and {other.label!r}.")


def _list(described: Any, where: str) -> list[Any]:
    if not isinstance(described, list):
        raise FormError(f"{where}: {described!r} is no list.")
    return described


def _pattern(text: Any, where: str) -> re.Pattern[str]:
    try:
        return re.compile(str(text))
    except re.error as error:
        raise FormError(f"{where}: {text!r} is no regular expression ({error}).") from error


def _only(described: Any, allowed: set[str], where: str) -> None:
    if not isinstance(described, dict):
        raise FormError(f"{where}: {described!r} has no keys. There are: {', '.join(sorted(allowed))}.")
    unknown = sorted(set(described) - allowed)
    if unknown:
        raise FormError(f"{where}: there is no key {unknown[0]!r}. There are: {', '.join(sorted(allowed))}.")


def _needed(described: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in described:
        raise FormError(f"{where}: the key {key!r} is missing.")
    return described[key]


def _one_of(value: Any, allowed: set[str], where: str) -> str:
    if value not in allowed:
        raise FormError(f"{where}: {value!r} is none of {', '.join(sorted(allowed))}.")
    return str(value)
