"""Type I error and power of Mantel-Haenszel and logistic regression DIF, on complete and sparse data.

Items are drawn anew in each replication (ln a ~ N(-0.2, 0.3), b ~ N(0, 1)); reference theta ~ N(0, 1),
focal theta ~ N(-impact, 1); three items have b higher by `dif` in the focal group. Rejections are at 5 %,
flags as the methods give them; errors are counted over the items without DIF.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.stats import chi2

from irt.dif import logistic, mantel_haenszel
from irt.simulation import (
    Complete,
    Effects,
    Group,
    RandomItems,
    Session,
    Shift,
    administer,
    draw_bank,
    draw_population,
)

NAME = "dif_tables"
AFFECTED = (0, 1, 2)
#: design, persons a group, items of the bank
DESIGNS = (
    ("500 + 500 x 30, complete", Complete(), 500, 30),
    ("1,000 + 1,000 x 30, complete", Complete(), 1000, 30),
    ("3,000 + 3,000 x 30 of 90", RandomItems(30), 3000, 90),
)


def study(replications: int = 200, seed: int = 1) -> pl.DataFrame:
    """One row a design, impact, size of DIF and method."""
    rows = []
    for name, design, persons, items in DESIGNS:
        for impact in (0.0, 1.0):
            for dif in (0.0, 0.3, 0.6):
                rng = np.random.default_rng([seed, persons, items, int(impact), int(10 * dif)])
                found: dict[str, list[dict[str, float | None]]] = {"Mantel-Haenszel": [], "logistic": []}
                for _ in range(replications):
                    groups = [Group("r", persons), Group("f", persons, mean=-impact)]
                    population, bank = draw_population(rng, groups), draw_bank(rng, items)
                    shifts = [Shift(AFFECTED, b=dif, group="f")]
                    session = administer(rng, population, bank, design, Effects(dif=shifts))
                    for method, rates in _rates(session).items():
                        found[method].append(rates)
                for method, rates in found.items():
                    means = pl.DataFrame(rates, infer_schema_length=None).mean().row(0, named=True)
                    if dif == 0.0:
                        means |= {"power": None, "power_flagged": None}
                    rows.append({"method": method, "design": name, "impact": impact, "dif": dif, **means})
    return pl.DataFrame(rows, infer_schema_length=None)


def _rates(session: Session) -> dict[str, dict[str, float | None]]:
    affected = np.isin(np.arange(session.responses.n_items), AFFECTED)
    rates: dict[str, dict[str, float | None]] = {}
    for method, analyse in (("Mantel-Haenszel", mantel_haenszel), ("logistic", logistic)):
        frame = analyse(session.responses, session.groups, "r")
        rejected = (frame["p_value"] < 0.05).fill_null(value=False).to_numpy()
        classed = frame["class"].is_in(["B", "C"]).fill_null(value=False).to_numpy()
        flagged = frame["flagged"].to_numpy()
        corrected = None
        if "chi_square_corrected" in frame.columns:
            chi_square = frame["chi_square_corrected"].fill_null(0.0).to_numpy()
            corrected = float((chi2.sf(chi_square[~affected], 1) < 0.05).mean())
        rates[method] = {
            "type_one": float(rejected[~affected].mean()),
            "type_one_corrected": corrected,
            "false_b_or_c": float(classed[~affected].mean()),
            "power": float(rejected[affected].mean()),
            "power_flagged": float(flagged[affected].mean()),
        }
    return rates
