"""Decisions and the audit log are chained: what is changed, taken out, put in or cut off past the product is found."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction

from console.access.audit import record
from console.access.models import AuditEntry
from console.decisions.chain import TABLES, broken_links, heads, link
from console.decisions.decide import Verdict, decide
from console.decisions.models import Alert, Decision, OnlyAdded

pytestmark = pytest.mark.xdist_group("console")
AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def _decide(explanation: str) -> None:
    alert = Alert.objects.order_by("pk")[0]
    decide("default", [alert.pk], Verdict("acknowledge", explanation), by="sam", at=AT)


@pytest.fixture(scope="module")
def rows(home: Path) -> Iterator[None]:
    """Six decisions and six entries, each after the other."""
    for number in range(6):
        _decide(f"number {number}")
        record(None, "download", f"number {number}")
    yield


@pytest.fixture
def past_the_product(rows: None) -> Iterator[Callable[[str], None]]:
    """Runs a statement with the triggers off, as somebody with the file or the owner's role can; then all is undone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("select name from sqlite_master where type = 'trigger'")
                for (name,) in cursor.fetchall():
                    cursor.execute(f"drop trigger {name}")
            else:
                for table in TABLES:
                    cursor.execute(f"alter table {table} disable trigger user")

        def run(statement: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute(statement)

        yield run
        transaction.set_rollback(True)


def _third(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select id from {table} order by id desc limit 1 offset 3")
        return int(cursor.fetchone()[0])


WORDS = {"decisions_decision": "explanation", "access_auditentry": "about"}


def test_what_was_written_by_the_product_is_whole(rows: None) -> None:
    assert broken_links("default", heads("default")) == []
    assert {head.table: head.rows for head in heads("default")} == {
        "decisions_decision": Decision.objects.count(),
        "access_auditentry": AuditEntry.objects.count(),
    }


def test_a_hash_is_that_of_the_row_before_and_of_what_the_row_says() -> None:
    """Worked out by hand with sha256sum: of `abc`, a line break and the JSON of at, value and who."""
    row = {
        "id": ("BigAutoField", 7),
        "chain": ("CharField", "of old"),
        "who": ("CharField", "sam"),
        "value": ("FloatField", 1.5),
        "at": ("DateTimeField", "2026-11-01 09:30:00"),
        "reason": ("CharField", ""),
        "until": ("DateField", None),
    }
    expected = "fba1441a02a1de4238bdce3f70415210264969a6ade988ec577fc13ac3465736"
    assert link("abc", row) == expected
    assert link("abc", {**row, "at": ("DateTimeField", AT)}) == expected
    assert link("abd", row) != expected


@pytest.mark.parametrize("table", TABLES)
def test_an_edit_is_found(past_the_product: Callable[[str], None], table: str) -> None:
    third = _third(table)
    past_the_product(f"update {table} set {WORDS[table]} = 'other words' where id = {third}")
    (problem,) = broken_links("default")
    assert problem.startswith(f"The {TABLES[table]} {third} is not as it was written")


def test_an_instant_a_figure_and_an_empty_field_count_too(past_the_product: Callable[[str], None]) -> None:
    third = _third("decisions_decision")
    for change in ("decided_at = '2026-11-01 09:30:01+00:00'", "new_value = 12", "decided_by = 'tom'", "source = 'x'"):
        past_the_product(f"update decisions_decision set {change} where id = {third}")
        assert len(broken_links("default")) == 1, change
        past_the_product(
            "update decisions_decision set decided_at = '2026-11-01 09:30:00+00:00', new_value = null, "
            f"decided_by = 'sam', source = '' where id = {third}"
        )
        assert broken_links("default") == []


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_taken_out_is_found(past_the_product: Callable[[str], None], table: str) -> None:
    third = _third(table)
    past_the_product(f"delete from {table} where id = {third}")
    (problem,) = broken_links("default")
    assert problem.endswith("or a row before it was taken out.")


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_put_in_is_found(past_the_product: Callable[[str], None], table: str) -> None:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    names = ", ".join(f'"{one.name}"' for one in described if one.name not in {"id", "chain"})
    for chain, said in (("null", "past the product"), ("chain", "is not as it was written")):
        with transaction.atomic():
            past_the_product(
                f"insert into {table} (id, chain, {names}) "
                f"select id + 1000000, {chain}, {names} from {table} where id = {_third(table)}"
            )
            (problem,) = broken_links("default")
            assert said in problem
            transaction.set_rollback(True)


@pytest.mark.parametrize("table", TABLES)
def test_what_was_cut_off_at_the_end_is_found_by_what_releases_wrote_down(
    past_the_product: Callable[[str], None], table: str
) -> None:
    recorded = [replace(head, seen="release 1") for head in heads("default")]
    third = _third(table)
    past_the_product(f"delete from {table} where id > {third}")
    assert broken_links("default") == []
    (problem,) = broken_links("default", recorded)
    count = next(head.rows for head in recorded if head.table == table)
    assert problem == f"3 of the {count} rows that {table} had in release 1 are gone from its end."


@pytest.mark.parametrize("table", TABLES)
def test_a_chain_that_was_made_anew_after_an_edit_is_found_by_what_releases_wrote_down(
    past_the_product: Callable[[str], None], table: str
) -> None:
    from console.decisions.chain import chain_rows

    recorded = [replace(head, seen="release 1") for head in heads("default")]
    past_the_product(f"update {table} set {WORDS[table]} = 'other words' where id = {_third(table)}")
    chain_rows(connection, table)
    assert broken_links("default") == []
    (problem,) = broken_links("default", recorded)
    assert problem.endswith(f"rows of {table} are not those that were there in release 1.")


def test_many_who_write_at_once_make_one_chain(rows: None) -> None:
    before = AuditEntry.objects.count()
    problems: list[Exception] = []

    def write(who: int) -> None:
        try:
            for number in range(8):
                record(None, "download", f"{who} wrote {number}")
                _decide(f"{who} decided {number}")
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert AuditEntry.objects.count() == before + 32
    assert broken_links("default", heads("default")) == []


def test_no_row_of_a_table_that_is_only_added_to_can_be_replaced(rows: None, home: Path) -> None:
    """Of every such table: by its number and by every other key, whatever the statement is called."""
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has a REPLACE.")
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, OnlyAdded)]
    assert len(tables) >= 9
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("pragma defer_foreign_keys = on")
        for table in tables:
            cursor.execute(f"select name, type, \"notnull\", pk from pragma_table_info('{table}')")
            columns = cursor.fetchall()
            names = [name for name, *_ in columns]
            values = {name: 1 if kind.lower().split("(")[0] in {"integer", "bigint", "real", "bool"} else "'x'"
                      for name, kind, *_ in columns}  # fmt: skip
            row = ", ".join(str(values[name]) for name in names)
            listed = ", ".join(f'"{name}"' for name in names)
            cursor.execute(f"select count(*) from {table} where id = 1")
            if cursor.fetchone()[0] == 0:
                cursor.execute(f"insert into {table} ({listed}) values ({row})")
            for verb in ("replace", "insert or replace", "insert or ignore"):
                with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
                    cursor.execute(f"{verb} into {table} ({listed}) values ({row})")
            for statement in (f"update or replace {table} set id = 1", f"delete from {table}"):
                with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
                    cursor.execute(statement)
        transaction.set_rollback(True)


def test_another_key_than_the_number_is_not_replaced_either(rows: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has a REPLACE.")
    names = "cluster_id, reporting_year, file_name, inbox_name, sha256, size_bytes, organisations, to_put_right, "
    names += "to_look_at, sent_at, sent_by, signed_by, statement"
    row = "'walsall', '2025-26', 'a', 'a', 'abc', 1, 1, 0, 0, '2026-01-01', 'me', '{}', 'I do'"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"insert into returns_sent ({names}) values ({row.format('I')})")
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            cursor.execute(f"replace into returns_sent ({names}) values ({row.format('somebody else')})")
        transaction.set_rollback(True)
