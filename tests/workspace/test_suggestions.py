"""What there is, for somebody who asked for what there is not."""

from workspace.suggestions import what_there_is


def test_the_closest_is_named_first_and_the_rest_in_its_own_order() -> None:
    known = ["ward-end", "walsall", "smethwick"]
    assert what_there_is("wallsall", known) == "Did you mean walsall? There are: ward-end, walsall, smethwick."
    assert what_there_is("dudley", known) == "There are: ward-end, walsall, smethwick."
    assert what_there_is("x", ["only"]) == "There is: only."
    assert what_there_is("x", []) == "There are none."


def test_no_more_than_ten_are_named_the_closest_of_them() -> None:
    told = what_there_is("rule500", [f"rule{number:03d}" for number in range(1200)])
    assert told.startswith("Did you mean rule500? There are: rule500, ")
    assert told.endswith(" and 1,190 more.")
    assert told.count(",") == 10


def test_a_person_may_ask_by_the_name() -> None:
    known = {"GB-CHC-1": "Ward End Elders", "GB-CHC-2": "Smethwick Sewers"}
    assert what_there_is("ward end elder", known).startswith("Did you mean GB-CHC-1 (Ward End Elders)? There are: ")
