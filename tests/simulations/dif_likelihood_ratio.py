"""Type I error and power of the IRT likelihood ratio test of DIF, two-parameter model.

15 items drawn anew in each replication (ln a ~ N(-0.2, 0.3), b ~ N(0, 1)); 500 persons a group, reference
theta ~ N(0, 1), focal theta ~ N(-impact, 1); two items have b higher by `dif` in the focal group. Rejections
are at 5 %.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from irt.dif import likelihood_ratio
from irt.simulation import Complete, Effects, Group, Shift, administer, draw_bank, draw_population

NAME = "dif_likelihood_ratio"
AFFECTED = (0, 1)
ITEMS, PERSONS = 15, 500
#: impact, DIF
CONDITIONS = ((0.0, 0.0), (1.0, 0.0), (0.0, 0.6), (1.0, 0.6), (0.0, 0.3), (1.0, 0.3))


def study(replications: int = 200, seed: int = 1) -> pl.DataFrame:
    """One row an impact and size of DIF."""
    rows = [condition(impact, dif, replications, seed) for impact, dif in CONDITIONS]
    return pl.DataFrame(rows, infer_schema_length=None)


def condition(impact: float, dif: float, replications: int, seed: int) -> dict[str, float | None]:
    """Rates of one condition."""
    affected = np.isin(np.arange(ITEMS), AFFECTED)
    rng = np.random.default_rng([seed, int(impact), int(10 * dif)])
    found = []
    for _ in range(replications):
        groups = [Group("r", PERSONS), Group("f", PERSONS, mean=-impact)]
        population, bank = draw_population(rng, groups), draw_bank(rng, ITEMS)
        effects = Effects(dif=[Shift(AFFECTED, b=dif, group="f")])
        session = administer(rng, population, bank, Complete(), effects)
        frame = likelihood_ratio(session.responses, session.groups, "r", threads=1)
        rejected = (frame["p_value"] < 0.05).fill_null(value=False).to_numpy()
        flagged = frame["flagged"].to_numpy()
        found.append(
            {
                "type_one": float(rejected[~affected].mean()),
                "false_flags": float(flagged[~affected].mean()),
                "power": float(rejected[affected].mean()) if dif else None,
                "power_flagged": float(flagged[affected].mean()) if dif else None,
                "not_judged": float(frame["p_value"].is_null().to_numpy().mean()),
            }
        )
    means = pl.DataFrame(found, infer_schema_length=None).mean().row(0, named=True)
    return {"impact": impact, "dif": dif, **means}
