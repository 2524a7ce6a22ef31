"""Calibration: item parameters by marginal maximum likelihood, or by its penalised form, from answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from irt.assemble import Fit, fitted, nothing_fitted
from irt.errors import InvalidArgument
from irt.estimation.accelerate import Climb, Problem, climb
from irt.estimation.maximize import C_HIGH, SLOPE_HIGH
from irt.estimation.standard_errors import standard_errors as louis_errors
from irt.estimation.starting import starting_values
from irt.latent import Quadrature
from irt.models import Floats
from irt.priors import SLOPE, C, Priors
from irt.responses import Responses
from irt.results import Calibration, Pass

_SEPARATED = "perfectly separated: the answers follow ability without exception; no finite slope fits them"
MODELS = ("2PL", "3PL")
#: Below three items the likelihood does not fix the slopes, whatever the number of persons.
FEWEST_ITEMS = 3


def calibrate(
    responses: Responses,
    model: str = "2PL",
    *,
    priors: Priors | None = None,
    quadrature: Quadrature | None = None,
    standard_errors: bool = True,
    minimum_responses: int = 10,
    max_passes: int = 500,
    tolerance: float = 1e-4,
    progress: Callable[[Pass], None] | None = None,
) -> Calibration:
    """Fit a 2PL or 3PL by accelerated EM (Bock & Aitkin 1981) with theta ~ N(0, 1).

    Args:
        responses: the answers; missing ones are simply not there.
        model: "2PL" or "3PL" (c of each item free on [0, 0.7]).
        priors: None for `Priors.default(model)`: none in the 2PL, c ~ Beta(5, 17) in the 3PL;
            `Priors.none()` for plain maximum likelihood.
        quadrature: None for 61 nodes on [-6, 6].
        standard_errors: exact observed information (Louis 1982); False leaves them NaN.
        minimum_responses: items with fewer are set aside.
        max_passes: stop a fit after so many, not converged; setting a separated item aside starts a new one.
        tolerance: converged when no component of the projected gradient of the log-posterior and no EM
            step, by (slope, intercept, c), exceeds it.
        progress: called after every pass.

    Items that cannot be fitted - all right, all wrong, too few answers, perfectly separated - are set aside
    with a reason and the others are fitted; if fewer than three remain, all are set aside.

    Raises:
        InvalidArgument: an unknown model, or a setting outside its range.
    """
    if model not in MODELS:
        raise InvalidArgument(f"model must be one of {', '.join(MODELS)}, not {model!r}")
    if max_passes < 1 or not tolerance > 0.0 or minimum_responses < 1:
        raise InvalidArgument(
            "max_passes and minimum_responses must be at least 1 and tolerance above 0, not "
            f"{max_passes}, {minimum_responses} and {tolerance}"
        )
    chosen = Priors.default(model) if priors is None else priors
    theta, log_weights = (quadrature or Quadrature()).grid()
    reasons = _degenerate(responses, minimum_responses)
    trace: tuple[Pass, ...] = ()
    start: Floats | None = None
    while responses.n_items - len(reasons) >= FEWEST_ITEMS:
        kept = np.array([i not in reasons for i in range(responses.n_items)])
        data = responses.only(kept)
        problem = Problem(data, np.full(data.n_items, float(model == "3PL")), theta, log_weights, chosen)
        if start is None:
            start = starting_values(data, problem.free_c, chosen)
        climbed = climb(
            problem, start, tolerance=tolerance, max_passes=max_passes, progress=progress, before=trace
        )
        climbed, trace = _upright(climbed, theta), climbed.trace
        separated = np.abs(climbed.parameters[:, SLOPE]) >= SLOPE_HIGH
        if not separated.any():
            free = _free(climbed.parameters, problem.free_c)
            errors = louis_errors(problem, climbed.parameters, free) if standard_errors else None
            return fitted(responses, model, reasons, Fit(problem, climbed, free, errors, tolerance))
        reasons |= dict.fromkeys(np.flatnonzero(kept)[separated].tolist(), _SEPARATED)
        start = climbed.parameters[~separated]
    left = responses.n_items - len(reasons)
    alone = f"only {left} of {responses.n_items} items can be used; a {model} needs at least {FEWEST_ITEMS}"
    return nothing_fitted(responses, model, reasons, alone, trace)


def _upright(climbed: Climb, theta: Floats) -> Climb:
    """The mirrored solution, equally likely on a symmetric grid, if ability ran from high to low."""
    if climbed.parameters[:, SLOPE].sum() >= 0.0 or not np.allclose(theta, -theta[::-1]):
        return climbed
    return replace(climbed, parameters=climbed.parameters * np.array([-1.0, 1.0, 1.0]))


def _free(parameters: Floats, free_c: Floats) -> NDArray[np.bool_]:
    """Shape (items, 3): which parameters were estimated and lie inside their bounds."""
    free = np.ones(parameters.shape, dtype=np.bool_)
    free[:, C] = (free_c > 0.0) & (parameters[:, C] > 0.0) & (parameters[:, C] < C_HIGH)
    return free


def _degenerate(responses: Responses, minimum: int) -> dict[int, str]:
    """Reasons by item code, for items that no fit can use."""
    n = np.bincount(responses.item, minlength=responses.n_items)
    right = np.bincount(responses.item, responses.correct, responses.n_items)
    reasons = {}
    for i in range(responses.n_items):
        if n[i] < minimum:
            reasons[i] = f"too few responses: {n[i]}, at least {minimum} are needed"
        elif right[i] == n[i]:
            reasons[i] = f"all {n[i]} responses are right"
        elif right[i] == 0:
            reasons[i] = f"all {n[i]} responses are wrong"
    return reasons
