"""What a spreadsheet program would run, found in Python and in SQL alike."""

from __future__ import annotations

import sys
import unicodedata

import duckdb
import pytest

from workspace.harmless import harmless, harmless_row, harmless_sql, would_run

RUN = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "-A1", " =1+1", "  \t =1", "\n=1", "\r\n=1", "\r=1", "\t=1", "\u00a0=1",
    "\u3000=1", "\u200b=1", "\ufeff=1", "\u2060@x", "\u00ad=1", "\u180e=1", "\x00=1", "\x0b=1", "\u2028=1", "\u115f=1",
    "＝1+1", "＋1", "－A1", "＠SUM(A1)", " ＝1", "﹦1", "\u200b\n ＝1", "\tplain", "\rplain", "\nplain",
    "+441214960000", "-", "=", "--5", "-5-5", "-5 apples", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "-inf",
]  # fmt: skip
LEFT = [
    "", "Ada", "A=1", "5-5", "1+1", "a@b.org", "'=1+1", "-5", "-5.5", "-1,000", "-£1,000", "-5%", "-1e-05", "12.50",
    "–5", "½", "٣", "Ü=", " plain", "\u3000plain", "[x]", "(=1)", "§=1",
]  # fmt: skip


@pytest.mark.parametrize("text", RUN)
def test_what_would_run_gets_an_apostrophe(text: str) -> None:
    assert would_run(text)
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", LEFT)
def test_anything_else_and_every_number_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_what_is_no_text_is_not_touched() -> None:
    assert harmless_row([-5, -5.5, None, True, "=1"]) == [-5, -5.5, None, True, "'=1"]


def test_sql_says_the_same() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table cells (text varchar)")
        connection.executemany("insert into cells values (?)", [[text] for text in (*RUN, *LEFT)])
        found = connection.execute(f"select {harmless_sql('text')} from cells order by rowid").fetchall()
    assert [text for (text,) in found] == harmless_row((*RUN, *LEFT))


def test_no_character_that_nobody_sees_is_forgotten() -> None:
    """Every blank, control and format character of Unicode but the signs that are printed among the last."""
    printed = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN")
    missing = [
        f"{number:04X}"
        for number in range(sys.maxunicode + 1)
        for one in [chr(number)]
        if unicodedata.category(one) in {"Zs", "Zl", "Zp", "Cc", "Cf"}
        and not (unicodedata.name(one, "").startswith(printed) and number != 0x61C)
        and not would_run(f"{one}=1")
    ]
    assert missing == []
