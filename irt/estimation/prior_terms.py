"""Log density of an item's prior and its derivatives by (slope, intercept, c), compiled.

A prior is a row of a table: mean and sd of ln slope, mean and sd of b, alpha and beta of c, and the sum of the
logs of their normalising constants; an sd or alpha of 0 stands for none. b = -intercept / slope.
"""

from __future__ import annotations

import numpy as np

from irt.estimation.compiled import compiled
from irt.models import Floats

SLOPE, INTERCEPT, C = 0, 1, 2
SLOPE_MEAN, SLOPE_SD, B_MEAN, B_SD, ALPHA, BETA, CONSTANT = range(7)
COLUMNS = 7
_TINY = 1e-12


@compiled
def log_prior(prior: Floats, parameters: Floats) -> float:
    """Log density of one item's (slope, b, c); minus infinity outside its support."""
    slope, c = parameters[SLOPE], parameters[C]
    total = prior[CONSTANT]
    if prior[SLOPE_SD] > 0.0:
        if slope <= 0.0:
            return -np.inf
        z = (np.log(slope) - prior[SLOPE_MEAN]) / prior[SLOPE_SD]
        total -= np.log(slope) + 0.5 * z * z
    if prior[B_SD] > 0.0:
        if slope == 0.0:
            return -np.inf
        z = (-parameters[INTERCEPT] / slope - prior[B_MEAN]) / prior[B_SD]
        total -= 0.5 * z * z
    if prior[ALPHA] > 0.0:
        total += (prior[BETA] - 1.0) * np.log(1.0 - c)
        if prior[ALPHA] > 1.0:
            total += (prior[ALPHA] - 1.0) * np.log(c) if c > 0.0 else -np.inf
    return float(total)


@compiled
def add_prior(
    prior: Floats, parameters: Floats, scoring: bool, gradient: Floats, information: Floats
) -> None:
    """Add the derivatives to `gradient` (3,) and minus the second ones to `information` (3, 3).

    With `scoring` the terms that may be negative are left out (those that carry the first derivative), so
    that the matrix is positive semidefinite and safe to step with.
    """
    slope, c = parameters[SLOPE], max(parameters[C], _TINY)
    if prior[SLOPE_SD] > 0.0:
        variance = prior[SLOPE_SD] ** 2
        pull = 1.0 + (np.log(slope) - prior[SLOPE_MEAN]) / variance
        gradient[SLOPE] -= pull / slope
        information[SLOPE, SLOPE] += (1.0 / variance - (0.0 if scoring else pull)) / slope**2
    if prior[B_SD] > 0.0:
        b, variance = -parameters[INTERCEPT] / slope, prior[B_SD] ** 2
        pull = (b - prior[B_MEAN]) / variance
        gradient[SLOPE] += pull * b / slope
        gradient[INTERCEPT] += pull / slope
        extra = 0.0 if scoring else pull
        information[SLOPE, SLOPE] += (b * b / variance + 2.0 * extra * b) / slope**2
        information[SLOPE, INTERCEPT] += (b / variance + extra) / slope**2
        information[INTERCEPT, SLOPE] += (b / variance + extra) / slope**2
        information[INTERCEPT, INTERCEPT] += 1.0 / (variance * slope**2)
    if prior[ALPHA] > 0.0:
        left, right = (prior[ALPHA] - 1.0) / c, (prior[BETA] - 1.0) / (1.0 - c)
        gradient[C] += left - right
        information[C, C] += left / c + right / (1.0 - c)


@compiled
def log_priors(priors: Floats, parameters: Floats, out: Floats) -> None:
    """`log_prior` of every item; priors (items, 7), parameters (items, 3), out (items,)."""
    for item in range(len(parameters)):
        out[item] = log_prior(priors[item], parameters[item])


@compiled
def add_priors(
    priors: Floats, parameters: Floats, scoring: bool, gradient: Floats, information: Floats
) -> None:
    """`add_prior` of every item; gradient (items, 3), information (items, 3, 3)."""
    for item in range(len(parameters)):
        add_prior(priors[item], parameters[item], scoring, gradient[item], information[item])
