"""From a finished fit to a `Calibration`: metric, statuses, reasons, information criteria."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation.accelerate import Climb, Problem
from irt.estimation.standard_errors import StandardErrors
from irt.models import D, Floats, from_logistic
from irt.priors import INTERCEPT, SLOPE, C
from irt.responses import Responses
from irt.results import AT_BOUND, OK, SET_ASIDE, Calibration, Pass


@dataclass(frozen=True)
class Fit:
    """A fit of the items that could be fitted; `free` (items, 3) is False where fixed or at a bound."""

    problem: Problem
    climbed: Climb
    free: NDArray[np.bool_]
    errors: StandardErrors | None
    tolerance: float


def fitted(responses: Responses, model: str, reasons: dict[int, str], fit: Fit) -> Calibration:
    """The result over all items of `responses`; `reasons` by item code are of those set aside."""
    places = iter(range(responses.n_items - len(reasons)))
    place = [-1 if i in reasons else next(places) for i in range(responses.n_items)]
    parameters, climbed = fit.climbed.parameters, fit.climbed
    a, b = from_logistic(parameters[:, SLOPE], parameters[:, INTERCEPT])
    none = np.full(len(a), np.nan)
    errors = fit.errors or StandardErrors(none, none, none)
    at_bound = (fit.problem.free_c > 0.0) & ~fit.free[:, C]
    notes = _remarks(parameters, at_bound, fit.errors)
    n_parameters = 2 * len(a) + int(fit.problem.free_c.sum())
    answered = np.diff(fit.problem.responses.starts) > 0
    return Calibration(
        model=model,
        items=responses.items,
        a=_spread(a, place),
        b=_spread(b, place),
        c=_spread(parameters[:, C], place),
        se_a=_spread(errors.a, place),
        se_b=_spread(errors.b, place),
        se_c=_spread(errors.c, place),
        n=np.bincount(responses.item, minlength=responses.n_items),
        status=tuple(SET_ASIDE if k < 0 else AT_BOUND if at_bound[k] else OK for k in place),
        reason=tuple(reasons[i] if k < 0 else notes[k] for i, k in enumerate(place)),
        log_likelihood=climbed.log_likelihood,
        log_posterior=climbed.log_posterior,
        n_parameters=n_parameters,
        aic=2.0 * n_parameters - 2.0 * climbed.log_likelihood,
        bic=float(np.log(answered.sum())) * n_parameters - 2.0 * climbed.log_likelihood,
        converged=climbed.converged,
        reason_stopped=_why(fit),
        passes=len(climbed.trace),
        max_gradient=climbed.max_gradient,
        trace=climbed.trace,
        n_persons=int(answered.sum()),
        n_responses=fit.problem.responses.n_responses,
        persons_set_aside=tuple(p for p, there in zip(responses.persons, answered, strict=True) if not there),
    )


def nothing_fitted(
    responses: Responses, model: str, reasons: dict[int, str], why: str, trace: tuple[Pass, ...]
) -> Calibration:
    """The result when too few items remain: all set aside, for their own reason or else because of `why`."""
    nothing = _spread(np.empty(0), [-1] * responses.n_items)
    return Calibration(
        model=model,
        items=responses.items,
        a=nothing,
        b=nothing,
        c=nothing,
        se_a=nothing,
        se_b=nothing,
        se_c=nothing,
        n=np.bincount(responses.item, minlength=responses.n_items),
        status=(SET_ASIDE,) * responses.n_items,
        reason=tuple(reasons.get(i, why) for i in range(responses.n_items)),
        log_likelihood=0.0,
        log_posterior=0.0,
        n_parameters=0,
        aic=0.0,
        bic=0.0,
        converged=False,
        reason_stopped=f"nothing was fitted: {why}",
        passes=len(trace),
        max_gradient=0.0,
        trace=trace,
        n_persons=0,
        n_responses=0,
        persons_set_aside=responses.persons,
    )


def _remarks(parameters: Floats, at_bound: NDArray[np.bool_], errors: StandardErrors | None) -> list[str]:
    """What a reader should know of each fitted item; empty for most."""
    notes = []
    for i, (slope, _, c) in enumerate(parameters):
        said = []
        if at_bound[i]:
            said.append(f"c = {c:g} is at its bound; the other standard errors are conditional on it")
        if slope < 0.0:
            said.append("negative slope: abler people answer it right less often; check the key")
        if errors is not None and not np.isfinite([errors.a[i], errors.b[i]]).all():
            said.append("the data do not determine its parameters: no standard errors")
        elif errors is not None and abs(slope) < 2.0 * D * errors.a[i]:
            said.append("slope hardly determined: its standard error exceeds half of it")
        notes.append("; ".join(said))
    return notes


def _why(fit: Fit) -> str:
    climbed = fit.climbed
    if climbed.converged:
        return f"converged: gradient and step below {fit.tolerance:g}"
    return (
        f"not converged: stopped after {len(climbed.trace)} passes with a gradient of "
        f"{climbed.max_gradient:.2g}; allow more passes"
    )


def _spread(column: Floats, place: list[int]) -> Floats:
    """A column over the fitted items as one over all, NaN for those set aside; read-only."""
    out = np.array([np.nan if k < 0 else column[k] for k in place])
    out.flags.writeable = False
    return out
