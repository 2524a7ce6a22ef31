"""Answers drawn for the studies, and rejection rates of what is computed from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

import irt

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """Persons N(0, 1), items anew each time: ln(1.7 a) ~ N(0.33, 0.3), b ~ N(0, 1), 3PL c ~ Beta(5, 17).

    missing: the part of the items that each person, at random, did not meet. priors: of the fit, "default" or
    "none".
    """

    model: str
    persons: int
    items: int
    missing: float = 0.0
    priors: str = "default"

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """(ability (persons,), P (persons, items))."""
        a = rng.lognormal(0.33, 0.3, self.items) / irt.models.D
        b = rng.normal(0.0, 1.0, self.items)
        c = rng.beta(5.0, 17.0, self.items) if self.model == "3PL" else np.zeros(self.items)
        theta = rng.normal(size=self.persons)
        return theta, irt.models.probability(theta[:, None], a, b, c)

    def answer(self, rng: np.random.Generator, p: Floats) -> irt.Responses:
        right = (rng.random(p.shape) < p).astype(np.float64)
        given = round(self.items * (1.0 - self.missing))
        right[np.argsort(rng.random(p.shape), axis=1) >= given] = np.nan
        return irt.Responses.from_matrix(right)

    def fit(self, data: irt.Responses, model: str | None = None) -> irt.Calibration:
        priors = irt.Priors.none() if self.priors == "none" else None
        return irt.calibrate(data, model or self.model, priors=priors, standard_errors=False)

    def columns(self) -> dict[str, object]:
        return {
            "model": self.model,
            "persons": self.persons,
            "items": self.items,
            "missing": self.missing,
            "priors": self.priors,
        }


def rates(p: Sequence[float | None]) -> Mapping[str, float]:
    """How many tests there were, and the percentage of them below each level."""
    given = np.array([value for value in p if value is not None and not np.isnan(value)])
    percent = {f"percent_{level:g}": 100.0 * float((given < level / 100).mean()) for level in (1, 5, 10)}
    return {"tests": len(given), "untested": len(p) - len(given), **percent}


def frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows))
