"""The M-step of an item, compiled: Fisher scoring in (slope, intercept, c) on its expected answers.

c itself and not its logit: an item whose maximum is at c = 0 then reaches it in a step, where logit c would
crawl to minus infinity. c lies in [0, C_HIGH] and |slope| below SLOPE_HIGH; a step that a bound cuts short
changes the steps of the others. Steps are capped, and halved until the objective does not fall.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.estimation.elementary import exponential, logarithm
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C, add_prior, log_prior
from irt.models import Floats

#: Upper bound of c; an item that guessing alone solves more often than that has no use for a 3PL.
C_HIGH = 0.7
#: Bound of |slope|, a = 10: beyond it a curve rises from 0 to 1 between two nodes of the default grid, and
#: only answers that ability separates without exception drive an item there.
SLOPE_HIGH = 17.0
INNER_STEPS = 4
SLOPE_STEP, INTERCEPT_STEP, C_STEP = 1.7, 3.0, 0.15
_HALVINGS = 12
_TINY = 1e-12
#: A relative fall of the objective that is rounding of its sum, not a worse point.
_ROUNDING = 1e-13


@compiled
def evaluate(  # noqa: PLR0915 - one loop over the nodes for all sums
    wrong: Floats,
    right: Floats,
    theta: Floats,
    at: Floats,
    prior: Floats,
    gradient: Floats,
    information: Floats,
) -> float:
    """Expected complete-data log-posterior of an item at (slope, intercept, c); sets its derivatives.

    gradient (3,) and information (3, 3), the expected one. With L the logistic curve, the derivative of
    log P(answer) by the logit is (u - P) L / P, and by c it is (u - P) / (P (1 - c)).
    """
    slope, intercept, c = at[SLOPE], at[INTERCEPT], at[C]
    gs = gi = gc = ss = si = ii = sc = ic = cc = total = 0.0
    if c == 0.0:
        for q in range(len(theta)):
            t, w, r = theta[q], wrong[q], right[q]
            x = slope * t + intercept
            small = exponential(-abs(x))
            bend = logarithm(1.0 + small)
            up = (1.0 if x > 0.0 else small) / (1.0 + small)
            down = (small if x > 0.0 else 1.0) / (1.0 + small)
            n = w + r
            total += r * min(x, 0.0) - w * max(x, 0.0) - n * bend
            residual = r * down - w * up
            weight = n * up * down
            gs += residual * t
            gi += residual
            ss += weight * t * t
            si += weight * t
            ii += weight
            # (u - P) / P by c; L / P is 1 here. Where L underflows, so does what is right.
            per = 1.0 / max(up, 1e-290)
            gc += r * down * per - w
            sc += n * down * t
            ic += n * down
            cc += n * down * per
    else:
        rest = 1.0 - c
        floor = np.log(rest)
        for q in range(len(theta)):
            t, w, r = theta[q], wrong[q], right[q]
            x = slope * t + intercept
            small = exponential(-abs(x))
            up = (1.0 if x > 0.0 else small) / (1.0 + small)
            down = (small if x > 0.0 else 1.0) / (1.0 + small)
            p = c + rest * up
            n = w + r
            total += r * logarithm(p) + w * (floor - max(x, 0.0) - logarithm(1.0 + small))
            share = 1.0 / p
            residual = (r - n * p) * share
            by_logit = residual * up
            gs += by_logit * t
            gi += by_logit
            gc += residual / rest
            weight = n * down * share
            zz = weight * rest * up * up
            ss += zz * t * t
            si += zz * t
            ii += zz
            sc += weight * up * t
            ic += weight * up
            cc += weight / rest
    gradient[0], gradient[1], gradient[2] = gs, gi, gc
    information[0, 0], information[0, 1], information[1, 0], information[1, 1] = ss, si, si, ii
    information[0, 2], information[2, 0], information[1, 2], information[2, 1] = sc, sc, ic, ic
    information[2, 2] = cc
    total += log_prior(prior, at)
    add_prior(prior, at, True, gradient, information)
    return float(total)


@compiled
def project(gradient: Floats, at: Floats, free: NDArray[np.bool_]) -> None:
    """Set to 0 what is not free, or presses against a bound (the Karush-Kuhn-Tucker condition)."""
    if not free[SLOPE] or (abs(at[SLOPE]) >= SLOPE_HIGH and gradient[SLOPE] * at[SLOPE] > 0.0):
        gradient[SLOPE] = 0.0
    if not free[INTERCEPT]:
        gradient[INTERCEPT] = 0.0
    at_low, at_high = at[C] <= 0.0 and gradient[C] < 0.0, at[C] >= C_HIGH and gradient[C] > 0.0
    if not free[C] or at_low or at_high:
        gradient[C] = 0.0


@compiled
def scoring_step(
    gradient: Floats, information: Floats, at: Floats, free: NDArray[np.bool_], held: bool, step: Floats
) -> None:
    """Set the scoring step: c; slope given the step in c; intercept given both.

    Each comes from the Schur complement of the information over what follows it, so that the three are the
    full step; but each is capped and cut at its bounds before the next is taken, which is the active set.
    `held` says that the slope presses against its bound and stays there.
    """
    step[:] = 0.0
    moves_slope, moves_intercept = free[SLOPE] and not held, free[INTERCEPT]
    ridge = 1e-9 * (1.0 + information[SLOPE, SLOPE])
    h22 = information[INTERCEPT, INTERCEPT] + ridge
    h12 = information[SLOPE, INTERCEPT] if moves_intercept else 0.0
    k2 = information[INTERCEPT, C] if moves_intercept else 0.0
    g2 = gradient[INTERCEPT] if moves_intercept else 0.0
    left = information[SLOPE, SLOPE] + ridge - h12 * h12 / h22
    mixed = information[SLOPE, C] - h12 * k2 / h22 if moves_slope else 0.0
    pull = gradient[SLOPE] - h12 * g2 / h22 if moves_slope else 0.0
    if free[C]:
        schur = information[C, C] - k2 * k2 / h22 - mixed * mixed / left
        schur = max(schur, 1e-9 * (1.0 + information[C, C]))
        move = (gradient[C] - k2 * g2 / h22 - mixed * pull / left) / schur
        move = min(max(move, -C_STEP), C_STEP)
        step[C] = min(max(at[C] + move, 0.0), C_HIGH) - at[C]
    if moves_slope:
        move = min(max((pull - mixed * step[C]) / left, -SLOPE_STEP), SLOPE_STEP)
        step[SLOPE] = min(max(at[SLOPE] + move, -SLOPE_HIGH), SLOPE_HIGH) - at[SLOPE]
    if moves_intercept:
        move = (g2 - h12 * step[SLOPE] - k2 * step[C]) / h22
        step[INTERCEPT] = min(max(move, -INTERCEPT_STEP), INTERCEPT_STEP)


@compiled
def clip(at: Floats) -> None:
    """Move an item's parameters into their bounds."""
    at[SLOPE] = min(max(at[SLOPE], -SLOPE_HIGH), SLOPE_HIGH)
    at[C] = min(max(at[C], 0.0), C_HIGH)


