"""Do estimates scatter as their standard errors say, and do 95 % intervals hold the truth in 95 %?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

import irt

NAME = "recovery"
DRAWN = irt.Priors(irt.LogNormal(0.33, 0.3), irt.Normal(0.0, 1.0), irt.Beta(5.0, 17.0))


@dataclass(frozen=True)
class Design:
    """What is simulated and how it is fitted; items are drawn anew in each replication."""

    name: str
    model: str
    priors: irt.Priors
    persons: int
    items: int
    missing: float


DESIGNS = (
    Design("2PL", "2PL", irt.Priors.none(), 2_000, 25, 0.0),
    Design("2PL, 60 % missing", "2PL", irt.Priors.none(), 4_000, 40, 0.6),
    Design("3PL MAP, priors the items were drawn from", "3PL", DRAWN, 2_500, 25, 0.1),
    Design("3PL, default prior (c alone)", "3PL", irt.Priors.default("3PL"), 2_500, 25, 0.1),
    Design("3PL, no priors", "3PL", irt.Priors.none(), 2_500, 25, 0.1),
)


def study(replications: int = 200, seed: int = 4_001) -> pl.DataFrame:
    """One row a design and parameter: estimates, coverage of +- 1.96 SE, RMSE over the root mean square of the SEs.

    Items: ln slope ~ N(0.33, 0.3) (logistic), b ~ N(0, 1), and in the 3PL c ~ Beta(5, 17); theta ~ N(0, 1).
    `without` is the share of estimates that have no standard error, and are left out.
    """
    rng = np.random.default_rng(seed)
    return pl.DataFrame(list(_rows(DESIGNS, replications, rng)))


def _rows(
    designs: tuple[Design, ...], replications: int, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    for design in designs:
        errors: dict[str, list[np.ndarray]] = {"a": [], "b": [], "c": []}
        for _ in range(replications):
            for name, found in replication(design, rng).items():
                errors[name].append(found)
        for name, each in errors.items():
            if each:
                yield {"design": design.name, "parameter": name} | summary(np.concatenate(each, axis=1))


def replication(design: Design, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """(error, standard error) of each item's parameters, shape (2, items), for one drawn set of items."""
    slope = rng.lognormal(0.33, 0.3, design.items)
    a, b = slope / irt.models.D, rng.normal(size=design.items)
    c = rng.beta(5.0, 17.0, design.items) if design.model == "3PL" else np.zeros(design.items)
    theta = rng.normal(size=(design.persons, 1))
    matrix = (rng.random((design.persons, design.items)) < irt.models.probability(theta, a, b, c)).astype(
        float
    )
    matrix[rng.random(matrix.shape) < design.missing] = np.nan
    fit = irt.calibrate(irt.Responses.from_matrix(matrix), design.model, priors=design.priors)
    found = {"a": np.stack([fit.a - a, fit.se_a]), "b": np.stack([fit.b - b, fit.se_b])}
    return found | ({"c": np.stack([fit.c - c, fit.se_c])} if design.model == "3PL" else {})


def summary(found: np.ndarray) -> dict[str, object]:
    """Of (error, standard error), shape (2, estimates)."""
    known = np.isfinite(found).all(axis=0)
    error, se = found[:, known]
    return {
        "estimates": int(known.sum()),
        "coverage": float((np.abs(error) <= 1.959964 * se).mean()),
        "rmse_over_se": float(np.sqrt((error**2).mean() / (se**2).mean())),
        "without": float(1.0 - known.mean()),
    }
