"""Type I error and power of the likelihood ratio of 2PL and 3PL, its boundary counted."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.stats import chi2

import irt
from irt import fit
from tests.simulations.answers import Design, frame, rates

NAME = "comparison"

NULL = (Design("2PL", 1000, 10, priors="none"), Design("2PL", 2000, 30, priors="none"))
POWER = (Design("3PL", 1000, 10, priors="none"), Design("3PL", 2000, 30, priors="none"))
#: With its two fits a replication and 49 within each, the bootstrap is studied on the first design alone.
BOOTSTRAPPED = 49


def study(replications: int = 400, seed: int = 20264) -> pl.DataFrame:
    """Percentages below 1, 5 and 10 %: chi-bar-square, the plain chi-square it replaces, and bootstrap."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for design in NULL + POWER:
        found: dict[str, list[float | None]] = {"chi-bar-square": [], "chi-square": [], "bootstrap": []}
        for replication in range(replications):
            data = design.answer(rng, design.draw(rng)[1])
            smaller, larger = design.fit(data, "2PL"), design.fit(data, "3PL")
            try:
                compared = fit.compare(smaller, larger)
            except irt.errors.InvalidArgument:  # one of them set an item aside, or did not converge
                found["chi-bar-square"].append(None)
                continue
            found["chi-bar-square"].append(compared.p)
            found["chi-square"].append(float(chi2.sf(compared.statistic, compared.df)))
            if design == NULL[0] and replication < replications // 4:
                by_bootstrap = fit.compare_by_bootstrap(
                    data, smaller, larger, seed=rng, replications=BOOTSTRAPPED
                )
                found["bootstrap"].append(by_bootstrap.p)
        rows += [{"method": name, **design.columns(), **rates(p)} for name, p in found.items() if p]
    return frame(rows)
