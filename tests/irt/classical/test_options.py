from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from irt.classical import option_statistics
from irt.errors import InvalidResponses

PERSON = ["p", "p", "p", "q", "q", "q", "r", "r", "r", "s", "s", "s"]
ITEM = ["x", "y", "z"] * 4
OPTION = ["A", "B", "C", "A", "C", "C", "B", "B", "D", "C", None, ""]
KEY = {"x": "A", "y": "B", "z": "C", "unused": "A"}


def test_options_of_an_item_add_up_and_the_key_comes_first() -> None:
    table = option_statistics(PERSON, ITEM, OPTION, KEY)
    assert table.columns == ["item", "option", "is_key", "n", "proportion", "rest_correlation"]
    x = table.filter(pl.col("item") == "x")
    assert x["option"].to_list() == ["A", "B", "C"]
    assert x["is_key"].to_list() == [True, False, False]
    assert x["n"].to_list() == [2, 1, 1]
    assert x["proportion"].to_list() == [0.5, 0.25, 0.25]
    assert table.filter(pl.col("item") == "y")["n"].sum() == 3


def test_correlations_are_with_the_others_scored_by_the_key() -> None:
    rng = np.random.default_rng(71)
    chosen = rng.integers(0, 4, (200, 5))
    person, item = np.repeat(np.arange(200), 5), np.tile(np.arange(5), 200)
    key = dict.fromkeys(range(5), 2)
    table = option_statistics(person, item, chosen.ravel(), key)
    rest = (chosen[:, 1:] == 2).sum(axis=1)
    for option in range(4):
        row = table.filter((pl.col("item") == 0) & (pl.col("option") == option))
        assert row["rest_correlation"][0] == pytest.approx(np.corrcoef(chosen[:, 0] == option, rest)[0, 1])


def test_a_key_that_nobody_chose_has_a_row() -> None:
    table = option_statistics(["p", "q"], ["x", "x"], ["B", "B"], {"x": "A"})
    assert table.select("option", "n", "rest_correlation").rows() == [("A", 0, None), ("B", 2, None)]


@pytest.mark.parametrize(
    ("person", "item", "option", "said"),
    [
        (["p"], ["x", "y"], ["A"], "equally long, not 1, 2, 1"),
        (["p"], ["x"], [None], "every option is empty"),
        (["p", "p"], ["x", "w"], ["A", "A"], "1 items have no key, the first is 'w'"),
        (["p", "p"], ["x", "x"], ["A", "B"], "person 'p' answered item 'x' more than once"),
        ([None, "p"], ["x", "x"], ["A", "B"], "the person is empty"),
    ],
)
def test_what_cannot_be_read_is_said(
    person: list[object], item: list[str], option: list[object], said: str
) -> None:
    with pytest.raises(InvalidResponses, match=said):
        option_statistics(person, item, option, KEY)  # type: ignore[arg-type]
