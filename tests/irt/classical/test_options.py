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


def plainly(
    rows: list[tuple[str, str, str]], key: dict[str, str]
) -> dict[tuple[str, str], tuple[int, float]]:
    """(number, rest correlation) by item and option, answer by answer."""
    share = {
        item: np.mean([option == key[item] for _, other, option in rows if other == item]) for item in key
    }
    residual = {(who, item): (option == key[item]) - share[item] for who, item, option in rows}
    found = {}
    for item in key:
        own = [(who, option) for who, other, option in rows if other == item]
        rest = []
        for who, _ in own:
            others = [value for (p, other), value in residual.items() if p == who and other != item]
            rest.append(np.mean(others) if others else np.nan)
        known = ~np.isnan(rest)
        for option in {option for _, option in own}:
            chosen = np.array([choice == option for _, choice in own])
            found[item, option] = (
                int(chosen.sum()),
                np.corrcoef(chosen[known], np.array(rest)[known])[0, 1],
            )
    return found


def test_sparse_answers_against_one_by_one() -> None:
    rng = np.random.default_rng(72)
    rows = [
        (f"p{person}", f"i{item}", "ABCD"[rng.integers(4)])
        for person in range(60)
        for item in rng.choice(7, size=rng.integers(1, 6), replace=False)
    ]
    key = {f"i{item}": "ABCD"[item % 4] for item in range(7)}
    expected = plainly(rows, key)
    for columns in (
        tuple(zip(*rows, strict=True)),
        tuple(np.array(column) for column in zip(*rows, strict=True)),
        tuple(pl.Series(column) for column in zip(*rows, strict=True)),
    ):
        table = option_statistics(*columns, key)
        assert table.filter(pl.col("n") > 0).height == len(expected)
        for row in table.filter(pl.col("n") > 0).iter_rows(named=True):
            n, r = expected[row["item"], row["option"]]
            assert row["n"] == n
            assert row["rest_correlation"] == pytest.approx(r, abs=1e-12)


def test_options_of_any_kind_and_empty_ones() -> None:
    """NaN among numbers and None among labels are no answers; free text makes more pairs than rows."""
    person, item = [1, 1, 2, 2, 3, 3], ["x", "y"] * 3
    numbers = option_statistics(person, item, [4.0, 7.0, float("nan"), 8.0, 5.0, 7.0], {"x": 4, "y": 7})
    assert numbers.select("item", "option", "n").rows() == [
        ("x", 4.0, 1),
        ("x", 5.0, 1),
        ("y", 7.0, 2),
        ("y", 8.0, 1),
    ]
    mixed = option_statistics(person, item, ["A", 1, None, 2, "B", 1], {"x": "A", "y": 1})
    assert mixed["option"].to_list() == ["A", "B", "1", "2"]
    assert mixed["n"].to_list() == [1, 1, 2, 1]
    text = [f"answer {number}" for number in range(6000)]
    many = option_statistics(
        np.arange(6000), np.arange(6000), text, {number: f"answer {number}" for number in range(6000)}
    )
    assert many.height == 6000
    assert many["is_key"].all()
