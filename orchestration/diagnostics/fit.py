"""Does each curve fit the answers? The score test of every item, and how far the proportions lie from the curve."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

import irt
from irt.dif.groups import adjusted
from orchestration.diagnostics.finding import Row, Rows, finding
from orchestration.diagnostics.fitted import Fitted

#: False discovery rate over the items of a run.
LEVEL = 0.05


@dataclass(frozen=True)
class Tested:
    """Item fit of one model: the frame of `irt.fit.item_fit` with q_value and misfit."""

    frame: pl.DataFrame
    effect: float

    def figures(self) -> Row:
        """Return how many items were tested, how many misfit, and the typical distance."""
        tested = self.frame.filter(pl.col("fit_p").is_not_null())
        return {
            "n_items": tested.height,
            "n_misfit": int(tested["misfit"].sum()),
            "below_5_percent": int((tested["fit_p"] < LEVEL).sum()),
            "median_rmsd": tested["rmsd"].median(),
            "largest_rmsd": tested["rmsd"].max(),
            "effect": self.effect,
        }


def tested(fitted: Fitted, effect: float) -> Tested:
    """Test each item; it misfits where that is beyond chance and its rmsd is above `effect`."""
    found = irt.fit.item_fit(fitted.answers, fitted.calibration, groups=fitted.groups)
    q_value = pl.Series("q_value", adjusted(found["fit_p"].fill_null(float("nan")).to_numpy()))
    misfit = (pl.col("q_value") < LEVEL) & (pl.col("rmsd") > effect)
    return Tested(
        found.with_columns(q_value.fill_nan(None)).with_columns(misfit.fill_null(False).alias("misfit")),
        effect,
    )


def findings(found: Tested) -> Rows:
    """Return one finding an item that could be tested."""
    return [
        finding(
            "fit",
            row["item"],
            effect=row["rmsd"],
            unit="probability (rmsd)",
            statistic=row["fit_statistic"],
            p_value=row["fit_p"],
            q_value=row["q_value"],
            grade="misfit" if row["misfit"] else "fits",
            flagged=row["misfit"],
            sentence=_said(row),
        )
        for row in found.frame.iter_rows(named=True)
        if row["fit_p"] is not None
    ]


def candidate_rows(found: Tested, model: str) -> Rows:
    """Return fit_p and fit_rmsd of each tested item, for the run's candidate rows."""
    return [
        {"item": row["item"], "model": model, "fit_p": row["fit_p"], "fit_rmsd": row["rmsd"]}
        for row in found.frame.iter_rows(named=True)
        if row["fit_p"] is not None
    ]


def _said(row: Row) -> str:
    how = f"Its answers lie {row['rmsd']:.3f} in probability off its curve (q = {row['q_value']:.2g})"
    if row["misfit"]:
        return f"{how}: the curve does not describe them."
    beyond = "beyond chance, but too little to matter" if row["q_value"] < LEVEL else "as chance has it"
    return f"{how}: {beyond}."