@compiled
def maximize_item(
    wrong: Floats,
    right: Floats,
    theta: Floats,
    at: Floats,
    prior: Floats,
    free: NDArray[np.bool_],
    gradient: Floats,
    information: Floats,
    work: Floats,
) -> None:
    """Move `at` to the item's M-step; set `gradient` to the projected one where it started.

    work (4, 3): step, trial, the trial's gradient, and what an uphill step is made of.
    """
    step, trial, ahead, uphill = work[0], work[1], work[2], work[3]
    value = evaluate(wrong, right, theta, at, prior, gradient, information)
    ahead[:] = gradient
    project(gradient, at, free)
    uphill[:] = gradient
    largest = 0.0
    for _ in range(INNER_STEPS):
        held = free[SLOPE] and abs(at[SLOPE]) >= SLOPE_HIGH and ahead[SLOPE] * at[SLOPE] > 0.0
        scoring_step(ahead, information, at, free, held, step)
        moved = False
        for attempt in range(2):
            length = 1.0
            for _halving in range(_HALVINGS):
                for k in range(3):
                    trial[k] = at[k] + length * step[k]
                clip(trial)
                tried = evaluate(wrong, right, theta, trial, prior, ahead, information)
                if tried >= value - _ROUNDING * abs(value):
                    moved = True
                    break
                length *= 0.5
            if moved or attempt == 1:
                break
            # A capped step need not lead uphill; the gradient does.
            evaluate(wrong, right, theta, at, prior, ahead, information)
            step[SLOPE] = uphill[SLOPE] / max(information[SLOPE, SLOPE], _TINY)
            step[INTERCEPT] = uphill[INTERCEPT] / max(information[INTERCEPT, INTERCEPT], _TINY)
            step[C] = uphill[C] / max(information[C, C], _TINY)
            step[SLOPE] = min(max(step[SLOPE], -SLOPE_STEP), SLOPE_STEP)
            step[INTERCEPT] = min(max(step[INTERCEPT], -INTERCEPT_STEP), INTERCEPT_STEP)
            step[C] = min(max(step[C], -C_STEP), C_STEP)
        if not moved:
            return
        size = 0.0
        for k in range(3):
            size = max(size, abs(trial[k] - at[k]))
        at[:] = trial
        value = tried
        uphill[:] = ahead
        project(uphill, at, free)
        largest = max(largest, size)
        if size <= 1e-4 * largest or size < 1e-11:
            return


@compiled
def maximize_items(
    counts: Floats,
    theta: Floats,
    parameters: Floats,
    priors: Floats,
    free: NDArray[np.bool_],
    gradient: Floats,
    low: int,
    high: int,
) -> None:
    """`maximize_item` of items low to high; counts (2 * items, nodes), the other arrays (items, ...)."""
    information, work = np.empty((3, 3)), np.empty((4, 3))
    for item in range(low, high):
        maximize_item(
            counts[2 * item],
            counts[2 * item + 1],
            theta,
            parameters[item],
            priors[item],
            free[item],
            gradient[item],
            information,
            work,
        )


@compiled
def evaluate_items(
    counts: Floats,
    theta: Floats,
    parameters: Floats,
    priors: Floats,
    value: Floats,
    gradient: Floats,
    information: Floats,
) -> None:
    """`evaluate` of every item; value (items,), gradient (items, 3), information (items, 3, 3)."""
    for item in range(len(parameters)):
        value[item] = evaluate(
            counts[2 * item],
            counts[2 * item + 1],
            theta,
            parameters[item],
            priors[item],
            gradient[item],
            information[item],
        )
