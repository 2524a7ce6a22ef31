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


def plain(responses: Responses) -> dict[object, dict[object, int]]:
    """Answers by person and item, read back by label."""
    return {
        who: {
            responses.items[cell >> 1]: int(cell & 1)
            for cell in responses.cells[responses.starts[p] : responses.starts[p + 1]]
        }
        for p, who in enumerate(responses.persons)
    }


@pytest.mark.parametrize("kind", ["list", "numpy text", "series", "categorical", "object"])
@pytest.mark.parametrize("items", [7, 120], ids=["short rows", "long rows"])
def test_every_kind_of_column_gives_what_the_rows_say(kind: str, items: int) -> None:
    rng = np.random.default_rng(3)
    person, item = (part.ravel() for part in np.indices((9, items)))
    chosen = rng.permutation(len(person))[: len(person) * 2 // 3]
    right = rng.integers(0, 2, len(chosen))
    who, what = [f"p{p}" for p in person[chosen]], [f"i{i}" for i in item[chosen]]
    convert = {
        "list": list,
        "numpy text": np.array,
        "series": pl.Series,
        "categorical": lambda values: pl.Series(values).cast(pl.Categorical),
        "object": lambda values: np.array(values, dtype=object),
    }[kind]
    responses = Responses.from_long(convert(who), convert(what), right)
    expected: dict[object, dict[object, int]] = {}
    for p, i, r in zip(who, what, right.tolist(), strict=True):
        expected.setdefault(p, {})[i] = r
    assert plain(responses) == expected
    assert list(plain(responses)) == list(expected)  # order of first appearance
    assert responses.items == tuple(dict.fromkeys(what))
    for p in range(responses.n_persons):
        codes = responses.cells[responses.starts[p] : responses.starts[p + 1]] >> 1
        assert (np.diff(codes) > 0).all()
    assert (responses.starts.dtype, responses.cells.dtype) == (np.int64, np.int32)


@pytest.mark.parametrize(
    "labels",
    [[3, -2, 3, 10**17], [2**63 + 5, 1, 2**63 + 5, 0], [True, False, True, True], ["", "b", "", "c"]],
)
def test_labels_far_apart_negative_and_empty(labels: list[object]) -> None:
    series = pl.Series(labels, dtype=pl.UInt64 if max(labels, key=str) == 2**63 + 5 else None)
    for column in (series, series.to_numpy() if series.dtype.is_integer() else labels):
        responses = Responses.from_long(column, list("wxyz"), [0, 1, 1, 0])  # type: ignore[arg-type]
        assert responses.persons == tuple(dict.fromkeys(labels))
        assert plain(responses)[labels[0]]["y"] == 1


@pytest.mark.parametrize(
    ("person", "said"),
    [(pl.Series(["p", None, "q"]), "row 1: the person"), (pl.Series([None, 2, 3]), "row 0: the person")],
)
def test_a_null_in_a_series_is_an_empty_label(person: pl.Series, said: str) -> None:
    with pytest.raises(InvalidResponses, match=said):
        Responses.from_long(person, ["i", "j", "k"], [1, 1, 1])


def test_a_second_answer_is_named_in_vectorised_columns_too() -> None:
    item = pl.Series([*(f"i{i}" for i in range(100)), "i7"])  # long enough for the sort of long rows
    with pytest.raises(InvalidResponses, match="row 100: person 1 answered item 'i7' before, in row 7"):
        Responses.from_long(np.ones(101, dtype=int), item, np.ones(101))


def test_codes_keep_labels_that_no_row_names() -> None:
    responses = Responses.from_codes(
        [2, 0, 2], np.array([1, 1, 0]), [1, 0, 1], ["p", "q", "r"], ("i", "j", "k")
    )
    assert plain(responses) == {"p": {"j": 0}, "q": {}, "r": {"i": 1, "j": 1}}
    assert responses.items == ("i", "j", "k")


@pytest.mark.parametrize(
    ("person", "item", "correct", "persons", "items", "said"),
    [
        ([0, 2], [0, 0], [1, 1], ["p", "q"], ["i"], "row 1: person code 2 is none of 0 to 1"),
        ([0, 1], [0, -1], [1, 1], ["p", "q"], ["i"], "row 1: item code -1 is none of 0 to 0"),
        ([0.0, 1.0], [0, 0], [1, 1], ["p", "q"], ["i"], "person codes must be one column of whole numbers"),
        ([0, 1], [0, 0], [1, 2], ["p", "q"], ["i"], "row 1: correct is 2"),
        ([0, 1], [0], [1, 1], ["p", "q"], ["i"], "equally long, not 2, 1 and 2"),
        ([0, 1], [0, 0], [1, 1], ["p", "p"], ["i"], "the person labels must all be different"),
        ([0, 1], [0, 0], [1, 1], ["p", "q"], [None], "none empty"),
        ([0, 0], [0, 0], [1, 0], ["p"], ["i"], "row 1: person 'p' answered item 'i' before, in row 0"),
    ],
)
def test_bad_codes(
    person: list[int], item: list[int], correct: list[int], persons: list[str], items: list[str], said: str
) -> None:
    with pytest.raises(InvalidResponses, match=said):
        Responses.from_codes(person, item, correct, persons, items)


@pytest.mark.parametrize("kind", [np.int8, np.bool_, np.float32])
def test_a_matrix_of_any_numbers(kind: type) -> None:
    responses = Responses.from_matrix(np.array([[1, 0], [0, 1]], dtype=kind))
    assert responses.cells.tolist() == [1, 2, 0, 3]


def test_keeping_all_items_copies_nothing() -> None:
    responses = Responses.from_matrix([[1.0, 0.0]])
    assert responses.only(np.array([True, True])) is responses


def test_some_persons_keep_their_answers_and_every_item() -> None:
    responses = Responses.from_matrix([[1.0, 0.0], [np.nan, np.nan], [np.nan, 1.0], [0.0, np.nan]])
    some = responses.of([3, 1, 2])
    assert plain(some) == {3: {0: 0}, 1: {}, 2: {1: 1}}
    assert some.items == (0, 1)
