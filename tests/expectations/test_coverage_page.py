"""Every requirement that a figure can answer is answered by a column, or it is said why not."""

from pathlib import Path

from expectations.coverage_page import PAGE, REQUIREMENTS, not_served, page, requirements, served


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(requirements(), served(), not_served())


def test_every_requirement_is_answered_or_named() -> None:
    wanted = {row["req_id"] for row in requirements()}
    assert len(wanted) == 49
    assert sorted(wanted - served().keys() - not_served().keys()) == []


def test_columns_answer_requirements_that_there_are() -> None:
    wanted = {row["req_id"] for row in requirements()}
    assert sorted(served().keys() - wanted) == []
    assert sorted(not_served().keys() - wanted) == []
    assert served()["RQ16"] == [
        "funding_by_cluster.grant_scheduled_gbp",
        "funding_by_cluster.grant_received_gbp",
        "programme_funding.grant_scheduled_gbp",
        "programme_funding.grant_received_gbp",
        "programme_funding.scheme_total_gbp",
    ]


def test_requirements_are_the_facts_as_they_were_given(shared: Path) -> None:
    assert REQUIREMENTS.read_bytes() == (shared / "domain" / "seed_requirements.csv").read_bytes()
