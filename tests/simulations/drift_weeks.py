"""Level and power of drift by week: 40 items, 25 of them answered by each person, in a random week of eight.

2PL or 3PL items (ln a ~ N(-0.2, 0.3), b ~ N(0, 1), c ~ Beta(5, 17)), persons N(0, 1), fitted to the very answers. Four
items have b lower by `change` in the last two weeks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from irt.drift_weeks import drift_by_week
from irt.models import probability

NAME = "drift_weeks"
AFFECTED = (0, 1, 2, 3)
ITEMS, ANSWERED, WEEKS, SINCE = 40, 25, 8, 6
CASES = (
    ("2PL", 2000, 0.0),
    ("2PL", 4000, 0.0),
    ("3PL", 2000, 0.0),
    ("2PL", 2000, 0.5),
    ("2PL", 4000, 0.5),
    ("2PL", 4000, 1.0),
)


def study(replications: int = 100, seed: int = 1) -> pl.DataFrame:
    """One row a model, number of persons and size of the change."""
    rows = []
    for model, persons, change in CASES:
        rng = np.random.default_rng([seed, persons, int(10 * change), int(model[0])])
        found = [_once(rng, model, persons, change) for _ in range(replications)]
        means = pl.DataFrame(found, infer_schema_length=None).mean().row(0, named=True)
        rows.append({"model": model, "persons": persons, "change": change, **means})
    return pl.DataFrame(rows, infer_schema_length=None)


def _once(rng: np.random.Generator, model: str, persons: int, change: float) -> dict[str, float | None]:
    a, b = np.exp(rng.normal(-0.2, 0.3, ITEMS)), rng.normal(size=ITEMS)
    c = rng.beta(5, 17, ITEMS) if model == "3PL" else np.zeros(ITEMS)
    theta = rng.normal(size=persons)
    who = np.repeat(np.arange(persons), ANSWERED)
    what = np.concatenate([np.sort(rng.permutation(ITEMS)[:ANSWERED]) for _ in range(persons)])
    week = rng.integers(0, WEEKS, len(who))
    easier = b[what] - change * (np.isin(what, AFFECTED) & (week >= SINCE))
    right = rng.random(len(who)) < probability(theta[who], a[what], easier, c[what])
    responses = irt.Responses.from_codes(who, what, right.astype(np.int8), range(persons), range(ITEMS))
    parameters = irt.calibrate(responses, model, standard_errors=False).parameters
    table = drift_by_week(responses, parameters, week)
    affected = pl.col("item").is_in(AFFECTED)
    other, late = table.filter(~affected), table.filter(affected & (pl.col("week") >= SINCE))
    z = other["z"].drop_nulls().abs().to_numpy()
    return {
        "beyond_1.96": float((z > 1.96).mean()),
        "beyond_3.29": float((z > 3.29).mean()),
        "any_false_flag": float(other["drifted"].any()),
        "false_flags": float(other["drifted"].mean()),  # type: ignore[arg-type]
        "power": float(late["drifted"].mean()) if change else None,  # type: ignore[arg-type]
    }
