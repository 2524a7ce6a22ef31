"""How often Q3 flags a pair where there is no dependence, and how often the dependent pair."""

from __future__ import annotations

import numpy as np
import polars as pl

from irt import fit
from tests.simulations.answers import Design, frame

NAME = "dependence"

DESIGNS = (Design("2PL", 500, 15), Design("2PL", 2000, 30, 0.4), Design("3PL", 1000, 20))


def study(replications: int = 200, seed: int = 20265) -> pl.DataFrame:
    """Percentage of tests with a pair flagged at 5 %, and of those where item 1 repeats item 0 in 30 %."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for design in DESIGNS:
        flagged = found = 0
        for _ in range(replications):
            _, p = design.draw(rng)
            data = design.answer(rng, p)
            pairs = fit.q3(data, design.fit(data), seed=rng).pairs
            flagged += bool(pairs["flagged"].any())
            right = (rng.random(p.shape) < p).astype(np.float64)
            right[:, 1] = np.where(rng.random(len(right)) < 0.3, right[:, 0], right[:, 1])
            data = design.answer(rng, right)
            pairs = fit.q3(data, design.fit(data), seed=rng).pairs
            own = pairs.filter((pl.col("item_1") == 0) & (pl.col("item_2") == 1))
            found += bool(own["flagged"].any())
        rows.append(
            {
                **design.columns(),
                "any_flagged_percent": 100.0 * flagged / replications,
                "dependent_pair_percent": 100.0 * found / replications,
            }
        )
    return frame(rows)
