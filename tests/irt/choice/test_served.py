"""What is served by the rule lies as near the true curves as the better of 2PL and 3PL for all."""

from __future__ import annotations

import polars as pl

from tests.simulations.choice import study


def test_the_served_curves_are_near_the_better_of_both_models() -> None:
    found = study(replications=4, numbers=(1500,))
    better = pl.min_horizontal("2PL_all", "3PL_all")
    assert found.select((pl.col("rule_all") <= 1.3 * better).all()).item()
    guessed = found.filter(pl.col("guessable") & ~pl.col("easy"))
    assert (guessed["rule_all"] < 0.6 * guessed["2PL_all"]).all()
    assert (guessed["free_%"] + guessed["fixed_%"] > 80.0).all()
    plain = found.filter(~pl.col("guessable") & ~pl.col("easy"))
    assert (plain["free_%"] + plain["fixed_%"] < 15.0).all()
    assert (plain["rule_all"] < 0.9 * plain["3PL_all"]).all()
