"""The EM iteration, accelerated and guarded.

Anderson acceleration (Anderson 1965; Walker & Ni 2011, type II): the next point is the combination of the
last EM steps whose residuals cancel best in least squares. It is not monotone by itself. Here a point whose
log-posterior lies below the last accepted one is refused, the history is dropped, and the plain EM step
from the last accepted point - which cannot fall - is taken instead. Where that takes long, Newton's step is
proposed in its place and guarded alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from irt.estimation.evidence import Evidence
from irt.estimation.item_kernels import SLOPE_HIGH
from irt.estimation.maximize import Ascent, Point, clip
from irt.estimation.newton import newton
from irt.estimation.prior_terms import SLOPE, C
from irt.estimation.problem import Problem
from irt.estimation.shards import Expectation
from irt.estimation.specification import Specification
from irt.models import Floats
from irt.results import Pass

DEPTH = 8
#: Relative fall of the log-posterior that is rounding of its sum, not a worse point.
_ROUNDING = 1e-12
#: Windows are opened where parameters moved further than that: the old ones say little of the new weights.
_FAR = 0.5
#: Passes before Newton's step is tried, and after it was refused; its damping then.
_PATIENCE, _PAUSE, _WEAK = 30, 5, 1e-4
#: Every so many passes, slopes at their bound are looked at: those that stay there need no more passes.
_LOOK = 25
#: Relative gain of the log-posterior over so many accepted passes that is not worth another one.
_GAIN, _IDLE = 1e-10, 12
#: A normal distribution must have so many standard deviations on either side of its mean on the grid.
REACH = 4.0


@dataclass(frozen=True)
class Climb:
    """Where the iteration ended, and how it got there; `gradient` is projected (see `maximize.Ascent`).

    `expected` is the E-step at the point. `cramped`: it stopped because a group's distribution came too near
    an end of the grid.
    """

    point: Point
    log_likelihood: float
    log_posterior: float
    max_gradient: float
    expected: Expectation
    converged: bool
    trace: tuple[Pass, ...]
    cramped: bool = False


@dataclass
class _History:
    """The last points and their EM images as vectors; at most DEPTH differences."""

    images: list[Floats] = field(default_factory=list)
    residuals: list[Floats] = field(default_factory=list)

    def propose(self, point: Floats, image: Floats) -> Floats:
        """The accelerated next point; the EM image itself while there is no history."""
        self.images.append(image)
        self.residuals.append(image - point)
        del self.images[: -DEPTH - 1], self.residuals[: -DEPTH - 1]
        if len(self.images) == 1:
            return image
        moved = np.diff(np.array(self.residuals), axis=0)
        size = np.sqrt((moved * moved).sum(axis=1))
        scaled = moved / np.maximum(size, 1e-300)[:, None]
        weights, *_ = np.linalg.lstsq(scaled @ scaled.T, scaled @ self.residuals[-1], rcond=1e-13)
        ahead: Floats = self.images[-1] - (weights / np.maximum(size, 1e-300)) @ np.diff(
            np.array(self.images), axis=0
        )
        return ahead

    def clear(self) -> None:
        self.images.clear()
        self.residuals.clear()


@dataclass
class _Patience:
    """When Newton's step is worth its cost: after so many passes of acceleration, and as long as it is good."""

    next_at: int
    damping: float = 0.0
    trying: bool = False

    def propose(self, number: int, evidence: Evidence, ascent: Ascent, *, level: bool) -> Point | None:
        """Newton's point if it is due at this pass; on `level` ground it would stay, and EM may know a way up."""
        if self.trying:  # the last one was good
            self.damping = 0.1 * self.damping if self.damping > _WEAK else 0.0
        self.trying = False
        if number < self.next_at or level:
            return None
        proposed = newton(evidence, ascent, self.damping)
        self.trying = proposed is not None
        if not self.trying:
            self.next_at = number + _PATIENCE
        return proposed

    def refused(self, number: int) -> None:
        """The last proposal lay lower."""
        if self.trying:
            self.damping, self.next_at = max(10.0 * self.damping, _WEAK), number + _PAUSE
        self.trying = False


