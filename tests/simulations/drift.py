"""False flags and power of drift between two 2PL calibrations linked by Stocking and Lord's method.

40 items (ln a ~ N(-0.2, 0.3), b ~ N(0, 1)), two samples of persons, the second of theta ~ N(0.3, 0.9); four
items have b lower by `change` for the second. The second is linked to the first without outliers.
"""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from irt.drift import drift
from irt.linking import link
from irt.simulation import Complete, Effects, Group, Shift, administer, draw_bank, draw_population

NAME = "drift"
AFFECTED = (0, 1, 2, 3)
ITEMS = 40


def study(replications: int = 200, seed: int = 1) -> pl.DataFrame:
    """One row a number of persons and size of the change."""
    affected = np.isin(np.arange(ITEMS), AFFECTED)
    rows = []
    for persons in (1000, 2000):
        for change in (0.0, 0.3, 0.6):
            rng = np.random.default_rng([seed, persons, int(10 * change)])
            found = []
            for _ in range(replications):
                bank = draw_bank(rng, ITEMS)
                effects = Effects(drift=[Shift(AFFECTED, b=-change)], drift_from=0.0)
                one, other = (
                    irt.calibrate(
                        administer(rng, draw_population(rng, [group]), bank, Complete(), effect).responses
                    )
                    for group, effect in (
                        (Group("all", persons), None),
                        (Group("all", persons, mean=0.3, sd=0.9), effects),
                    )
                )
                line = link(other, one)
                frame = drift(one, other, link=line)
                z = np.abs(frame.select("z_a", "z_b").to_numpy())[~affected]
                flagged = frame["drifted"].to_numpy()
                found.append(
                    {
                        "z_a_beyond_1.96": float((z[:, 0] > 1.96).mean()),
                        "z_b_beyond_1.96": float((z[:, 1] > 1.96).mean()),
                        "false_flags": float(flagged[~affected].mean()),
                        "power": float(flagged[affected].mean()) if change else None,
                        "error_of_A": (line.A - 0.9) ** 2,
                        "error_of_B": (line.B - 0.3) ** 2,
                    }
                )
            means = pl.DataFrame(found, infer_schema_length=None).mean().row(0, named=True)
            for name in ("error_of_A", "error_of_B"):
                means[name] = float(np.sqrt(means[name]))
            rows.append({"persons": persons, "change": change, **means})
    return pl.DataFrame(rows, infer_schema_length=None)
