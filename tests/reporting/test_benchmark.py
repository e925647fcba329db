"""The benchmark of an organisation says what its own figures did, and names no peer.

Growth of the eleven organisations of the small release: +15%, +50%, 0%, -10% and seven times +10%. In order: -10, 0,
10 (seven times), 15, 50; so the middle is 10%, and the middle half goes from 10% to 10% (third and ninth of eleven).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.benchmark import benchmark, organisations_that_answered
from reporting.document import Bullets, Chart, Document, Paragraph
from reporting.figures import Figures, ReportError
from reporting.peers import PeerGroup, peer_groups, size_band
from tests.reporting.small_release import WALSALL, YEAR, alert_row, make_release, turnover_row


def _text(document: Document) -> str:
    said = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    return " ".join([*said, *(item for block in document.blocks if isinstance(block, Bullets) for item in block.items)])


def test_groups_have_the_middle_and_the_middle_half(small: Figures) -> None:
    groups = peer_groups(small, YEAR)
    assert set(groups) == {
        ("programme", "programme"),
        ("sector", "health"),
        ("size", "£10,000 to £100,000"),
    }
    group = groups["sector", "health"]
    assert group.organisations == 11
    assert [round(value, 6) for value in (group.median, group.lower_quartile, group.upper_quartile)] == [0.1] * 3


@pytest.mark.parametrize(
    ("organisation_id", "expected"),
    [
        ("GB-CHC-100002", "Your income rose by 50.0%, from £20,000 in 2023-24 to £30,000. That is more than most"),
        ("GB-CHC-100003", "Your income was unchanged at £20,000. That is less than most"),
        ("GB-CHC-100004", "Your income fell by 10.0%, from £20,000 in 2023-24 to £18,000. That is less than most"),
        ("GB-CHC-100010", "That is the same as the middle of the 11 organisations in health."),
        ("GB-CHC-100020", "We cannot compare your income with an earlier year: we hold no earlier figure of yours."),
    ],
)
def test_growth_is_told_as_it_was(small: Figures, organisation_id: str, expected: str) -> None:
    assert expected in _text(benchmark(small, organisation_id, YEAR))


@pytest.mark.parametrize(
    ("organisation_id", "expected"),
    [
        (
            "GB-CHC-100001",
            "gave 100 hours. By the method in use they are worth about £1,221, and between £1,221 and £2,442",
        ),
        ("GB-CHC-100002", "gave 50 hours. We hold no value for an hour of that year."),
        ("GB-CHC-100003", "You told us of no volunteer hours."),
        ("GB-CHC-100004", "You did not tell us how many hours your volunteers gave."),
    ],
)
def test_hours_are_told_as_they_were(small: Figures, organisation_id: str, expected: str) -> None:
    assert expected in _text(benchmark(small, organisation_id, YEAR))


@pytest.mark.parametrize(
    ("organisation_id", "expected"),
    [
        ("GB-CHC-100001", "about 4.0 tonnes of CO2e. Most of it, 75.0%, comes from the electricity that you buy."),
        ("GB-CHC-100002", "but we hold no factor for your year"),
        ("GB-CHC-100003", "You gave no quantities of energy, fuel, water or waste"),
    ],
)
def test_carbon_is_told_as_it_was(small: Figures, organisation_id: str, expected: str) -> None:
    assert expected in _text(benchmark(small, organisation_id, YEAR))


def test_questions_are_repeated_in_the_words_of_the_alert(small: Figures, tmp_path: Path) -> None:
    asked = make_release(tmp_path / "asked", alerts=[alert_row("GB-CHC-100001", "Anvil Works", "Is that right?")])
    assert "We asked about these of your figures: Is that right?" in _text(benchmark(asked, "GB-CHC-100001", YEAR))
    assert "We have no question about your figures." in _text(benchmark(small, "GB-CHC-100001", YEAR))


def test_fewer_than_ten_others_are_no_group(tmp_path: Path) -> None:
    ten = [turnover_row(one, *_of(one)) for one in list(WALSALL)[:10]]
    figures = make_release(tmp_path / "ten", turnover_by_organisation=ten)
    assert peer_groups(figures, YEAR) == {}
    document = benchmark(figures, "GB-CHC-100001", YEAR)
    assert "There are not yet ten other organisations of the programme with figures in both years" in _text(document)
    assert not any(isinstance(block, Chart) for block in document.blocks)


def test_no_peer_is_named(small: Figures) -> None:
    document = benchmark(small, "GB-CHC-100001", YEAR)
    others = [name for one, (name, _, _) in WALSALL.items() if one != "GB-CHC-100001"]
    assert "Anvil Works" in repr(document)
    assert [name for name in others if name in repr(document)] == []


def test_it_is_made_for_those_that_answered(small: Figures) -> None:
    assert "GB-CHC-100021" not in {row["organisation_id"] for row in organisations_that_answered(small, YEAR)}
    with pytest.raises(ReportError, match="Quiet One did not answer for 2024-25"):
        benchmark(small, "GB-CHC-100021", YEAR)
    with pytest.raises(ReportError, match="no figures of GB-CHC-999999"):
        benchmark(small, "GB-CHC-999999", YEAR)


def test_bands_of_income_leave_no_gap() -> None:
    assert [size_band(income) for income in (0, 9_999.99, 10_000, 99_999, 100_000, 1_000_000, None)] == [
        "under £10,000",
        "under £10,000",
        "£10,000 to £100,000",
        "£10,000 to £100,000",
        "£100,000 to £1 million",
        "£1 million and over",
        None,
    ]


def test_groups_given_are_used(small: Figures) -> None:
    groups = {("programme", "programme"): PeerGroup(10, 0.3, 0.2, 0.4)}
    assert "half of the 10 organisations of the programme grew by more than 30.0%" in _text(
        benchmark(small, "GB-CHC-100001", YEAR, groups)
    )


def _of(organisation_id: str) -> tuple[str, str, float, float]:
    name, before, now = WALSALL[organisation_id]
    return name, YEAR, now, before
