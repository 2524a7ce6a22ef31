"""The same fit on another scale or grid: nothing here changes the likelihood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from irt.estimation.accelerate import REACH, Climb
from irt.estimation.maximize import Point
from irt.estimation.population import Population
from irt.estimation.prior_terms import INTERCEPT, SLOPE
from irt.estimation.problem import Problem
from irt.groups import Groups
from irt.latent import MOST_NODES
from irt.models import Floats

#: A grid that must grow reaches so many SDs beyond every mean, so that it need not soon grow again.
_AHEAD = REACH + 1.0


def upright(problem: Problem, climbed: Climb, *, held: bool) -> tuple[Problem, Climb]:
    """The mirrored solution, equally likely, if ability ran from high to low; not where anchors hold it."""
    parameters, population = climbed.point.parameters, climbed.point.population
    if held or parameters[:, SLOPE].sum() >= 0.0:
        return problem, climbed
    mirrored = parameters * np.array([-1.0, 1.0, 1.0])
    histogram = None if population.histogram is None else population.histogram[:, ::-1].copy()
    mirror = replace(problem, theta=-problem.theta[::-1])
    expected = replace(
        climbed.expected,
        counts=climbed.expected.counts[:, ::-1].copy(),
        mass=climbed.expected.mass[:, ::-1].copy(),
        windows=mirror.open_windows(),
    )
    point = Point(mirrored, replace(population, mean=-population.mean, histogram=histogram))
    return mirror, replace(climbed, point=point, expected=expected)


def standardised(problem: Problem, climbed: Climb, groups: Groups) -> tuple[Problem, Climb]:
    """On the scale that the reference, or all groups together, define by mean 0 and SD 1."""
    population = _with_moments(climbed.point.population, problem.theta)
    climbed = replace(climbed, point=replace(climbed.point, population=population))
    if groups.reference is None or (population.histogram is None and not groups.pooled):
        return problem, climbed
    if groups.pooled:
        share = climbed.expected.mass.sum(axis=1)
        share = share / share.sum()
        shift = float((share * population.mean).sum())
        scale = float(np.sqrt((share * (population.sd**2 + population.mean**2)).sum() - shift**2))
    else:
        shift, scale = float(population.mean[groups.reference]), float(population.sd[groups.reference])
    parameters = climbed.point.parameters.copy()
    parameters[:, INTERCEPT] += parameters[:, SLOPE] * shift
    parameters[:, SLOPE] *= scale
    point = Point(parameters, population.moved(shift, scale))
    return replace(problem, theta=(problem.theta - shift) / scale), replace(climbed, point=point)


def regrid(problem: Problem, climbed: Climb) -> tuple[Problem, Point] | None:
    """The problem on a grid of the same spacing that reaches beyond every group; None where it would not help."""
    population, theta = climbed.point.population, problem.theta
    spacing = (theta[-1] - theta[0]) / (len(theta) - 1)
    free = population.free
    low = float((population.mean - _AHEAD * population.sd)[free].min())
    high = float((population.mean + _AHEAD * population.sd)[free].max())
    left = max(int(np.ceil((theta[0] - low) / spacing)), 0)
    right = max(int(np.ceil((high - theta[-1]) / spacing)), 0)
    if len(theta) + left + right > MOST_NODES:
        return None
    wider = theta[0] + spacing * np.arange(-left, len(theta) + right)
    point = replace(climbed.point, population=_on(population, left, right))
    return replace(problem, theta=wider), point


def _with_moments(population: Population, theta: Floats) -> Population:
    """With the mean and SD that a histogram has on the nodes."""
    if population.histogram is None:
        return population
    mean = population.histogram @ theta
    spread = (population.histogram * (theta - mean[:, None]) ** 2).sum(axis=1)
    return replace(population, mean=mean, sd=np.sqrt(spread))


def _on(population: Population, left: int, right: int) -> Population:
    """A histogram gets new nodes with next to no weight, which the data may raise."""
    if population.histogram is None:
        return population
    grown = np.pad(population.histogram, ((0, 0), (left, right)), constant_values=1e-12)
    return replace(population, histogram=grown / grown.sum(axis=1, keepdims=True))
