"""Type I error of item_fit with groups of other ability that chose other items, and of the 1PL."""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from irt import fit
from tests.simulations.answers import frame, rates

NAME = "item-fit-groups"
PERSONS, ITEMS, ANSWERED = 3000, 40, 20
MEANS, SDS = np.array([-1.0, 0.0, 1.0]), np.array([0.8, 1.0, 1.2])


def study(replications: int = 200, seed: int = 20267) -> pl.DataFrame:
    """Percentages of items below 1, 5 and 10 %: groups given to the fit, groups ignored, and 1PL."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float | None]] = {
        "three groups": [],
        "groups ignored": [],
        "1PL": [],
        "1PL, S-X2": [],
    }
    for _ in range(replications):
        data, groups = _self_selected(rng)
        calibration = irt.calibrate(data, groups=groups, standard_errors=False)
        found["three groups"] += fit.item_fit(data, calibration, groups=groups)["fit_p"].to_list()
        calibration = irt.calibrate(data, standard_errors=False)
        found["groups ignored"] += fit.item_fit(data, calibration)["fit_p"].to_list()
        data = _equal_slopes(rng)
        calibration = irt.calibrate(data, "1PL", standard_errors=False)
        found["1PL"] += fit.item_fit(data, calibration)["fit_p"].to_list()
        found["1PL, S-X2"] += fit.s_x2(data, calibration)["p"].to_list()
    return frame([{"fit": name, **rates(p)} for name, p in found.items()])


def _self_selected(rng: np.random.Generator) -> tuple[irt.Responses, list[int]]:
    """Each group prefers items of its own difficulty: odds fall by exp(-(b - mean)^2)."""
    group = rng.integers(0, 3, PERSONS)
    theta = MEANS[group] + SDS[group] * rng.normal(size=PERSONS)
    a, b = rng.lognormal(0.33, 0.3, ITEMS) / irt.models.D, rng.normal(0.0, 1.0, ITEMS)
    right = (rng.random((PERSONS, ITEMS)) < irt.models.probability(theta[:, None], a, b, 0.0)).astype(float)
    liking = rng.gumbel(size=right.shape) - (b - MEANS[group][:, None]) ** 2
    right[np.argsort(np.argsort(-liking, axis=1), axis=1) >= ANSWERED] = np.nan
    return irt.Responses.from_matrix(right), group.tolist()


def _equal_slopes(rng: np.random.Generator) -> irt.Responses:
    p = irt.models.probability(rng.normal(size=(1000, 1)), 0.8, rng.normal(0.0, 1.0, 20), 0.0)
    return irt.Responses.from_matrix((rng.random(p.shape) < p).astype(float))
