from __future__ import annotations

from uuid import UUID

import numpy as np
import polars as pl
import pytest

from irt.errors import InvalidResponses
from irt.labels import coded, encode, listed, missing, plain

WHO = UUID("00000000-0000-0000-0000-000000000007")


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a", "b", "c", "a"],
        [3, 1, 3, 2**62, -5],
        [0.5, 1.0, 0.5, -2.0],
        np.array(["y", "x", "y"]),
        np.array([7, 7, 5], dtype=np.uint8),
        np.array([True, False, True]),
        np.array(["x", 5, "x"], dtype=object),
        pl.Series(["q", "p", "q"]),
        pl.Series(["q", "p", "q"], dtype=pl.Categorical),
        [WHO, "x", WHO],
        [True, 1, 0],
        [2**200, 1, 2**200],
        (1, 2, 1),
    ],
)
def test_codes_are_those_of_one_by_one(values: object) -> None:
    codes, labels = coded(values, "item")  # type: ignore[arg-type]
    expected, names = encode(listed(values), "item")  # type: ignore[arg-type]
    assert codes.tolist() == expected.tolist()
    assert labels == names
    assert [type(label) for label in labels] == [type(name) for name in names]


@pytest.mark.parametrize(
    "values",
    [["a", None], np.array([1.0, np.nan]), pl.Series([1, None]), [1.0, float("nan")], ["a", float("nan")]],
)
def test_an_empty_label_is_said(values: object) -> None:
    with pytest.raises(InvalidResponses, match="row 1: the person is empty"):
        coded(values, "person")  # type: ignore[arg-type]


def test_columns_without_a_type_are_not_plain() -> None:
    assert plain([1, "a"]) is None
    assert plain(np.array([1, 2], dtype=object)) is not None
    assert plain(np.array([True])) is None
    series = plain([None, 1.5])
    assert series is not None
    assert missing(series).tolist() == [True, False]
