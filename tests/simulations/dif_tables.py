"""Type I error and power of Mantel-Haenszel and logistic regression DIF, on complete and sparse data.

Items are drawn anew in each replication (ln a ~ N(-0.2, 0.3), b ~ N(0, 1)); reference theta ~ N(0, 1),
focal theta ~ N(-impact, 1); three items have b higher by `dif` in the focal group. Rejections are at 5 %,
flags as the methods give them; errors are counted over the items without DIF.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from scipy.stats import chi2

from irt.dif import logistic, mantel_haenszel
from irt.simulation import (
    Complete,
    Design,
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
Analysis = Callable[[Session], pl.DataFrame]
METHODS: dict[str, Analysis] = {
    "Mantel-Haenszel": lambda s: mantel_haenszel(s.responses, s.groups, "r"),
    "logistic": lambda s: logistic(s.responses, s.groups, "r"),
    "logistic, matched on scores": lambda s: logistic(s.responses, s.groups, "r", match="score"),
}


def study(replications: int = 200, seed: int = 1) -> pl.DataFrame:
    """One row a design, impact, size of DIF and method."""
    rows: list[dict[str, object]] = []
    for design in DESIGNS:
        for impact in (0.0, 1.0):
            for dif in (0.0, 0.3, 0.6):
                rows += condition(design, impact, dif, replications, seed)
    return pl.DataFrame(rows, infer_schema_length=None)


def condition(
    design: tuple[str, Design, int, int],
    impact: float,
    dif: float,
    replications: int,
    seed: int,
    methods: Mapping[str, Analysis] = METHODS,
) -> list[dict[str, object]]:
    """Rates of each method in one condition."""
    name, assigned, persons, items = design
    rng = np.random.default_rng([seed, persons, items, int(impact), int(10 * dif)])
    found: dict[str, list[dict[str, float | None]]] = {method: [] for method in methods}
    for _ in range(replications):
        groups = [Group("r", persons), Group("f", persons, mean=-impact)]
        population, bank = draw_population(rng, groups), draw_bank(rng, items)
        effects = Effects(dif=[Shift(AFFECTED, b=dif, group="f")])
        session = administer(rng, population, bank, assigned, effects)
        for method, analyse in methods.items():
            if "score" not in method or isinstance(assigned, Complete):
                found[method].append(rates(analyse(session), dif > 0.0))
    return [
        {"method": method, "design": name, "impact": impact, "dif": dif}
        | pl.DataFrame(each, infer_schema_length=None).mean().row(0, named=True)
        for method, each in found.items()
        if each
    ]


def rates(frame: pl.DataFrame, affected: bool) -> dict[str, float | None]:
    """Shares of the items with DIF, and of the others, that one analysis rejects, classes and flags."""
    with_dif = np.isin(np.arange(frame.height), AFFECTED)
    rejected = (frame["p_value"] < 0.05).fill_null(value=False).to_numpy()
    classed = frame["class"].is_in(["B", "C"]).fill_null(value=False).to_numpy()
    flagged = frame["flagged"].to_numpy()
    corrected = None
    if "chi_square_corrected" in frame.columns:
        chi_square = frame["chi_square_corrected"].fill_null(0.0).to_numpy()
        corrected = float((chi2.sf(chi_square[~with_dif], 1) < 0.05).mean())
    return {
        "type_one": float(rejected[~with_dif].mean()),
        "type_one_corrected": corrected,
        "false_b_or_c": float(classed[~with_dif].mean()),
        "power": float(rejected[with_dif].mean()) if affected else None,
        "power_flagged": float(flagged[with_dif].mean()) if affected else None,
    }
