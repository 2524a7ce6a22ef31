"""The M-step: the best parameters of every item, of what items share, and of the population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irt.estimation import item_kernels as kernels
from irt.estimation.population import Population
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C, add_priors, log_priors
from irt.estimation.shards import Expectation, Run, run_alone
from irt.estimation.specification import Specification
from irt.models import Floats

#: Curves (items times nodes) from which the M-step is worth a second thread.
_WORTH_A_THREAD = 20_000
_SHARED_STEPS, _HALVINGS = 4, 12
_CAPS = {SLOPE: kernels.SLOPE_STEP, C: kernels.C_STEP}
_BOUNDS = {SLOPE: (-kernels.SLOPE_HIGH, kernels.SLOPE_HIGH), C: (0.0, kernels.C_HIGH)}


@dataclass(frozen=True)
class Point:
    """All that is estimated: parameters (items, 3) in the logistic metric, and the population."""

    parameters: Floats
    population: Population


@dataclass(frozen=True)
class Ascent:
    """Where the M-step arrives, and the gradient of the marginal log-posterior where it began.

    By Fisher's identity the gradient of the expected complete-data log-posterior, taken where the
    expectation was, is the gradient of the marginal one. `gradient` is projected: 0 where a parameter is
    fixed, or at a bound that the gradient presses against; what items share comes once, at the end.
    """

    point: Point
    gradient: Floats


@dataclass(frozen=True)
class Moments:
    """Value, gradient (items, 3) and information (items, 3, 3) of the items' objectives."""

    value: Floats
    gradient: Floats
    information: Floats


def evaluated(spec: Specification, counts: Floats, theta: Floats, parameters: Floats) -> Moments:
    """The objective of every item and its derivatives, own priors included."""
    n = spec.n_items
    out = Moments(np.empty(n), np.empty((n, 3)), np.empty((n, 3, 3)))
    kernels.evaluate_items(counts, theta, parameters, spec.priors, out.value, out.gradient, out.information)
    return out


def maximize(
    spec: Specification,
    expected: Expectation,
    theta: Floats,
    point: Point,
    run: Run = run_alone,
    parts: int = 1,
) -> Ascent:
    """One M-step from the point at which the expectation was taken; `run` maps over `parts` of the items."""
    parameters = point.parameters.copy()
    gradient = np.empty_like(parameters)
    parts = parts if parameters.shape[0] * len(theta) >= _WORTH_A_THREAD else 1
    edges = np.linspace(0, spec.n_items, parts + 1).astype(int)
    shared = _shared_gradient(spec, expected.counts, theta, point.parameters)

    def own(low: int, high: int) -> None:
        kernels.maximize_items(
            expected.counts, theta, parameters, spec.priors, spec.free, gradient, low, high
        )

    run(own, edges[:-1].tolist(), edges[1:].tolist())
    for column in (SLOPE, C):
        if spec.tied[:, column].any():
            parameters = _shared_step(spec, column, expected.counts, theta, parameters)
    population = point.population.maximized(expected.mass, theta)
    found = np.concatenate(
        [gradient.ravel(), shared, point.population.gradient(expected.mass, theta).ravel()]
    )
    return Ascent(Point(parameters, population), found)


def clip(parameters: Floats) -> Floats:
    """Parameters moved into their bounds."""
    out = parameters.copy()
    for column, (low, high) in _BOUNDS.items():
        np.clip(out[:, column], low, high, out=out[:, column])
    return out


def _shared_gradient(spec: Specification, counts: Floats, theta: Floats, parameters: Floats) -> Floats:
    """Projected gradient by the common slope and the common c, those that there are."""
    if not any(spec.shares):
        return np.empty(0)
    moments, prior = evaluated(spec, counts, theta, parameters), _shared_prior(spec, parameters)
    found = []
    for column, there in zip((SLOPE, C), spec.shares, strict=True):
        if there:
            by = float(moments.gradient[spec.tied[:, column], column].sum() + prior.gradient[0, column])
            at, (low, high) = spec.common(parameters)[column], _BOUNDS[column]
            found.append(0.0 if (at <= low and by < 0.0) or (at >= high and by > 0.0) else by)
    return np.array(found)


def _shared_prior(spec: Specification, parameters: Floats) -> Moments:
    """The prior of what is shared, as an item of its own."""
    common = spec.common(parameters)[None]
    out = Moments(np.empty(1), np.zeros((1, 3)), np.zeros((1, 3, 3)))
    log_priors(spec.shared_prior[None], common, out.value)
    add_priors(spec.shared_prior[None], common, True, out.gradient, out.information)
    return out


def _shared_step(
    spec: Specification, column: int, counts: Floats, theta: Floats, parameters: Floats
) -> Floats:
    """Scoring steps in the value that the tied items share, each item's intercept following."""
    tied = spec.tied[:, column]
    current = parameters
    for _ in range(_SHARED_STEPS):
        moments, prior = evaluated(spec, counts, theta, current), _shared_prior(spec, current)
        follow = tied & spec.free[:, INTERCEPT]
        cross = np.where(follow, moments.information[:, column, INTERCEPT], 0.0)
        own = moments.information[:, INTERCEPT, INTERCEPT] + 1e-9
        slope = (moments.gradient[:, column] - cross / own * moments.gradient[:, INTERCEPT])[tied].sum()
        bend = (moments.information[:, column, column] - cross * cross / own)[tied].sum()
        slope += prior.gradient[0, column]
        bend += prior.information[0, column, column]
        step = float(np.clip(slope / max(bend, 1e-12), -_CAPS[column], _CAPS[column]))
        before = moments.value.sum() + prior.value[0]
        for _ in range(_HALVINGS):
            trial = current.copy()
            trial[tied, column] = np.clip(current[tied, column] + step, *_BOUNDS[column])
            moved = trial[:, column] - current[:, column]
            trial[follow, INTERCEPT] += ((moments.gradient[:, INTERCEPT] - cross * moved) / own)[follow]
            after = evaluated(spec, counts, theta, trial).value.sum() + _shared_prior(spec, trial).value[0]
            if after >= before - 1e-13 * abs(before):
                break
            step *= 0.5
        else:
            return current
        current = trial
        if abs(step) < 1e-10:
            break
    return current
