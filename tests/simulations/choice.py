"""Which items the rule of `irt.choice` gives a lower asymptote, and how near the served curves come to the truth.

40 items (ln a ~ N(-0.1, 0.25), half of them b ~ N(-1, 0.5), half b ~ N(0.7, 0.7)), complete answers of theta ~ N(0, 1),
five options. True c: 0 for all; 0.2 for all; 0.2 for every other item. What the rule chooses is fitted jointly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import irt
from irt.choice import three_pl_rule
from irt.linking import curve_distance
from irt.simulation import Complete, Group, administer, draw_population

NAME = "choice"
ITEMS = 40
EASY = np.arange(ITEMS) < ITEMS // 2
TRUE_C = {
    "none": np.zeros(ITEMS),
    "all 0.2": np.full(ITEMS, 0.2),
    "every other 0.2": np.where(np.arange(ITEMS) % 2, 0.2, 0.0),
}
LOW = irt.Quadrature(41, -3.0, 0.0)


def study(
    replications: int = 40, seed: int = 7, numbers: tuple[int, ...] = (500, 1500, 5000)
) -> pl.DataFrame:
    """One row a number of persons, true c and kind of item; errors are 1,000 times root mean squares in P."""
    rows: list[dict[str, Any]] = []
    for persons in numbers:
        for truth, c in TRUE_C.items():
            rng = np.random.default_rng([seed, persons, list(TRUE_C).index(truth)])
            found = pl.concat([_replication(rng, persons, c) for _ in range(replications)])
            rows += [
                {"persons": persons, "true_c": truth, **row}
                for row in _summary(found).sort("guessable", "easy").iter_rows(named=True)
            ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _replication(rng: np.random.Generator, persons: int, c: np.ndarray) -> pl.DataFrame:
    """One row an item: what was chosen, and the distance of each model's curve from the true one."""
    b = np.where(EASY, rng.normal(-1.0, 0.5, ITEMS), rng.normal(0.7, 0.7, ITEMS))
    bank = irt.ItemParameters(range(ITEMS), np.exp(rng.normal(-0.1, 0.25, ITEMS)), b, c)
    responses = administer(rng, draw_population(rng, [Group("all", persons)]), bank, Complete()).responses
    two, three = (irt.calibrate(responses, model, standard_errors=False) for model in ("2PL", "3PL"))
    chosen = three_pl_rule(two, three, responses, n_options=dict.fromkeys(range(ITEMS), 5))
    models = chosen["model"].to_list()
    ways = [row["fixed_c"] if row["guessing"] == "fixed" else row["guessing"] for row in chosen.to_dicts()]
    joint = (
        irt.calibrate(responses, models, guessing=ways, standard_errors=False)
        if set(models) != {"2PL"}
        else two
    )
    errors = {
        f"{name}_{where}": curve_distance(bank, fit.parameters, quadrature=quadrature)
        for name, fit in (("2PL", two), ("3PL", three), ("rule", joint))
        for where, quadrature in (("all", None), ("low", LOW))
    }
    return pl.DataFrame(
        {"guessable": c > 0.0, "easy": EASY, "way": chosen["guessing"].fill_null("none"), **errors}
    )


def _summary(found: pl.DataFrame) -> pl.DataFrame:
    errors = [name for name in found.columns if name.startswith(("2PL", "3PL", "rule"))]
    return found.group_by("guessable", "easy").agg(
        (100.0 * (pl.col("way") == "free").mean()).round(1).alias("free_%"),
        (100.0 * (pl.col("way") == "fixed").mean()).round(1).alias("fixed_%"),
        *((1000.0 * (pl.col(name) ** 2).mean().sqrt()).round(1).alias(name) for name in errors),
    )
