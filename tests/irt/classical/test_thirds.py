from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from irt.classical import option_statistics, option_thirds
from irt.errors import InvalidResponses


def test_thirds_are_those_of_the_score_on_the_other_items() -> None:
    """On complete data the rest score is the number right of the others; ties lie by their middle rank."""
    rng = np.random.default_rng(5)
    ability = rng.normal(size=300)
    right = rng.random((300, 6)) < 1.0 / (1.0 + np.exp(-ability[:, None]))
    chosen = np.where(right, "A", rng.choice(["B", "C"], size=right.shape))
    person, item = np.repeat(np.arange(300), 6), np.tile(np.arange(6), 300)
    found = option_thirds(person, item, chosen.ravel(), dict.fromkeys(range(6), "A"))
    rest = right[:, 1:].sum(axis=1)
    middle = np.array([(rest < score).sum() + (rest == score).sum() / 2 for score in rest])
    third = np.minimum(3 * middle / 300, 2).astype(int)
    assert len(set(third)) == 3
    for option in "ABC":
        (row,) = found.filter((pl.col("item") == 0) & (pl.col("option") == option)).to_dicts()
        for place, name in enumerate(("low", "middle", "high")):
            own = chosen[third == place, 0]
            assert row[name] == pytest.approx((own == option).mean())
    key = found.filter(pl.col("option") == "A")
    assert (key["high"] > key["low"]).all()


def test_each_third_adds_up_and_rows_are_those_of_the_statistics() -> None:
    rng = np.random.default_rng(6)
    rows = [(who, what) for who in range(200) for what in range(8) if rng.random() < 0.6]
    person, item = zip(*rows, strict=True)
    option = rng.choice(["A", "B", "C", "D"], len(rows)).tolist()
    key = dict.fromkeys(range(8), "B")
    found = option_thirds(person, item, option, key)
    assert found.select("item", "option").equals(
        option_statistics(person, item, option, key).select("item", "option")
    )
    sums = found.group_by("item").agg(pl.col("low", "middle", "high").sum())
    for name in ("low", "middle", "high"):
        assert sums[name].to_list() == pytest.approx([1.0] * 8)


def test_equal_persons_stay_in_one_third() -> None:
    """Everybody has the same rest score: all are in the middle, and nobody is low or high."""
    person = [p for p in range(9) for _ in range(2)]
    option = ["A", "A"] * 9
    found = option_thirds(person, ["x", "y"] * 9, option, {"x": "A", "y": "A"})
    assert found.select("option", "low", "middle", "high").rows() == [("A", None, 1.0, None)] * 2


def test_who_answered_nothing_else_is_in_no_third() -> None:
    person, item, option = ["p", "q", "q"], ["x", "x", "y"], ["B", "A", "A"]
    found = option_thirds(person, item, option, {"x": "A", "y": "A"})
    assert found.filter(pl.col("item") == "x").select("option", "low", "middle", "high").rows() == [
        ("A", None, 1.0, None),
        ("B", None, 0.0, None),
    ]


def test_a_key_that_nobody_chose_has_a_row() -> None:
    found = option_thirds(["p", "p", "q"], ["x", "y", "x"], ["B", "B", "C"], {"x": "A", "y": "B"})
    assert found.filter(pl.col("item") == "x")["option"].to_list() == ["A", "B", "C"]


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(InvalidResponses, match="no key"):
        option_thirds(["p"], ["x"], ["A"], {})
