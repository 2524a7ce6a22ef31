"""The EM iteration, accelerated and guarded.

Anderson acceleration (Anderson 1965; Walker & Ni 2011, type II): the next point is the combination of the
last EM steps whose residuals cancel best in least squares. It is not monotone by itself. Here a point whose
log-posterior lies below the last accepted one is refused, the history is dropped, and the plain EM step
from the last accepted point - which cannot fall - is taken instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from irt.estimation.maximize import Expected, clip, maximize
from irt.estimation.sparse import expected_counts
from irt.models import Floats
from irt.priors import Priors
from irt.responses import Responses
from irt.results import Pass

DEPTH = 8
#: Relative fall of the log-posterior that is rounding of its sum, not a worse point.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Problem:
    """What stays the same during a fit."""

    responses: Responses
    free_c: Floats
    theta: Floats
    log_weights: Floats
    priors: Priors


@dataclass(frozen=True)
class Climb:
    """Where the iteration ended: parameters (items, 3) in the logistic metric, and how it got there."""

    parameters: Floats
    log_likelihood: float
    log_posterior: float
    max_gradient: float
    converged: bool
    trace: tuple[Pass, ...]


@dataclass
class _History:
    """The last points and their EM images, flattened; at most DEPTH differences."""

    images: list[Floats] = field(default_factory=list)
    residuals: list[Floats] = field(default_factory=list)

    def propose(self, point: Floats, image: Floats) -> Floats:
        """The accelerated next point; the EM image itself while there is no history."""
        self.images.append(image.ravel())
        self.residuals.append((image - point).ravel())
        del self.images[: -DEPTH - 1], self.residuals[: -DEPTH - 1]
        if len(self.images) == 1:
            return image
        moved = np.diff(np.array(self.residuals), axis=0)
        weights, *_ = np.linalg.lstsq(moved.T, self.residuals[-1], rcond=1e-10)
        ahead: Floats = self.images[-1] - weights @ np.diff(np.array(self.images), axis=0)
        return ahead.reshape(image.shape)

    def clear(self) -> None:
        self.images.clear()
        self.residuals.clear()


def climb(
    problem: Problem,
    start: Floats,
    *,
    tolerance: float,
    max_passes: int,
    progress: Callable[[Pass], None] | None,
    before: tuple[Pass, ...] = (),
) -> Climb:
    """Iterate from `start` until neither the projected gradient nor the EM step exceeds `tolerance`.

    `before` are the passes of earlier fits, which the trace goes on from.
    """
    history, trace = _History(), list(before)
    point = clip(start)
    fallback: Floats | None = None
    best: tuple[Floats, float, float, float] | None = None
    for number in range(len(before) + 1, len(before) + max_passes + 1):
        counts, log_likelihood = expected_counts(problem.responses, point, problem.theta, problem.log_weights)
        log_posterior = log_likelihood + float(problem.priors.log_density(point, problem.free_c).sum())
        lowest = -np.inf if best is None else best[2] - _ROUNDING * abs(best[2])
        if best is not None and fallback is not None and not log_posterior >= lowest:
            trace.append(Pass(number, log_likelihood, log_posterior, best[3], np.nan, accepted=False))
            history.clear()
            point, fallback = fallback, None
        else:
            expected = Expected(counts[0::2], counts[1::2], problem.theta, problem.free_c, problem.priors)
            ascent = maximize(expected, point)
            change = float(np.abs(ascent.parameters - point).max())
            best = (point, log_likelihood, log_posterior, float(np.abs(ascent.gradient).max()))
            trace.append(Pass(number, log_likelihood, log_posterior, best[3], change, accepted=True))
            fallback = ascent.parameters
            point = clip(history.propose(point, fallback))
        if progress is not None:
            progress(trace[-1])
        if trace[-1].accepted and max(trace[-1].max_gradient, trace[-1].max_change) <= tolerance:
            return Climb(*best, converged=True, trace=tuple(trace))
    assert best is not None
    return Climb(*best, converged=False, trace=tuple(trace))
