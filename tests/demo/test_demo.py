"""The made-up returns: the same from the same seed, plausible where clean, and wrong exactly where it is noted."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from demo import DemoSummary, Planted, lay_demo, read_planted
from demo.defects import Scene, plant_defects
from demo.organisations import make_organisations
from demo.returns import Return, make_returns
from ingestion.programme import Programme, read_programme, year_bounds

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
KINDS = {
    "F01": 1, "F04": 1, "F05": 1, "F06": 1, "F07": 1, "F08": 1, "F10": 1, "F11": 1, "F12": 1,
    "R01": 1, "R02": 1, "R03": 1, "R04": 1, "R05": 1, "R06": 1, "R10": 1,
    "V01": 1, "V02": 2, "V03": 1, "V04": 1, "V05": 1, "V06": 1, "V07": 1, "V08": 2, "V09": 2,
    "V10": 1, "V12": 1, "X01": 1, "X02": 1, "X03": 1, "X04": 1, "X05": 1, "X07": 1, "X08": 1, "X09": 1, "X10": 2,
    "X12": 1, "X13": 1, "X14": 1, "X16": 2, "X17": 2, "P01": 2, "P02": 4, "P06": 1, "P08": 2, "P09": 1,
    "C02": 1, "C05": 1, "C06": 1, "C07": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def programme(project: Path) -> Programme:
    return read_programme(project / "programmes" / "west-midlands-2022")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, programme: Programme) -> Path:
    home = tmp_path_factory.mktemp("laid")
    assert lay_demo(home, seed=2022, now=NOW, programme=programme) == DemoSummary(20, 61, 220)
    return home


@pytest.fixture(scope="module")
def clean(programme: Programme) -> list[Return]:
    random = Random(2022)
    return make_returns(
        random, programme, make_organisations(random, [one["cluster_id"] for one in programme.clusters])
    )


@pytest.fixture(scope="module")
def answered(clean: list[Return]) -> list[tuple[Return, dict[str, Any]]]:
    return [(one, row) for one in clean for row in one.organisations if row["response_status"] == "answered"]


def bytes_of(home: Path) -> Mapping[str, str]:
    files = (file for file in home.rglob("*") if file.is_file())
    return {str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def cell_of(home: Path, planted: Planted) -> Any:
    rows = (
        CalamineWorkbook.from_path(str(home / "inbox" / planted.file_name))
        .get_sheet_by_name(planted.sheet)
        .to_python(skip_empty_area=False)
    )
    letters = planted.cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return rows[int(planted.cell[len(letters) :]) - 1][column - 1]


def planted_of(home: Path, rule_code: str, kind: str = "") -> Planted:
    return next(one for one in read_planted(home) if one.rule_code == rule_code and kind in one.kind)


def test_the_same_seed_lays_the_same_bytes_and_another_seed_others(
    home: Path, programme: Programme, tmp_path: Path
) -> None:
    lay_demo(tmp_path / "again", seed=2022, now=NOW, programme=programme)
    lay_demo(tmp_path / "other", seed=7, now=NOW, programme=programme)
    assert bytes_of(tmp_path / "again") == bytes_of(home)
    name = "inbox/Walsall return 2025-26.xlsx"
    assert bytes_of(tmp_path / "other")[name] != bytes_of(home)[name]


def test_nothing_made_up_is_laid_beside_other_files(programme: Programme, tmp_path: Path) -> None:
    real = tmp_path / "inbox" / "Walsall return 2025-26.xlsx"
    real.parent.mkdir()
    real.write_bytes(b"real")
    with pytest.raises(FileExistsError, match="already holds files"):
        lay_demo(tmp_path, now=NOW, programme=programme)
    assert [file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()] == [
        real.relative_to(tmp_path)
    ]
    assert real.read_bytes() == b"real"


def test_every_sheet_says_that_it_is_made_up(home: Path) -> None:
    sheets = 0
    for file in (home / "inbox").glob("* return 20*.xlsx"):
        book = CalamineWorkbook.from_path(str(file))
        for name in book.sheet_names:
            words = [str(cell) for row in book.get_sheet_by_name(name).to_python() for cell in row]
            assert any(word.startswith("Made-up figures for demonstration") for word in words), (file.name, name)
            sheets += 1
    # 19 workbooks of nine sheets, one of them with a sheet of notes before.
    assert sheets == 19 * 9 + 1


def test_every_kind_is_planted_on_an_organisation_of_its_own(home: Path) -> None:
    planted = read_planted(home)
    assert [one.defect_id for one in planted] == [f"D{number:02d}" for number in range(1, 62)]
    assert Counter(one.rule_code for one in planted) == KINDS
    names = [one.organisation_name for one in planted if one.organisation_name]
    assert len(names) == len(set(names)) == 50
    years = Counter(one.reporting_year for one in planted if one.organisation_name)
    assert set(years) == {"2024-25", "2025-26"}


@pytest.mark.parametrize(
    ("rule_code", "kind", "stands"),
    [
        ("V01", "", ""),
        ("V02", "words", "approx 500"),
        ("V02", "range", "10-15"),
        ("V06", "", "WV1 3"),
        ("V07", "", "Company of friends"),
        ("V08", "exist", "31/02/2025"),
        ("V08", "before", date(2025, 3, 31)),
        ("X03", "", 0.0),
        ("X10", "no volunteers", 0.0),
        ("R01", "", ""),
        ("R02", "", "10900"),
        ("R03", "", "98012345X"),
        ("F04", "", "Facebook page"),
        ("F05", "", "2021-22"),
        ("F10", "", ""),
    ],
)
def test_the_planted_cell_holds_what_the_list_says(home: Path, rule_code: str, kind: str, stands: object) -> None:
    assert cell_of(home, planted_of(home, rule_code, kind)) == stands


def test_figures_that_were_altered_are_what_the_list_says_they_became(home: Path) -> None:
    altered = [one for one in read_planted(home) if one.rule_code in {"P01", "P02", "V03", "V04", "V05", "X01"}]
    assert len(altered) == 10
    for one in altered:
        change = next(part for part in one.what.split("; ") if part.startswith(f"{one.field}: "))
        became = change.split(" became ")[1].strip("“”")
        stands = cell_of(home, one)
        assert stands == (became if became.endswith("k") else float(became)), one


def test_a_row_pasted_twice_and_one_left_out(home: Path) -> None:
    def names(planted: Planted) -> list[str]:
        book = CalamineWorkbook.from_path(str(home / "inbox" / planted.file_name))
        return [str(row[0]) for row in book.get_sheet_by_name("Organisations").to_python()]

    twice, missing = planted_of(home, "R06"), planted_of(home, "F11")
    assert names(twice).count(twice.organisation_name) == 2
    assert missing.organisation_name not in names(missing)


def test_files_come_when_they_should(home: Path) -> None:
    arrived = {
        file.name: datetime.fromtimestamp(file.stat().st_mtime, UTC).date() for file in (home / "inbox").iterdir()
    }
    assert arrived["Wolverhampton return 2024-25.xlsx"] == date(2025, 8, 12)
    assert arrived["Walsall return 2024-25.xlsx"] < arrived["Walsall return 2024-25 corrected.xlsx"]
    in_time = [day for name, day in arrived.items() if name != "Wolverhampton return 2024-25.xlsx"]
    assert all((6, 15) <= (day.month, day.day) <= (7, 31) for day in in_time)


def test_nothing_arrives_in_the_future(programme: Programme, tmp_path: Path) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    lay_demo(tmp_path, seed=1, now=now, programme=programme)
    assert max(file.stat().st_mtime for file in (tmp_path / "inbox").iterdir()) == now.timestamp()


def test_the_registers_lack_only_what_was_planted(home: Path) -> None:
    with duckdb.connect() as database:
        enrolled = {
            str(name)
            for (name,) in database.execute(
                f"select organisation_name from read_csv('{home}/register/enrolments.csv', all_varchar = true)"
            ).fetchall()
        }
        register = dict(
            database.execute(
                f"select number, registered_name from read_csv('{home}/register/public_register.csv', all_varchar=true)"
            ).fetchall()
        )
    assert planted_of(home, "F12").organisation_name not in enrolled
    assert len(enrolled) == 219
    number = cell_of(home, planted_of(home, "R04"))
    assert number not in register
    assert sum(name == "BOLDMERLE VENTURES" for name in register.values()) >= 1


def test_clean_incomes_add_up_and_nobody_works_more_than_full_time(
    answered: list[tuple[Return, dict[str, Any]]],
) -> None:
    # 784 rows; in each cluster two leave and two do not answer in each of three years.
    assert len(answered) == 784 - 4 * (2 + 2) * 3
    for _, row in answered:
        parts = row["traded_income_gbp"] + row["grants_and_donations_gbp"] + row["other_income_gbp"]
        assert parts == row["total_income_gbp"]
        assert row["employees_fte"] <= row["employees_headcount"]
        assert (row["employees_fte"] > 0) == (row["employees_headcount"] > 0)
        assert (row["volunteers"] > 0) == (row["volunteer_hours"] > 0)


def test_clean_figures_keep_their_proportions(answered: list[tuple[Return, dict[str, Any]]]) -> None:
    """What later rules ask about too: staff for the money, hours for the volunteers, energy for the staff."""
    turnovers = sorted(row["total_income_gbp"] for _, row in answered)
    # The middle one is between £80,000 and £140,000; one in ten is under £35,000 and one in ten above £300,000.
    assert 80_000 < turnovers[len(turnovers) // 2] < 140_000
    assert turnovers[len(turnovers) // 10] < 35_000
    assert turnovers[-len(turnovers) // 10] > 300_000
    for _, row in answered:
        fte, volunteers, hours = row["employees_fte"], row["volunteers"], row["volunteer_hours"]
        if fte >= 1:
            assert 5_000 <= row["total_income_gbp"] / fte <= 250_000
            # 1,650 hours a year at £12.21, the highest minimum wage of the four years.
            assert fte * 1_650 * 12.21 <= 1.2 * row["total_expenditure_gbp"]
        if row["employees_headcount"] >= 3:
            assert fte >= 0.15 * row["employees_headcount"]
        if volunteers:
            assert 2 <= hours / volunteers <= 500
        assert row["clients_supported"] <= 500
        assert row["jobs_disadvantaged"] <= row["jobs_created_headcount"]
        for counted in ("new_products", "new_markets"):
            assert row[counted] <= 20
            assert not row[counted] or len(row[f"{counted}_note"]) >= 10
        if row["electricity_kwh"] != "not applicable":
            assert row["electricity_kwh"] <= 20_000 * max(fte, 1)
            assert row["gas_kwh"] <= 40_000 * max(fte, 1)


def test_clean_periods_are_twelve_months_that_end_in_the_year(answered: list[tuple[Return, dict[str, Any]]]) -> None:
    for whose, row in answered:
        starts_on, ends_on = year_bounds(whose.reporting_year)
        assert starts_on <= row["period_ends_on"] <= ends_on
        assert (row["period_ends_on"] - row["period_starts_on"]).days in {364, 365}


def test_clean_turnover_neither_doubles_nor_stands_still(answered: list[tuple[Return, dict[str, Any]]]) -> None:
    last: dict[str, int] = {}
    ratios = []
    for _, row in answered:
        name, turnover = row["organisation_name"], row["total_income_gbp"]
        if name in last:
            ratios.append(turnover / last[name])
        last[name] = turnover
    assert len(ratios) > 500
    assert all(0.5 < ratio < 2 for ratio in ratios)
    assert 1.08 < sorted(ratios)[len(ratios) // 2] < 1.16


def test_clusters_refer_what_the_business_case_asks(clean: list[Return]) -> None:
    for one in clean:
        schemes = Counter(row["scheme"] for row in one.answers["referrals"])
        assert schemes == {"Growth Accelerator": 3, "Development Fund": 2}
    covers = [one.answers["cover"][0] for one in clean if one.cluster_id == "walsall"]
    assert [cover["grant_received_gbp"] for cover in covers] == [20_000, 10_000, 5_000, 0]
    assert [cover["coordination_spend_gbp"] for cover in covers] == [4_000, 2_000, 1_000, 0]


@pytest.mark.parametrize("seed", range(12))
def test_any_seed_has_room_for_every_mistake(programme: Programme, seed: int) -> None:
    random = Random(seed)
    organisations = make_organisations(random, [one["cluster_id"] for one in programme.clusters])
    scene = Scene(
        make_returns(random, programme, organisations), enrolments=[{"organisation_name": ""}], public_register=[]
    )
    plant_defects(random, scene)
    assert Counter(plant.rule_code for plant in scene.plants) == KINDS
