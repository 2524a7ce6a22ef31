"""M2: fit of a whole calibration on a complete block (Maydeu-Olivares & Joe 2005, 2006)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, solve_triangular
from scipy.optimize import brentq
from scipy.special import chdtr, chdtrc, chndtr

from irt.blocks import Block, complete_block
from irt.fit.calibrated import Calibrated, calibrated
from irt.fit.kernels import joint_moments
from irt.models import Floats
from irt.responses import Responses
from irt.results import Calibration

#: The covariance of the moments of more items than this does not fit in 1 GB.
MOST_ITEMS = 140
_NAN = float("nan")


@dataclass(frozen=True)
class OverallFit:
    """M2 with its degrees of freedom and p, and RMSEA2 with its 90 % interval; NaN (df 0) where there is none.

    n persons and `n_items` items were used; `reason` says what was left out, or why there is no result.
    """

    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    n: int
    n_items: int
    reason: str


def m2(
    responses: Responses,
    calibration: Calibration,
    *,
    items: Sequence[Hashable] | None = None,
) -> OverallFit:
    """M2 from the proportions right of items and of pairs of items, on a complete block.

    M2 = N e' [S^-1 - S^-1 D (D' S^-1 D)^-1 D' S^-1] e, with e the observed less the expected proportions, S
    their covariance under the model and D their derivatives by the estimated parameters; df is the number
    of proportions less that of parameters. RMSEA2 = sqrt(max(M2 - df, 0) / (N df)).

    Args:
        responses: the answers that were fitted.
        calibration: their fit, of one group.
        items: labels of fitted items; None for all. Persons who did not answer all of them are left out.

    Raises:
        InvalidArgument: a calibration of other items, or an unknown item.
    """
    if len(calibration.latent.groups) > 1:
        why = "M2 is of one population; this calibration has several groups"
        return OverallFit(_NAN, 0, _NAN, _NAN, _NAN, _NAN, 0, 0, why)
    fitted = calibrated(responses, calibration)
    block = complete_block(fitted.responses, items)
    n, n_items = block.right.shape
    column = fitted.column[block.items]
    df = n_items * (n_items + 1) // 2 - len(np.unique(column[column >= 0]))
    why = _impossible(n, n_items, df)
    if why:
        return OverallFit(_NAN, 0, _NAN, _NAN, _NAN, _NAN, n, n_items, why)
    statistic = _statistic(fitted, block)
    if not np.isfinite(statistic):
        why = "the covariance of the proportions cannot be inverted: an item is almost always right or wrong"
        return OverallFit(_NAN, 0, _NAN, _NAN, _NAN, _NAN, n, n_items, why)
    low, middle, high = (
        float(np.sqrt(beyond / (n * df)))
        for beyond in (
            _noncentrality(statistic, df, 0.95),
            max(statistic - df, 0.0),
            _noncentrality(statistic, df, 0.05),
        )
    )
    p = float(chdtrc(df, statistic))
    return OverallFit(statistic, df, p, middle, low, high, n, n_items, block.note(fitted.responses))


def _impossible(n: int, n_items: int, df: int) -> str:
    if n_items > MOST_ITEMS:
        return f"M2 is for at most {MOST_ITEMS} items, not {n_items}; choose some"
    if df < 1:
        return f"{n_items} items have no more proportions than the model has parameters"
    if n == 0:
        return f"no complete block: no person answered all {n_items} items; choose items given together"
    return ""


def _statistic(fitted: Calibrated, block: Block) -> float:
    weights = np.exp(fitted.log_weights[0])
    curves = np.ascontiguousarray(fitted.curves[block.items])
    count = len(curves)
    i, j = np.triu_indices(count, 1)
    first, second = np.concatenate([np.arange(count), i]), np.concatenate([np.arange(count), j])
    joint = np.empty((len(first), len(first)))
    joint_moments(curves, weights, first, second, joint)
    expected = np.diag(joint).copy()
    right = block.right.astype(np.float64)
    together = right.T @ right / len(right)
    gap = together[first, second] - expected
    try:
        factor, _ = cho_factor(joint - np.outer(expected, expected), lower=True)
    except LinAlgError:
        return _NAN
    gap = solve_triangular(factor, gap, lower=True)
    by_parameters = solve_triangular(factor, _derivatives(fitted, block, weights), lower=True)
    span, spread, _ = np.linalg.svd(by_parameters, full_matrices=False)
    explained = span[:, spread > 1e-10 * spread[0]].T @ gap
    return float(len(right) * (gap @ gap - explained @ explained))


def _derivatives(fitted: Calibrated, block: Block, weights: Floats) -> Floats:
    """Of the proportions, items first and then pairs, by the free parameters of the block's items."""
    curves, slopes = fitted.curves[block.items], fitted.derivatives[:, block.items]
    count = len(curves)
    i, j = np.triu_indices(count, 1)
    pair = np.arange(len(i)) + count
    used, column = np.unique(fitted.column[block.items], return_inverse=True)
    column = column.reshape(count, 3) - int(used[0] < 0)
    by = np.zeros((count + len(i), column.max() + 1))
    for k in range(3):
        of_item = slopes[k] @ weights
        of_pair = (slopes[k] * weights) @ curves.T  # [item moved, other item]
        free = column[:, k] >= 0
        np.add.at(by, (np.flatnonzero(free), column[free, k]), of_item[free])
        for moved, other in ((i, j), (j, i)):
            there = free[moved]
            np.add.at(by, (pair[there], column[moved[there], k]), of_pair[moved[there], other[there]])
    return by


def _noncentrality(statistic: float, df: int, level: float) -> float:
    """The noncentrality at which a chi-square as large as `statistic` has that probability below it, or 0."""
    if chdtr(df, statistic) <= level:
        return 0.0
    high = max(statistic, 1.0)
    while chndtr(statistic, df, high) > level:
        high *= 2.0
    return float(brentq(lambda value: chndtr(statistic, df, value) - level, 0.0, high))
