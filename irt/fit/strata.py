"""One item's answers in strata of ability, and the score test of a shift between the strata.

Given a person's other answers, an answer is right with probability p = E[P(theta) | others]; the persons who
answered the item are stratified by E[theta | others], which the answer itself cannot move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.fit.calibrated import Calibrated
from irt.fit.cells import merge_small
from irt.fit.kernels import predict_from_rest
from irt.models import Floats

#: Expected right and expected wrong answers that a stratum needs; below it joins its neighbour.
FEWEST_EXPECTED = 5.0
#: Equal patterns of answers must not fall on two sides of a limit because of rounding in their last digit.
_SAME_THETA = 1e-7
#: Information about a parameter below this part of what it would have alone counts as none.
_UNTOLD = 1e-9


@dataclass(frozen=True)
class Strata:
    """One item's answers by stratum, shape (strata,).

    theta is the mean ability, right and expected are numbers of right answers, noise the variance of their
    difference and z that difference, standardised. score (strata,) and covariance (strata, strata) are of a
    shift of each stratum's intercept, the estimated parameters projected out, in units in which its variance
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


def predictions(fitted: Calibrated) -> Floats:
    """Of each answer (responses, 6), given the others: see `irt.fit.kernels.predict_from_rest`."""
    _, steep, low = fitted.derivatives
    out = np.empty((fitted.responses.n_responses, 6))
    predict_from_rest(
        fitted.responses.starts,
        fitted.responses.cells,
        fitted.group,
        fitted.table,
        np.exp(fitted.table),
        steep,
        low,
        fitted.theta,
        fitted.log_weights,
        out,
    )
    return out


def stratified(correct: Floats, predicted: Floats, own_free: NDArray[np.bool_], strata: int) -> Strata:
    """Sums over each stratum, with the part that the item's own estimated parameters explain taken out.

    Given the others, an answer has mean p and variance p (1 - p); the score of anything that moves p by x
    is x (u - p) / (p (1 - p)). A shift of a stratum moves p by dP/dintercept in that stratum alone.
    """
    p, shift, theta, spread = (predicted[:, k] for k in (0, 2, 4, 5))
    own = predicted[:, 1:4][:, own_free]
    member = _membership(p, theta, strata)
    residual, weighted = correct - p, shift / spread
    scores = own.T @ (residual / spread)
    inverse = inverse_information((own / spread[:, None]).T @ own)

    n = member.sum(axis=1)
    by_count = member @ own
    noise = member @ spread - np.einsum("gi,ij,gj->g", by_count, inverse, by_count)
    gap = member @ residual - by_count @ inverse @ scores
    by_score = member @ (own * weighted[:, None])
    unit = member @ (shift * weighted)
    scale = 1.0 / np.sqrt(unit)
    covariance = np.diag(unit) - by_score @ inverse @ by_score.T
    return Strata(
        theta=member @ theta / n,
        n=n,
        right=member @ correct,
        expected=member @ p,
        z=gap / np.sqrt(np.where(noise > 0.0, noise, np.nan)),
        noise=noise,
        score=(member @ (residual * weighted) - by_score @ inverse @ scores) * scale,
        covariance=covariance * scale[:, None] * scale,
    )


def _membership(p: Floats, theta: Floats, strata: int) -> Floats:
    """Indicators (strata, answers): quantiles of theta, merged upwards until enough is expected in each."""
    limits = np.quantile(theta, np.arange(1, strata) / strata) + _SAME_THETA
    stratum = np.searchsorted(limits, theta, side="left")
    right = np.bincount(stratum, p, strata).astype(np.float64)
    wrong = np.bincount(stratum, 1.0 - p, strata).astype(np.float64)
    into = merge_small(right, wrong, FEWEST_EXPECTED)[stratum]
    member = np.zeros((int(into.max()) + 1, len(p)))
    member[into, np.arange(len(p))] = 1.0
    return member


def chi_square(own: Strata, df: int) -> float:
    """Chi-square in the df directions that the item's own parameters explain least.

    Relative to their variance before estimation, directions that the own parameters reproduce have
    eigenvalues near 0; what is left there is noise of second order, so they are not tested.
    """
    values, vectors = np.linalg.eigh(own.covariance)
    along = vectors[:, -df:].T @ own.score
    return float((along**2 / values[-df:]).sum())


def inverse_information(information: Floats) -> Floats:
    """Inverse of information (..., m, m), without directions about which it tells nothing."""
    diagonal = np.einsum("...ii->...i", information)
    scale = 1.0 / np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
    both = scale[..., :, None] * scale[..., None, :]
    inverse: Floats = np.linalg.pinv(information * both, rcond=_UNTOLD, hermitian=True) * both
    return inverse
