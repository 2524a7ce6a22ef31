"""Score and curvature of one answer at a node, and of a group's distribution: what information is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from irt.estimation.population import Population
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.models import Floats


@dataclass(frozen=True)
class AnswerTables:
    """Of every answer (2 * items, nodes), row 2 * item + right: scores, and minus their derivatives.

    by_logit and by_c are derivatives of log P(answer); logit_logit, logit_c and c_c minus the second ones.
    """

    by_logit: Floats
    by_c: Floats
    logit_logit: Floats
    logit_c: Floats
    c_c: Floats


def answer_tables(parameters: Floats, theta: Floats, with_c: NDArray[np.bool_]) -> AnswerTables:
    """The tables at parameters (items, 3).

    With L the logistic curve and P = c + (1 - c) L: right, the score by logit is (1 - c) L (1 - L) / P and
    by c (1 - L) / P; wrong, -L and -1 / (1 - c). Where `with_c` (items,) is False the derivatives by c are
    left at 0: at c = 0 they grow without bound to the left.
    """
    shape = (2 * len(parameters), len(theta))
    by_logit, by_c, logit_logit, logit_c, c_c = (np.zeros(shape) for _ in range(5))
    c = parameters[:, C, None]
    logits = parameters[:, SLOPE, None] * theta + parameters[:, INTERCEPT, None]
    up, down = expit(logits), expit(-logits)
    p = c + (1.0 - c) * up
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(p > 0.0, up / p, 1.0)  # both underflow only where c = 0
    by_logit[1::2], by_logit[0::2] = (1.0 - c) * share * down, -up
    over = np.where(p > 0.0, (c * (down - up) - (1.0 - c) * up * up) / np.where(p > 0.0, p, 1.0), 0.0)
    logit_logit[1::2] = -(1.0 - c) * share * down * over
    logit_logit[0::2] = up * down
    up, down, p, c, right = up[with_c], down[with_c], p[with_c], c[with_c], 2 * np.flatnonzero(with_c) + 1
    by_c[right], by_c[right - 1] = down / p, -1.0 / (1.0 - c)
    logit_c[right] = (up / p) * down / p
    c_c[right], c_c[right - 1] = (down / p) ** 2, 1.0 / ((1.0 - c) * (1.0 - c))
    return AnswerTables(by_logit, by_c, logit_logit, logit_c, c_c)


def complete_information(tables: AnswerTables, counts: Floats, theta: Floats) -> Floats:
    """Expected complete-data information of each item, shape (items, 3, 3), before the priors."""
    zz, zc, cc = (
        (counts * each)[0::2] + (counts * each)[1::2]
        for each in (tables.logit_logit, tables.logit_c, tables.c_c)
    )
    out = np.empty((len(zz), 3, 3))
    out[:, SLOPE, SLOPE], out[:, INTERCEPT, INTERCEPT] = zz @ theta**2, zz.sum(axis=1)
    out[:, SLOPE, INTERCEPT] = out[:, INTERCEPT, SLOPE] = zz @ theta
    out[:, SLOPE, C] = out[:, C, SLOPE] = zc @ theta
    out[:, INTERCEPT, C] = out[:, C, INTERCEPT] = zc.sum(axis=1)
    out[:, C, C] = cc.sum(axis=1)
    return out


def population_scores(population: Population, theta: Floats) -> Floats:
    """Derivatives of the log weight of every node by (mean, ln sd), shape (groups, 2, nodes)."""
    first, weights = _population_first(population, theta)
    centre: Floats = (first * weights[:, None]).sum(axis=2, keepdims=True)
    return first - centre


def population_information(population: Population, mass: Floats, theta: Floats) -> Floats:
    """Minus the second derivatives of the sum of mass times log weights, shape (groups, 2, 2).

    log w = f - log(sum of exp f) with f = -z^2 / 2, so minus the second derivative is that of f, centred,
    plus the covariance of the first ones under w.
    """
    first, weights = _population_first(population, theta)
    sd = population.sd[:, None]
    z = (theta - population.mean[:, None]) / sd
    bend = np.empty((len(population.mean), 2, 2, len(theta)))  # minus the second derivatives of f
    bend[:, 0, 0], bend[:, 1, 1] = 1.0 / sd**2, 2.0 * z * z
    bend[:, 0, 1] = bend[:, 1, 0] = 2.0 * z / sd
    persons = mass.sum(axis=1)
    excess = mass - persons[:, None] * weights
    centred = first - (first * weights[:, None]).sum(axis=2, keepdims=True)
    covariance = np.einsum("gaq,gbq,gq->gab", centred, centred, weights)
    out: Floats = np.einsum("gabq,gq->gab", bend, excess) + persons[:, None, None] * covariance
    return out


def _population_first(population: Population, theta: Floats) -> tuple[Floats, Floats]:
    """(derivatives of f by mean and ln sd, weights)."""
    z = (theta - population.mean[:, None]) / population.sd[:, None]
    first = np.stack([z / population.sd[:, None], z * z], axis=1)
    return first, np.exp(population.log_weights(theta))
