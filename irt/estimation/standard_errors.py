"""Exact observed information of the marginal log-posterior, and standard errors from it.

Louis (1982): the observed information is the expected complete-data information minus the covariance of the
complete-data score, both given the answers. The score of an answer is (u - P) h(theta), by slope, intercept
and c; given theta the answers are independent, so a person adds to the blocks of the pairs of items that
the person answered and to no others. The full matrix is kept: (free parameters)^2 numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit

from irt.estimation.accelerate import Problem
from irt.estimation.kernels import louis
from irt.estimation.sparse import log_table
from irt.models import D, Floats
from irt.priors import INTERCEPT, SLOPE, C


@dataclass(frozen=True)
class StandardErrors:
    """Shape (items,), D = 1.7 metric; NaN where the information about a parameter is not positive."""

    a: Floats
    b: Floats
    c: Floats


def standard_errors(problem: Problem, parameters: Floats, free: NDArray[np.bool_]) -> StandardErrors:
    """Standard errors at a maximum; `free` (items, 3) is False where a parameter is fixed or at a bound.

    They are conditional on what is not free. b = -intercept / slope, so by the delta method
    var(b) = (b^2 var(slope) + 2 b cov(slope, intercept) + var(intercept)) / slope^2.
    """
    covariance = np.full((free.size, free.size), np.nan)
    covariance[np.ix_(free.ravel(), free.ravel())] = _inverse(observed_information(problem, parameters, free))
    k = np.arange(0, free.size, 3)
    var_slope, var_intercept = covariance[k + SLOPE, k + SLOPE], covariance[k + INTERCEPT, k + INTERCEPT]
    between, var_c = covariance[k + SLOPE, k + INTERCEPT], covariance[k + C, k + C]
    slope = parameters[:, SLOPE]
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -parameters[:, INTERCEPT] / slope
        var_b = (b * b * var_slope + 2.0 * b * between + var_intercept) / slope**2
        return StandardErrors(np.sqrt(var_slope) / D, np.sqrt(var_b), np.sqrt(var_c))


def observed_information(problem: Problem, parameters: Floats, free: NDArray[np.bool_]) -> Floats:
    """Minus the second derivatives of the log-posterior by the free parameters, item by item."""
    tables = _score_tables(parameters, problem.theta, free[:, C])
    size = int(free.sum())
    column = np.where(free, np.cumsum(free).reshape(free.shape) - 1, -1)
    information = np.zeros((size, size))
    louis(
        problem.responses.starts,
        problem.responses.cells,
        log_table(parameters, problem.theta),
        problem.log_weights,
        problem.theta,
        *tables,
        column,
        information,
    )
    information += np.tril(information, -1).T
    for item, block in enumerate(problem.priors.curvature(parameters, problem.free_c)):
        own = column[item, free[item]]
        information[np.ix_(own, own)] += block[np.ix_(free[item], free[item])]
    return information


def _score_tables(
    parameters: Floats, theta: Floats, free_c: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Score by logit and by c, and minus their derivatives (logit-logit, logit-c, c-c), (2 * items, nodes).

    With L the logistic curve and P = c + (1 - c) L: right, the score by logit is (1 - c) L (1 - L) / P and
    by c (1 - L) / P; wrong, -L and -1 / (1 - c). Where c is not free its derivatives are left at 0: at
    c = 0 they grow without bound to the left.
    """
    shape = (2 * len(parameters), len(theta))
    by_logit, by_c, logit_logit, logit_c, c_c = (np.zeros(shape) for _ in range(5))
    c = parameters[:, C, None]
    logits = parameters[:, SLOPE, None] * theta + parameters[:, INTERCEPT, None]
    up, down = expit(logits), expit(-logits)
    p = c + (1.0 - c) * up
    by_logit[1::2], by_logit[0::2] = (1.0 - c) * (up / p) * down, -up
    logit_logit[1::2] = -(1.0 - c) * (up / p) * down * (c * (down - up) - (1.0 - c) * up * up) / p
    logit_logit[0::2] = up * down
    up, down, p, c, right = up[free_c], down[free_c], p[free_c], c[free_c], 2 * np.flatnonzero(free_c) + 1
    by_c[right], by_c[right - 1] = down / p, -1.0 / (1.0 - c)
    logit_c[right] = (up / p) * down / p
    c_c[right], c_c[right - 1] = (down / p) ** 2, 1.0 / ((1.0 - c) * (1.0 - c))
    return by_logit, by_c, logit_logit, logit_c, c_c


#: Information below this part of the largest is rounding.
_ROUNDING = 1e-10


def _inverse(information: Floats) -> Floats:
    """The inverse, NaN for parameters about which the information is not positive."""
    diagonal = np.diag(information)
    told = diagonal > _ROUNDING * diagonal.max(initial=0.0)
    scale = np.where(told, 1.0 / np.sqrt(np.where(told, diagonal, 1.0)), 0.0)
    scaled = information * scale[:, None] * scale
    try:
        inverse = cho_solve(cho_factor(scaled, lower=True), np.eye(len(scaled)))
    except LinAlgError:
        inverse = _positive_part(scaled)
    covariance: Floats = inverse * scale[:, None] * scale
    return covariance


def _positive_part(scaled: Floats) -> Floats:
    """Inverse where the matrix is positive; parameters that lean on any other direction get NaN."""
    values, vectors = np.linalg.eigh(scaled)
    good = values > 1e-8  # the matrix has a diagonal of 1
    inverse: Floats = (vectors[:, good] / values[good]) @ vectors[:, good].T
    lost = (vectors[:, ~good] ** 2).sum(axis=1) > 1e-4
    inverse[lost, :] = np.nan
    inverse[:, lost] = np.nan
    return inverse
