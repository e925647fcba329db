"""docs/forms.md does what it says."""

import re
from pathlib import Path

from ingestion.forms import read_forms
from ingestion.parse import ParsedReturn, parse
from ingestion.programme import read_programme
from ingestion.read import read


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def parse_example(project: Path, tmp_path: Path) -> ParsedReturn:
    page = (project / "docs" / "forms.md").read_text(encoding="utf-8")
    (tmp_path / "larder-network-1.yml").write_text(blocks(page, "yaml")[0], encoding="utf-8")
    sent = tmp_path / "walsall 2024-25.csv"
    sent.write_text(blocks(page, "csv")[0], encoding="utf-8")
    return parse(
        read(sent, sent.name),
        file_name=sent.name,
        receipt_id="0" * 64,
        programme=read_programme(project / "programmes" / "west-midlands-2022"),
        forms=read_forms(["larder-network-1"], tmp_path),
    )


def test_the_example_of_the_page_is_read_as_the_page_says(project: Path, tmp_path: Path) -> None:
    parsed = parse_example(project, tmp_path)
    assert (parsed.form, parsed.cluster_id, parsed.reporting_year) == ("larder-network", "walsall", "2024-25")
    rows = parsed.tables["organisations"]
    shown = ["organisation_name", "company_number", "total_income_gbp", "employees_headcount", "volunteer_hours"]
    assert rows.select(shown).to_pylist() == [
        dict(zip(shown, ("Larder of Light CIC", "07444723", 182_500.0, 6.0, 1200.0), strict=True)),
        dict(zip(shown, ("Caldmore Pantry", None, 44_000.0, None, 350.0), strict=True)),
    ]
    assert rows["traded_income_gbp_missing"].to_pylist() == [None, "blank"]
    assert rows["employees_headcount_missing"].to_pylist() == [None, "not known"]
    assert [str(day) for day in rows["period_ends_on"].to_pylist()] == ["2025-03-31", "2025-03-31"]
    kinds = [(one["kind"], one["cell"], one["typed"]) for one in parsed.findings.to_pylist()]
    assert kinds == [("declared in thousands", "A2", "Money in £000"), ("row left out", "A7", "Total")]


def test_every_key_of_the_shipped_forms_is_explained(project: Path) -> None:
    page = (project / "docs" / "forms.md").read_text(encoding="utf-8")
    used = set()
    for file in (project / "ingestion" / "forms").glob("*.yml"):
        used |= set(re.findall(r"^[ -]*([a-z_]+):", file.read_text(encoding="utf-8"), re.MULTILINE))
    values = {"mutual_number", "company_number"}
    assert {key for key in used - values if f"`{key}" not in page} == set()
