"""Type I error and power of the position effect: of single items, and of all items together.

40 items (ln a ~ N(0, 0.2), b ~ N(0, 1), the first b = 0), 20 of them for each person in an order of their own. Growth
adds to theta from the first to the last answer; the first item may become harder by `harder` over the session. Thirds
see two thirds of either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import irt
from irt.position import position_effect
from irt.simulation import RandomItems, draw_bank

NAME = "position"
ITEMS, LENGTH = 40, 20


def study(replications: int = 200, seed: int = 11) -> pl.DataFrame:
    """One row a number of persons, growth and change of the one item; percentages, and the mean shift of all."""
    rows: list[dict[str, Any]] = []
    for persons in (600, 3000):
        for growth, harder in ((0.0, 0.0), (0.3, 0.0), (0.0, 0.4), (0.0, 0.8)):
            rng = np.random.default_rng([seed, persons, round(10 * growth), round(10 * harder)])
            found = [_replication(rng, persons, growth, harder) for _ in range(replications)]
            means = pl.DataFrame(found).mean().row(0, named=True)
            rows.append(
                {"persons": persons, "growth": growth, "harder": harder}
                | {name: round(value, 3 if name.endswith("shift") else 2) for name, value in means.items()}
            )
    return pl.DataFrame(rows)


def _replication(rng: np.random.Generator, persons: int, growth: float, harder: float) -> dict[str, float]:
    drawn = draw_bank(rng, ITEMS, ln_a=(0.0, 0.2))
    bank = irt.ItemParameters(drawn.items, drawn.a, [0.0, *drawn.b[1:]])
    met = RandomItems(LENGTH).assign(rng, persons, ITEMS)
    late = np.arange(LENGTH) / (LENGTH - 1)
    theta = rng.normal(size=(persons, 1)) + growth * late - np.where(met == 0, harder * late, 0.0)
    right = rng.random(met.shape) < irt.models.probability(theta, bank.a[met], bank.b[met], 0.0)
    order = np.argsort(met, axis=1)
    item, correct = (np.take_along_axis(each, order, axis=1).ravel() for each in (met, right))
    person = np.repeat(np.arange(persons), LENGTH)
    responses = irt.Responses.from_codes(person, item, correct, range(persons), range(ITEMS))
    fit = irt.calibrate(responses, "2PL", standard_errors=False)
    table = position_effect(responses, fit, order.ravel())
    own, (one, *rest) = table.row(-1, named=True), table.to_dicts()[:-1]
    others = [row for row in rest if row["p_value"] is not None]  # without those that were set aside
    return {
        "others_p<.05_%": 100.0 * float(np.mean([row["p_value"] < 0.05 for row in others])),
        "others_flagged_%": 100.0 * float(np.mean([row["flagged"] for row in others])),
        "item_p<.05_%": 100.0 * (one["p_value"] < 0.05),
        "item_flagged_%": 100.0 * one["flagged"],
        "item_shift": one["shift_b"],
        "all_p<.05_%": 100.0 * (own["p_value"] < 0.05),
        "all_shift": own["shift_b"],
    }
