"""Conditional exposure rates by true theta, and what keeping them costs, under three ways of control.

200 items (3PL), 20 of them for each learner, most informative first, r_max .20 at seven theta points from -1.8 to
1.8. A replication is 4,000 learners N(0, 1), cut at +-2.5, one after the other; a learner belongs to the point nearest
to the true theta.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from irt.selection.eligibility_counts import EligibilityCounts
from irt.selection.exposure import exposure
from irt.simulation import draw_bank
from tests.irt.selection.controlled import Control, play

NAME = "exposure"
POINTS = np.array([-1.8, -1.2, -0.6, 0.0, 0.6, 1.2, 1.8])
CONTROLS: tuple[Control, ...] = ("none", "nearest", "within reach")


def study(replications: int = 3, seed: int = 17, learners: int = 4000) -> pl.DataFrame:
    """One row a control; means over the replications."""
    rows: list[dict[str, Any]] = []
    for control in CONTROLS:
        found = [
            _replication(np.random.default_rng([seed, k]), control, learners) for k in range(replications)
        ]
        means = pl.DataFrame(found).mean().row(0, named=True)
        rows.append({"control": control} | {name: round(value, 3) for name, value in means.items()})
    return pl.DataFrame(rows)


def _replication(rng: np.random.Generator, control: Control, learners: int) -> dict[str, float]:
    bank = draw_bank(rng, 200, "3PL")
    theta = np.clip(rng.normal(size=learners), -2.5, 2.5)
    found = play(bank, 20, theta, control, EligibilityCounts.empty(POINTS, 200, 0.2), rng)
    nearest = np.abs(theta[:, None] - POINTS).argmin(axis=1)
    largest = [float(found.met[nearest == k].mean(axis=0).max()) for k in range(len(POINTS))]
    over_all = exposure(found.met.sum(axis=0), learners)
    return {
        **{f"at {point:.1f}": rate for point, rate in zip(POINTS, largest, strict=True)},
        "over all": over_all.largest,
        "overlap": over_all.overlap,
        "used": over_all.used,
        "rmse": float(np.sqrt(np.mean((found.theta - theta) ** 2))),
        "infeasible": float(found.infeasible.mean()),
    }
