"""The M-step: each item's best parameters given the expected counts.

Fisher scoring in (slope, intercept, c), all items at once, c itself and not its logit: an item whose
maximum is at c = 0 then reaches it in a step, where logit c would crawl to minus infinity. c lies in
[0, C_HIGH] and |slope| below SLOPE_HIGH; a step that a bound cuts short changes the steps of the others. Steps
are capped, and halved until the objective does not fall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from irt.models import Floats, log_probabilities
from irt.priors import INTERCEPT, SLOPE, C, Priors

#: Upper bound of c; an item that guessing alone solves more often than that has no use for a 3PL.
C_HIGH = 0.7
#: Bound of |slope|, a = 10: beyond it a curve rises from 0 to 1 between two nodes of the default grid, and
#: only answers that ability separates without exception drive an item there.
SLOPE_HIGH = 17.0
INNER_STEPS = 4
_STEP = np.array([1.7, 3.0, 0.15])
_HALVINGS = 12
_TINY = 1e-12


@dataclass(frozen=True)
class Ascent:
    """Parameters after the M-step, and the gradient of the marginal log-posterior before it.

    By Fisher's identity the gradient of the expected complete-data log-posterior, taken where the
    expectation was, is the gradient of the marginal one. `gradient` (items, 3) is projected: 0 where a
    parameter is fixed, or at a bound that the gradient presses against.
    """

    parameters: Floats
    gradient: Floats


@dataclass(frozen=True)
class Expected:
    """The M-step's problem: expected answers (items, nodes), the nodes, which c are free, the priors."""

    wrong: Floats
    right: Floats
    theta: Floats
    free_c: Floats
    priors: Priors

    def objective(self, parameters: Floats, which: NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Expected complete-data log-posterior of the items `which`, whose parameters are given."""
        logits = parameters[:, SLOPE, None] * self.theta + parameters[:, INTERCEPT, None]
        log_right, log_wrong = log_probabilities(logits, parameters[:, C, None])
        total: Floats = (self.right[which] * log_right + self.wrong[which] * log_wrong).sum(axis=1)
        return total + self.priors.log_density(parameters, self.free_c[which])

    def derivatives(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Gradient (items, 3) and expected information (items, 3, 3) of the objective of all items."""
        theta, c = self.theta, parameters[:, C, None]
        logits = parameters[:, SLOPE, None] * theta + parameters[:, INTERCEPT, None]
        rising, falling = expit(logits), expit(-logits)
        p = c + (1.0 - c) * rising
        n = self.wrong + self.right
        # d log P(answer) / d logit is (u - P) rising / P, and by c it is (u - P) / (P (1 - c)).
        residual = (self.right - n * p) / p
        by_logit, by_c = residual * rising, residual / (1.0 - c)
        gradient = np.stack([by_logit @ theta, by_logit.sum(axis=1), by_c.sum(axis=1)], axis=1)
        weight = n * falling / p
        logit_logit, logit_c = weight * (1.0 - c) * rising * rising, weight * rising
        information = np.empty((len(parameters), 3, 3))
        information[:, SLOPE, SLOPE] = logit_logit @ (theta * theta)
        information[:, SLOPE, INTERCEPT] = information[:, INTERCEPT, SLOPE] = logit_logit @ theta
        information[:, INTERCEPT, INTERCEPT] = logit_logit.sum(axis=1)
        information[:, SLOPE, C] = information[:, C, SLOPE] = logit_c @ theta
        information[:, INTERCEPT, C] = information[:, C, INTERCEPT] = logit_c.sum(axis=1)
        information[:, C, C] = (weight / (1.0 - c)).sum(axis=1)
        gradient += self.priors.gradient(parameters, self.free_c)
        information += self.priors.curvature(parameters, self.free_c, scoring=True)
        return gradient, information


def maximize(expected: Expected, parameters: Floats) -> Ascent:
    """One M-step from the parameters at which the expectation was taken."""
    current, value = parameters, expected.objective(parameters)
    first: Floats | None = None
    for _ in range(INNER_STEPS):
        gradient, information = expected.derivatives(current)
        if first is None:
            first = project(gradient, current, expected.free_c)
        uphill = project(gradient, current, expected.free_c)
        step = _step(gradient, information, current, expected.free_c, held=uphill[:, SLOPE] == 0.0)
        moved, value, stuck = _backtrack(expected, current, value, step, np.arange(len(current)))
        if len(stuck):  # a capped step need not lead uphill; the gradient does
            step = uphill / np.maximum(np.diagonal(information, axis1=1, axis2=2), _TINY)
            moved, value, _ = _backtrack(expected, moved, value, np.clip(step, -_STEP, _STEP), stuck)
        current = moved
    assert first is not None
    return Ascent(current, first)


def project(gradient: Floats, parameters: Floats, free_c: Floats) -> Floats:
    """The gradient without what presses against a bound (the Karush-Kuhn-Tucker condition)."""
    out = gradient.copy()
    c, slope = parameters[:, C], parameters[:, SLOPE]
    out[(free_c == 0.0) | ((c <= 0.0) & (out[:, C] < 0.0)) | ((c >= C_HIGH) & (out[:, C] > 0.0)), C] = 0.0
    out[(np.abs(slope) >= SLOPE_HIGH) & (out[:, SLOPE] * slope > 0.0), SLOPE] = 0.0
    return out


def clip(parameters: Floats) -> Floats:
    """Parameters moved into their bounds."""
    out = parameters.copy()
    np.clip(out[:, SLOPE], -SLOPE_HIGH, SLOPE_HIGH, out=out[:, SLOPE])
    np.clip(out[:, C], 0.0, C_HIGH, out=out[:, C])
    return out


def _step(
    gradient: Floats, information: Floats, parameters: Floats, free_c: Floats, *, held: NDArray[np.bool_]
) -> Floats:
    """The scoring step, taken in turn: c; slope given the step in c; intercept given both.

    Each comes from the Schur complement of the information over what follows it, so that the three are the
    full step; but each is capped and cut at its bounds before the next is taken, which is the active set.
    `held` marks slopes that press against their bound and stay there.
    """
    ridge = 1e-9 * (1.0 + information[:, SLOPE, SLOPE])
    h11, h22 = information[:, SLOPE, SLOPE] + ridge, information[:, INTERCEPT, INTERCEPT] + ridge
    h12, k1 = np.where(held, 0.0, information[:, 0, 1]), np.where(held, 0.0, information[:, 0, 2])
    k2, (g1, g2, g3) = (
        information[:, 1, 2],
        np.where(held[:, None] & (np.arange(3) == SLOPE), 0.0, gradient).T,
    )
    slope, c = parameters[:, SLOPE], parameters[:, C]
    left = h11 - h12 * h12 / h22
    mixed, pull = k1 - h12 * k2 / h22, g1 - h12 * g2 / h22
    schur = information[:, C, C] - k2 * k2 / h22 - mixed * mixed / left
    schur = np.maximum(schur, 1e-9 * (1.0 + information[:, C, C]))
    in_c = np.clip((g3 - k2 * g2 / h22 - mixed * pull / left) / schur, -_STEP[C], _STEP[C])
    in_c = np.where(free_c > 0.0, np.clip(c + in_c, 0.0, C_HIGH) - c, 0.0)
    in_slope = np.clip((pull - mixed * in_c) / left, -_STEP[SLOPE], _STEP[SLOPE])
    in_slope = np.clip(slope + in_slope, -SLOPE_HIGH, SLOPE_HIGH) - slope
    in_intercept = (g2 - h12 * in_slope - k2 * in_c) / h22
    return np.stack([in_slope, np.clip(in_intercept, -_STEP[INTERCEPT], _STEP[INTERCEPT]), in_c], axis=1)


def _backtrack(
    expected: Expected, parameters: Floats, value: Floats, step: Floats, left: NDArray[np.intp]
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Move the items `left` by the longest of step, step / 2, step / 4, ... that does not lower their objective.

    Returns the parameters, the objective there, and the items for which there was none.
    """
    current, reached = parameters.copy(), value.copy()
    length = 1.0
    for _ in range(_HALVINGS):
        trial = clip(parameters[left] + length * step[left])
        tried = expected.objective(trial, left)
        good = tried >= value[left]
        current[left[good]], reached[left[good]] = trial[good], tried[good]
        left = left[~good]
        if not len(left):
            break
        length *= 0.5
    return current, reached, left