def climb(
    problem: Problem,
    start: Point,
    *,
    tolerance: float,
    gradient_tolerance: float,
    max_passes: int,
    progress: Callable[[Pass], None] | None,
    before: tuple[Pass, ...] = (),
) -> Climb:
    """Iterate from `start` until neither the projected gradient nor the EM step exceeds its tolerance.

    `before` are the passes of earlier fits, which the trace goes on from.
    """
    spec, history, trace = problem.specification, _History(), list(before)
    point = replace(start, parameters=clip(start.parameters))
    windows = problem.open_windows()
    fallback: Point | None = None
    best: tuple[Point, float, float, float, Expectation] | None = None
    patience, steep = _Patience(len(before) + _PATIENCE), np.zeros(spec.n_items, dtype=np.bool_)
    for number in range(len(before) + 1, len(before) + max_passes + 1):
        expected = problem.expect(point, windows)
        log_likelihood = expected.log_likelihood
        log_posterior = log_likelihood + spec.log_prior(point.parameters)
        lowest = -np.inf if best is None else best[2] - _ROUNDING * abs(best[2])
        if best is not None and fallback is not None and not log_posterior >= lowest:
            trace.append(Pass(number, log_likelihood, log_posterior, best[3], np.nan, accepted=False))
            history.clear()
            patience.refused(number)
            point, fallback = fallback, None
        else:
            ascent = problem.maximize(expected, point)
            at, image = to_vector(spec, point), to_vector(spec, ascent.point)
            change = float(np.abs(image - at).max(initial=0.0))
            gradient = float(np.abs(ascent.gradient).max(initial=0.0))
            best = (point, log_likelihood, log_posterior, gradient, expected)
            trace.append(Pass(number, log_likelihood, log_posterior, gradient, change, accepted=True))
        if progress is not None:
            progress(trace[-1])
        if not trace[-1].accepted:
            continue
        level = gradient <= gradient_tolerance
        if level and (change <= tolerance or _nothing_gained(trace)):
            return Climb(*best, converged=True, trace=tuple(trace))
        if cramped(best[0], problem.theta):
            return Climb(*best, converged=False, trace=tuple(trace), cramped=True)
        if (number - len(before)) % _LOOK == 0:
            now = spec.free[:, SLOPE] & (np.abs(point.parameters[:, SLOPE]) >= SLOPE_HIGH)
            if (steep & now & (point.parameters[:, C] <= 0.0)).any():
                return Climb(*best, converged=False, trace=tuple(trace))
            steep = now
        fallback = ascent.point
        ahead = patience.propose(number, Evidence(problem, point, expected), ascent, level=level)
        if ahead is None:
            point = from_vector(spec, ascent.point, history.propose(at, image))
        else:
            history.clear()
            point = ahead
        windows = problem.open_windows() if change > _FAR else expected.windows
    assert best is not None
    return Climb(*best, converged=False, trace=tuple(trace))


def _nothing_gained(trace: list[Pass]) -> bool:
    """Whether the last accepted passes raised the log-posterior by rounding alone.

    Along a direction of which the answers say nothing, steps go on where the ground is level.
    """
    last = [one.log_posterior for one in trace[-2 * _IDLE :] if one.accepted][-_IDLE:]
    return len(last) == _IDLE and abs(last[-1] - last[0]) <= _GAIN * (1.0 + abs(last[-1]))


def cramped(point: Point, theta: Floats) -> bool:
    """Whether a free normal distribution comes nearer to an end of the grid than REACH of its SDs."""
    population = point.population
    low, high = population.mean - REACH * population.sd, population.mean + REACH * population.sd
    return bool((population.free & ((low < theta[0]) | (high > theta[-1]))).any())


def to_vector(spec: Specification, point: Point) -> Floats:
    """All that is estimated as one vector: items, what they share, (mean, ln sd) or histogram of groups."""
    population, common = point.population, spec.common(point.parameters)
    pieces = [point.parameters[spec.free], common[[SLOPE, C]][list(spec.shares)]]
    if population.histogram is not None:
        pieces.append(population.histogram[population.free].ravel())
    else:
        pieces += [population.mean[population.free], np.log(population.sd[population.free])]
    return np.concatenate(pieces)


def from_vector(spec: Specification, like: Point, vector: Floats) -> Point:
    """The point of a vector; what is not estimated is as in `like`. Bounds are kept."""
    parameters, population = like.parameters.copy(), like.population
    n = int(spec.free.sum())
    parameters[spec.free] = vector[:n]
    for column, there in zip((SLOPE, C), spec.shares, strict=True):
        if there:
            parameters[spec.tied[:, column], column] = vector[n]
            n += 1
    free, groups = population.free, int(population.free.sum())
    if population.histogram is not None:
        weights = population.histogram.copy()
        proposed = np.maximum(vector[n:].reshape(groups, -1), 0.0)
        weights[free] = proposed / proposed.sum(axis=1, keepdims=True)
        population = replace(population, histogram=weights)
    elif groups:
        mean, sd = population.mean.copy(), population.sd.copy()
        mean[free] = vector[n : n + groups]
        sd[free] = np.exp(np.clip(vector[n + groups :], np.log(0.05), np.log(20.0)))
        population = replace(population, mean=mean, sd=sd)
    return Point(clip(parameters), population)
