"""Item fit on any data, sparse or complete: a score test of each curve against shifts between strata of ability.

The test asks whether the item's intercept shifts from stratum to stratum (Glas 1999, whose strata are
of number-right scores). It is a score test in the form of Neyman (1959): what the estimated parameters explain
is projected out, so it also holds where a prior kept the estimates from the maximum, or c is at its bound.
See docs/psychometrics.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from scipy.special import chdtrc

from irt.errors import InvalidArgument
from irt.fit.calibrated import Calibrated, calibrated
from irt.fit.strata import FEWEST_EXPECTED, Strata, chi_square, predictions, stratified
from irt.fit.tables import by_item
from irt.responses import Responses
from irt.results import Calibration

_RESULTS = {
    "fit_statistic": pl.Float64,
    "fit_df": pl.Int64,
    "fit_p": pl.Float64,
    "rmsd": pl.Float64,
    "reason": pl.String,
}
_COLUMNS = ("item", "stratum", "theta", "n", "observed", "expected", "z")


def item_fit(
    responses: Responses,
    calibration: Calibration,
    *,
    strata: int = 6,
    groups: Sequence[Hashable] | None = None,
) -> pl.DataFrame:
    """Score test of each item's curve, for sparse and complete data. Takes about 100 bytes an answer.

    Args:
        responses: the answers that were fitted.
        calibration: their fit, with or without priors.
        strata: of ability, with equally many persons; those with fewer than 5 right or 5 wrong answers
            expected join their neighbour.
        groups: of a calibration with several groups, the group of each person, shape (persons,).

    Returns:
        One row an item, in the calibration's order: item, n, fit_statistic (chi-square), fit_df (strata less
        the item's estimated parameters), fit_p, rmsd (root mean square difference between the observed and
        expected proportions of the strata, freed of sampling noise; 0 where noise explains it), reason. An
        item that cannot be tested has nulls and the reason.

    Raises:
        InvalidArgument: fewer than 4 strata, a calibration of other items, or groups that do not fit it.
    """
    fitted, found = _all_strata(responses, calibration, strata, groups)
    rows: list[dict[str, object]] = []
    for own, m in zip(found, fitted.own.sum(axis=1).tolist(), strict=True):
        df = len(own.n) - m
        if df < 1:
            rows.append({"reason": _too_few(own, m)})
            continue
        statistic = chi_square(own, df)
        share = own.n / own.n.sum()
        gap = ((own.right - own.expected) / own.n) ** 2 - own.noise / own.n**2
        rows.append(
            {
                "fit_statistic": statistic,
                "fit_df": df,
                "fit_p": float(chdtrc(df, statistic)),
                "rmsd": float(np.sqrt(max(float(share @ gap), 0.0))),
                "reason": "",
            }
        )
    return by_item(fitted, rows, _RESULTS)


def item_residuals(
    responses: Responses,
    calibration: Calibration,
    *,
    strata: int = 6,
    groups: Sequence[Hashable] | None = None,
) -> pl.DataFrame:
    """What `item_fit` compares, one row an item and stratum: for looking at, and for plots.

    Returns:
        item, stratum (from 0, low to high), theta (mean of E[theta | other answers]), n, observed and expected
        proportion right, z (their difference in standard errors, estimation of the item's parameters
        counted). Items set aside have no rows.

    Raises:
        InvalidArgument: as `item_fit`.
    """
    fitted, found = _all_strata(responses, calibration, strata, groups)
    frames = [
        pl.DataFrame(
            {
                "place": np.full(len(own.n), place),
                "stratum": np.arange(len(own.n)),
                "theta": own.theta,
                "n": own.n.astype(np.int64),
                "observed": own.right / own.n,
                "expected": own.expected / own.n,
                "z": own.z,
            }
        )
        for own, place in zip(found, fitted.place, strict=True)
    ]
    labels = by_item(fitted, [{}] * len(fitted.place), {}).select("item").with_row_index("place")
    together = pl.concat(frames)
    return together.join(
        labels.with_columns(pl.col("place").cast(pl.Int64)), on="place", maintain_order="left"
    ).select(*_COLUMNS[:-1], pl.col("z").fill_nan(None))


def _all_strata(
    responses: Responses, calibration: Calibration, strata: int, groups: Sequence[Hashable] | None
) -> tuple[Calibrated, list[Strata]]:
    if strata < 4:
        raise InvalidArgument(f"at least 4 strata are needed to test a curve, not {strata}")
    fitted = calibrated(responses, calibration, groups)
    data = fitted.responses
    predicted = predictions(fitted)
    order = np.argsort(data.item, kind="stable")
    ends = np.cumsum(np.bincount(data.item, minlength=data.n_items))[:-1]
    correct = data.correct
    return fitted, [
        stratified(correct[rows], predicted[rows], own, strata)
        for rows, own in zip(np.split(order, ends), fitted.own, strict=True)
    ]


def _too_few(own: Strata, m: int) -> str:
    return (
        f"too few answers to test it: {len(own.n)} strata of ability with {FEWEST_EXPECTED:g} right and wrong "
        f"expected, more than {m} are needed"
    )
