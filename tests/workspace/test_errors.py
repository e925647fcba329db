"""Errors whose text is meant for people."""

import pickle

import pytest

from workspace.errors import Ending, PlainError


class OfAHomeError(PlainError):
    """One of a kind."""

    ending = Ending.HOME


def test_both_sentences_are_one_line() -> None:
    error = OfAHomeError("There is no home\nat var.", "Make  one.")
    assert (error.sentence, error.what_to_do) == ("There is no home\nat var.", "Make  one.")
    assert str(error) == "There is no home at var. Make one."
    assert str(PlainError("That is all.")) == "That is all."


def test_it_passes_from_a_child_process_whole() -> None:
    again = pickle.loads(pickle.dumps(OfAHomeError("Here.", "There.")))
    assert (type(again), again.sentence, again.what_to_do) == (OfAHomeError, "Here.", "There.")


@pytest.mark.parametrize(
    ("ending", "code"), [(Ending.GOOD, 0), (Ending.FINDINGS, 1), (Ending.HOME, 2), (Ending.LOCKED, 3)]
)
def test_each_ending_has_its_exit_code(ending: Ending, code: int) -> None:
    assert ending.exit_code == code


def test_no_two_endings_are_one() -> None:
    """An enumeration makes two members with the same value one without a word."""
    assert len(Ending.__members__) == len(list(Ending))
