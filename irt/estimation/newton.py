"""Newton's step on the marginal log-posterior, for the ends of fits that EM would take hundreds of passes for.

The observed information is at hand (Louis 1982), so a flat ridge - few items, a 3PL with little to say about c -
is no slower than a steep hill. Where it is not positive definite it is damped (Levenberg 1944; Marquardt 1963).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from irt.estimation.evidence import Evidence, Rows, rows_of
from irt.estimation.item_kernels import C_STEP, INTERCEPT_STEP, SLOPE_STEP
from irt.estimation.maximize import Ascent, Point, clip
from irt.estimation.observed import merged, posterior_information
from irt.estimation.prior_terms import SLOPE, C
from irt.models import Floats

#: Parameters up to which a step costs less than the passes it saves.
MOST_PARAMETERS = 1_500
_MEAN_STEP, _LN_SD_STEP = 1.0, 0.7
_WEAKEST, _STRONGEST = 1e-6, 1e4


def newton(evidence: Evidence, ascent: Ascent, damping: float) -> Point | None:
    """The point a damped step away, inside the bounds; None where there is none to propose.

    `ascent` is the M-step of the evidence: its projected gradient says which parameters may move.
    """
    spec, point = evidence.problem.specification, evidence.point
    if point.population.histogram is not None or spec.n_parameters > MOST_PARAMETERS:
        return None
    own, shared, groups = _gradients(evidence, ascent)
    pressing = spec.at_bound(point.parameters) & (own == 0.0)
    rows = rows_of(spec.estimated & ~pressing, point.population.free)
    if not rows.size:
        return None
    to = merged(spec, rows)
    gradient = np.bincount(to, _by_row(rows, own + shared, groups)).astype(np.float64)
    step = _step(posterior_information(evidence, rows, to), gradient, damping)
    return None if step is None else _moved(point, rows, step[to])


def _gradients(evidence: Evidence, ascent: Ascent) -> tuple[Floats, Floats, Floats]:
    """Projected gradients: items (items, 3), what they share, entered at the first item, groups (groups, 2)."""
    spec = evidence.problem.specification
    end = 3 * spec.n_items
    own = ascent.gradient[:end].reshape(-1, 3)
    number = sum(spec.shares)
    shared, values = np.zeros_like(own), iter(ascent.gradient[end : end + number])
    for column, there in zip((SLOPE, C), spec.shares, strict=True):
        if there:
            shared[np.flatnonzero(spec.tied[:, column])[0], column] = next(values)
    return own, shared, ascent.gradient[end + number :].reshape(-1, 2)


def _by_row(rows: Rows, items: Floats, groups: Floats) -> Floats:
    out = np.zeros(rows.size)
    for place, values in ((rows.item, items), (rows.group, groups)):
        out[place[place >= 0]] = values[place >= 0]
    return out


def _step(information: Floats, gradient: Floats, damping: float) -> Floats | None:
    """The step, damped as much as it takes to lead uphill; None where nothing helps."""
    scale = np.abs(np.diag(information))
    scale = np.maximum(scale, 1e-8 * scale.max(initial=1e-300))
    while damping <= _STRONGEST:
        factor, failed = dpotrf(information + np.diag(damping * scale), lower=1)
        if not failed:
            step: Floats = dpotrs(factor, gradient, lower=1)[0]
            if np.isfinite(step).all():
                return step
        damping = max(10.0 * damping, _WEAKEST)
    return None


def _moved(point: Point, rows: Rows, step: Floats) -> Point:
    """The point moved by a step (rows,), shortened as a whole where any part of it would be too long."""
    items, groups = np.zeros(rows.item.shape), np.zeros(rows.group.shape)
    for place, out in ((rows.item, items), (rows.group, groups)):
        out[place >= 0] = step[place[place >= 0]]
    longest = max(
        float((np.abs(items) / [SLOPE_STEP, INTERCEPT_STEP, C_STEP]).max(initial=0.0)),
        float((np.abs(groups) / [_MEAN_STEP, _LN_SD_STEP]).max(initial=0.0)),
    )
    share = 1.0 / max(longest, 1.0)
    population = replace(
        point.population,
        mean=point.population.mean + share * groups[:, 0],
        sd=point.population.sd * np.exp(share * groups[:, 1]),
    )
    return Point(clip(point.parameters + share * items), population)
