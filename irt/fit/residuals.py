"""Item fit on any data, sparse or complete: a score test of each curve against shifts between ability groups.

Given a person's other answers, an answer is right with probability p = E[P(theta) | others]. Persons are
grouped by E[theta | others], which an item's own answer cannot move, and the test asks whether the item's
intercept shifts from group to group (Glas 1999, whose groups are of number-right scores). The statistic is
a score test in the form of Neyman (1959): the estimated parameters' part is projected out, so it also holds
where a prior kept the estimates from the maximum, or c is at its bound. See docs/psychometrics.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import chi2

from irt.errors import InvalidArgument
from irt.fit.calibrated import Calibrated, calibrated
from irt.fit.cells import merge_small
from irt.fit.kernels import predict_from_rest
from irt.fit.tables import by_item
from irt.latent import Quadrature
from irt.models import Floats
from irt.responses import Responses
from irt.results import Calibration

#: Expected right and expected wrong answers that a group needs; below it joins its neighbour.
FEWEST_EXPECTED = 5.0
#: Equal patterns of answers must not fall on two sides of a limit because of rounding in their last digit.
_SAME_THETA = 1e-7
#: Information about a parameter below this part of what it would have alone counts as none.
_UNTOLD = 1e-9

_RESULTS = {
    "fit_statistic": pl.Float64,
    "fit_df": pl.Int64,
    "fit_p": pl.Float64,
    "rmsd": pl.Float64,
    "reason": pl.String,
}
_COLUMNS = ("item", "group", "theta", "n", "observed", "expected", "z")


@dataclass(frozen=True)
class _Groups:
    """One item's answers by group, shape (groups,).

    theta is the mean ability, right and expected are numbers of right answers, noise the variance of their
    difference and z that difference, standardised. score (groups,) and covariance (groups, groups) are of a
    shift of each group's intercept, the estimated parameters projected out, in units in which its variance
    would be 1 had nothing been estimated.
    """

    theta: Floats
    n: Floats
    right: Floats
    expected: Floats
    z: Floats
    noise: Floats
    score: Floats
    covariance: Floats


def item_fit(
    responses: Responses,
    calibration: Calibration,
    *,
    groups: int = 6,
    quadrature: Quadrature | None = None,
) -> pl.DataFrame:
    """Score test of each item's curve, for sparse and complete data.

    Args:
        responses: the answers that were fitted.
        calibration: their fit, with or without priors.
        groups: ability groups, of equally many persons; those with fewer than 5 right or 5 wrong answers
            expected join their neighbour.
        quadrature: that of the fit; None for the default.

    Returns:
        One row an item, in the calibration's order: item, n, fit_statistic (chi-square), fit_df (groups less
        the item's estimated parameters), fit_p, rmsd (root mean square difference between the observed and
        expected proportions of the groups, freed of sampling noise; 0 where noise explains it), reason. An
        item that cannot be tested has nulls and the reason.

    Raises:
        InvalidArgument: fewer than 4 groups, or a calibration of other items.
    """
    fitted, found = _all_groups(responses, calibration, groups, quadrature)
    rows: list[dict[str, object]] = []
    for own, free in zip(found, fitted.free, strict=True):
        df = len(own.n) - int(free.sum())
        if df < 1:
            rows.append({"reason": _too_few(own, free)})
            continue
        statistic = _statistic(own, df)
        share = own.n / own.n.sum()
        gap = ((own.right - own.expected) / own.n) ** 2 - own.noise / own.n**2
        rows.append(
            {
                "fit_statistic": statistic,
                "fit_df": df,
                "fit_p": float(chi2.sf(statistic, df)),
                "rmsd": float(np.sqrt(max(float(share @ gap), 0.0))),
                "reason": "",
            }
        )
    return by_item(fitted, rows, _RESULTS)


def item_residuals(
    responses: Responses,
    calibration: Calibration,
    *,
    groups: int = 6,
    quadrature: Quadrature | None = None,
) -> pl.DataFrame:
    """What `item_fit` compares, one row an item and group: for looking at, and for plots.

    Returns:
        item, group (from 0, low to high), theta (mean of E[theta | other answers]), n, observed and expected
        proportion right, z (their difference in standard errors, estimation of the item's parameters
        counted). Items set aside have no rows.

    Raises:
        InvalidArgument: as `item_fit`.
    """
    fitted, found = _all_groups(responses, calibration, groups, quadrature)
    frames = [
        pl.DataFrame(
            {
                "place": np.full(len(own.n), place),
                "group": np.arange(len(own.n)),
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
    ).select(_COLUMNS)


def _all_groups(
    responses: Responses, calibration: Calibration, groups: int, quadrature: Quadrature | None
) -> tuple[Calibrated, list[_Groups]]:
    if groups < 4:
        raise InvalidArgument(f"at least 4 groups are needed to test a curve, not {groups}")
    fitted = calibrated(responses, calibration, quadrature)
    data = fitted.responses
    predicted = _predictions(fitted)
    order = np.argsort(data.item, kind="stable")
    ends = np.cumsum(np.bincount(data.item, minlength=data.n_items))[:-1]
    correct = data.correct
    return fitted, [
        _grouped(correct[rows], predicted[rows], free, groups)
        for rows, free in zip(np.split(order, ends), fitted.free, strict=True)
    ]


def _predictions(fitted: Calibrated) -> Floats:
    """Of each answer (responses, 6), given the others: see `irt.fit.kernels.predict_from_rest`."""
    _, steep, low = fitted.derivatives
    out = np.empty((fitted.responses.n_responses, 6))
    predict_from_rest(
        fitted.responses.starts,
        fitted.responses.cells,
        fitted.table,
        np.exp(fitted.table),
        steep,
        low,
        fitted.theta,
        fitted.log_weights,
        out,
    )
    return out


def _grouped(correct: Floats, predicted: Floats, free: NDArray[np.bool_], groups: int) -> _Groups:
    """Sums over each group, with the part that the item's own estimated parameters explain taken out.

    Given the others, an answer has mean p and variance p (1 - p); the score of anything that moves p by x
    is x (u - p) / (p (1 - p)). A shift of a group moves p by dP/dintercept in that group alone.
    """
    p, shift, theta, spread = (predicted[:, k] for k in (0, 2, 4, 5))
    own = predicted[:, 1:4][:, free]
    member = _membership(p, theta, groups)
    residual, weighted = correct - p, shift / spread
    scores = own.T @ (residual / spread)
    inverse = _inverse((own / spread[:, None]).T @ own)

    n = member.sum(axis=1)
    by_count = member @ own
    noise = member @ spread - np.einsum("gi,ij,gj->g", by_count, inverse, by_count)
    gap = member @ residual - by_count @ inverse @ scores
    by_score = member @ (own * weighted[:, None])
    unit = member @ (shift * weighted)
    scale = 1.0 / np.sqrt(unit)
    covariance = np.diag(unit) - by_score @ inverse @ by_score.T
    return _Groups(
        theta=member @ theta / n,
        n=n,
        right=member @ correct,
        expected=member @ p,
        z=gap / np.sqrt(np.maximum(noise, np.finfo(np.float64).tiny)),
        noise=noise,
        score=(member @ (residual * weighted) - by_score @ inverse @ scores) * scale,
        covariance=covariance * scale[:, None] * scale,
    )


def _membership(p: Floats, theta: Floats, groups: int) -> Floats:
    """Indicators (groups, answers): quantiles of theta, merged upwards until enough is expected in each."""
    limits = np.quantile(theta, np.arange(1, groups) / groups) + _SAME_THETA
    group = np.searchsorted(limits, theta, side="left")
    right = np.bincount(group, p, groups)
    wrong = np.bincount(group, 1.0 - p, groups)
    into = merge_small(right, wrong, FEWEST_EXPECTED)[group]
    member = np.zeros((int(into.max()) + 1, len(p)))
    member[into, np.arange(len(p))] = 1.0
    return member


def _statistic(own: _Groups, df: int) -> float:
    """Chi-square in the df directions that the item's own parameters explain least.

    Relative to their variance before estimation, directions that the own parameters reproduce have
    eigenvalues near 0; what is left there is noise of second order, so they are not tested.
    """
    values, vectors = np.linalg.eigh(own.covariance)
    along = vectors[:, -df:].T @ own.score
    return float((along**2 / values[-df:]).sum())


def _inverse(information: Floats) -> Floats:
    """Inverse of an item's information, without directions about which it tells nothing."""
    scale = 1.0 / np.sqrt(np.diag(information))
    return (
        np.linalg.pinv(information * scale[:, None] * scale, rcond=_UNTOLD, hermitian=True)
        * scale[:, None]
        * scale
    )


def _too_few(own: _Groups, free: NDArray[np.bool_]) -> str:
    return (
        f"too few answers to test it: {len(own.n)} ability groups with {FEWEST_EXPECTED:g} right and wrong "
        f"expected, more than {free.sum()} are needed"
    )
