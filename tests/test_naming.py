"""Which names may be forms of one, and which words of a text are names."""

import pytest

from index.names import Names
from search.naming import same_name, told_otherwise

NAMES = Names()
TOLD = "The lock was opened on the last evening of the fair by {}, and ships may pass again."


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Gaddafi", "Qadhafi", True),
        ("Tchaikovsky", "Tchaikovski", True),
        ("Cyril", "Syril", True),
        ("Beyoncé", "Beyonce", True),
        ("the President", "Anna Ruff", True),
        ("Tuesday", "June", True),
        ("Sept", "September", True),
        ("Tuesday", "Thursday", False),
        ("Lee", "Ali", False),
        ("Xi", "Xinhua", False),
        ("Anna Ruff", "Berta Ruff", False),
    ],
)
def test_forms_of_one_name(one, other, same):
    assert same_name(one, other, NAMES) is same
    assert same_name(other, one, NAMES) is same


def test_a_name_that_begins_a_sentence_is_one_where_it_stands_inside_another_too():
    told = "{} opened the lock on the last evening of the fair. Ships may pass again, said {}."
    assert told_otherwise(told.format("Ruff", "Ruff"), told.format("Kohl", "Kohl"), NAMES) == [("Ruff", "Kohl")] * 2


def test_names_are_compared_only_where_the_same_words_stand_around_them():
    assert told_otherwise(TOLD.format("Ruff"), TOLD.format("Kohl"), NAMES) == [("Ruff", "Kohl")]
    assert told_otherwise("The lock was opened by Ruff", "A war began over Kohl", NAMES) == []
