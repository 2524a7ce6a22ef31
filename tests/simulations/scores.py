"""Bias, standard errors and coverage of the four scoring methods, 3PL parameters known."""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from irt.score import METHODS

NAME = "scores"
ITEMS, PERSONS, PLACES = 40, 1_000, (-2.0, -1.0, 0.0, 1.0, 2.0)


def study(replications: int = 200, seed: int = 2_001) -> pl.DataFrame:
    """One row a method and theta (null: persons drawn from N(0, 1)).

    Items are drawn anew in each replication: a ~ lognormal(-0.2, 0.3), b ~ N(0, 1.2), c ~ Beta(5, 17);
    1,000 persons at each theta. Columns: bias, rmse, ratio of rmse to the root mean square of the standard
    errors, coverage of theta +- 1.96 SE, and the share of persons without an estimate.
    """
    rng = np.random.default_rng(seed)
    sums = {(method, place): np.zeros(6) for method in METHODS for place in (*PLACES, None)}
    for _ in range(replications):
        a, b = rng.lognormal(-0.2, 0.3, ITEMS), rng.normal(0.0, 1.2, ITEMS)
        known = irt.ItemParameters(range(ITEMS), a, b, rng.beta(5.0, 17.0, ITEMS))
        theta = np.concatenate([np.repeat(PLACES, PERSONS), rng.normal(size=PERSONS)])
        p = irt.models.probability(theta[:, None], known.a, known.b, known.c)
        responses = irt.Responses.from_matrix((rng.random(p.shape) < p).astype(np.float64))
        for method in METHODS:
            found = irt.score(responses, known, method=method)
            for i, place in enumerate((*PLACES, None)):
                own = slice(i * PERSONS, (i + 1) * PERSONS)
                sums[method, place] += _sums(found.theta[own] - theta[own], found.se[own])
    return pl.DataFrame([_row(method, place, total) for (method, place), total in sums.items()])


def _sums(error: np.ndarray, se: np.ndarray) -> np.ndarray:
    known = np.isfinite(error + se)
    error, se = error[known], se[known]
    inside = np.abs(error) <= 1.959964 * se
    return np.array([len(error), error.sum(), (error**2).sum(), (se**2).sum(), inside.sum(), (~known).sum()])


def _row(method: str, place: float | None, total: np.ndarray) -> dict[str, object]:
    n, error, squared, variance, inside, without = total.tolist()
    return {
        "method": method,
        "theta": place,
        "bias": error / n,
        "rmse": (squared / n) ** 0.5,
        "rmse_over_se": (squared / variance) ** 0.5,
        "coverage": inside / n,
        "without": without / (n + without),
    }
