from __future__ import annotations

from uuid import UUID

import numpy as np
import polars as pl
import pytest

from irt import Responses
from irt.errors import InvalidResponses

WHO = UUID("00000000-0000-0000-0000-000000000007")


def test_labels_keep_the_order_of_first_appearance() -> None:
    responses = Responses.from_long(["q", "p", "q"], ["two", "one", "one"], [1, 0, 0])
    assert responses.persons == ("q", "p")
    assert responses.items == ("two", "one")
    assert (responses.n_persons, responses.n_items, responses.n_responses) == (2, 2, 3)
    assert responses.person.tolist() == [0, 0, 1]
    assert responses.item.tolist() == [0, 1, 1]
    assert responses.correct.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("person", "item", "correct"),
    [
        (np.array([5, 6]), np.array(["a", "b"]), np.array([True, False])),
        (pl.Series([5, 6]), pl.Series(["a", "b"]), pl.Series([1, 0])),
        ([WHO, 6], [("a", 1), ("a", 2)], [1.0, 0.0]),
        (np.array([WHO, 6], dtype=object), ["a", "b"], np.array([1, 0], dtype=object)),
    ],
)
def test_labels_of_any_kind(person: object, item: object, correct: object) -> None:
    responses = Responses.from_long(person, item, correct)  # type: ignore[arg-type]
    assert responses.n_responses == 2
    assert responses.cells.tolist() == [1, 2]


def test_numpy_labels_come_back_as_plain_values() -> None:
    responses = Responses.from_long(np.array([5]), np.array(["a"]), [1])
    assert type(responses.persons[0]) is int
    assert type(responses.items[0]) is str


@pytest.mark.parametrize(
    ("person", "item", "correct", "said"),
    [
        ([], [], [], "no responses"),
        (["p"], ["i", "j"], [1], "equally long, not 1, 2 and 1"),
        (["p", "q"], ["i", "i"], [1, 2], "row 1: correct is 2"),
        (["p", "q"], ["i", "i"], [1, None], "row 1: correct is None"),
        (["p", "q"], ["i", "i"], [0.5, 1], "row 0: correct is 0.5"),
        (["p", "q"], ["i", "i"], [1.0, float("nan")], "row 1: correct is nan"),
        (["p", "q"], ["i", "i"], ["1", "0"], "row 0: correct is '1'"),
        (["p", None], ["i", "i"], [1, 1], "row 1: the person is empty"),
        (["p", "q"], ["i", float("nan")], [1, 1], "row 1: the item is empty"),
        (["p", "q", "p"], ["i", "i", "i"], [1, 0, 1], "row 2: person 'p' answered item 'i' before, in row 0"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_row(
    person: list[object], item: list[object], correct: list[object], said: str
) -> None:
    with pytest.raises(InvalidResponses, match=said):
        Responses.from_long(person, item, correct)  # type: ignore[arg-type]


def test_arrays_cannot_be_changed() -> None:
    responses = Responses.from_long(["p"], ["i"], [1])
    with pytest.raises(ValueError, match="read-only"):
        responses.cells[0] = 0
    with pytest.raises(AttributeError):
        responses.items = ()  # type: ignore[misc]


def test_a_matrix_and_the_same_rows_agree() -> None:
    matrix = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, np.nan], [0.0, 1.0, 1.0]])
    wide = Responses.from_matrix(matrix, persons=["p", "q", "r"], items=["i", "j", "k"])
    assert wide.n_responses == 5
    assert np.diff(wide.starts).tolist() == [2, 0, 3]
    long = Responses.from_long(["p", "p", "r", "r", "r"], ["i", "k", "i", "j", "k"], [1, 0, 0, 1, 1])
    assert {
        (wide.persons[p], wide.items[i], c)
        for p, i, c in zip(wide.person, wide.item, wide.correct, strict=True)
    } == {
        (long.persons[p], long.items[i], c)
        for p, i, c in zip(long.person, long.item, long.correct, strict=True)
    }


@pytest.mark.parametrize(
    ("matrix", "options", "said"),
    [
        ([1.0, 0.0], {}, "not 1 dimensions"),
        ([[np.nan]], {}, "every value"),
        ([[1.0, 0.0]], {"items": ["i", "i"]}, "2 different item labels"),
        ([[1.0, 3.0]], {}, "correct is 3.0"),
    ],
)
def test_bad_matrices(matrix: list[float], options: dict[str, list[str]], said: str) -> None:
    with pytest.raises(InvalidResponses, match=said):
        Responses.from_matrix(matrix, **options)  # type: ignore[arg-type]


def test_keeping_items_keeps_every_person() -> None:
    responses = Responses.from_matrix([[1.0, 0.0, 1.0], [np.nan, 1.0, np.nan]]).only(
        np.array([True, False, True])
    )
    assert responses.items == (0, 2)
    assert responses.starts.tolist() == [0, 2, 2]
    assert responses.cells.tolist() == [1, 3]
