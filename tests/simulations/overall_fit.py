"""Type I error and power of M2."""

from __future__ import annotations

import numpy as np
import polars as pl

from irt import fit
from tests.simulations.answers import Design, frame, rates

NAME = "overall-fit"

DESIGNS = (
    Design("2PL", 500, 10),
    Design("2PL", 1000, 20),
    Design("2PL", 2000, 40),
    Design("3PL", 2000, 20),
    Design("3PL", 2000, 20, priors="none"),
)


def study(replications: int = 300, seed: int = 20263) -> pl.DataFrame:
    """Percentages below 1, 5 and 10 % of the right model, and of a 2PL fitted to 3PL answers."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for design in DESIGNS:
        for fitted in dict.fromkeys([design.model, "2PL"]):
            p: list[float | None] = []
            rmsea = []
            for _ in range(replications):
                data = design.answer(rng, design.draw(rng)[1])
                found = fit.m2(data, design.fit(data, fitted))
                p.append(found.p)
                rmsea.append(found.rmsea)
            rows.append(
                {"fitted": fitted, **design.columns(), **rates(p), "mean_rmsea": float(np.nanmean(rmsea))}
            )
    return frame(rows)
