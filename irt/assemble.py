"""From a finished fit to a `Calibration`: metric, statuses, reasons, information criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irt.estimation.accelerate import Climb
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.estimation.problem import Problem
from irt.estimation.standard_errors import StandardErrors
from irt.groups import Groups
from irt.latent import Latent
from irt.models import D, from_logistic
from irt.responses import Responses
from irt.results import A_AT_BOUND, ANCHOR, C_AT_BOUND, OK, SET_ASIDE, Calibration, Pass
from irt.specify import Asked


@dataclass(frozen=True)
class Fit:
    """A fit of the items that could be fitted; `problem` and `asked` are of those alone."""

    problem: Problem
    asked: Asked
    climbed: Climb
    errors: StandardErrors | None
    tolerance: float
    engine: str = "native"


def fitted(
    responses: Responses, asked: Asked, reasons: dict[int, str], fit: Fit, groups: Groups
) -> Calibration:
    """The result over all items of `responses`; `reasons` by item code are of those set aside."""
    places = iter(range(responses.n_items - len(reasons)))
    place = [-1 if i in reasons else next(places) for i in range(responses.n_items)]
    parameters, climbed, spec = fit.climbed.point.parameters, fit.climbed, fit.problem.specification
    a, b = from_logistic(parameters[:, SLOPE], parameters[:, INTERCEPT])
    errors = fit.errors or no_errors(len(a), len(groups.labels))
    statuses = _statuses(fit)
    notes = _remarks(fit, statuses)
    answered = np.diff(fit.problem.responses.starts) > 0
    latent = _latent(fit, errors, groups, answered)
    n_parameters = spec.n_parameters + _free_population(fit, groups)
    numbers = {
        "a": a,
        "b": b,
        "c": parameters[:, C],
        "se_a": errors.a,
        "se_b": errors.b,
        "se_c": errors.c,
        "slope": parameters[:, SLOPE],
        "intercept": parameters[:, INTERCEPT],
        "se_slope": errors.slope,
        "se_intercept": errors.intercept,
        "covariance": errors.covariance,
    }
    return Calibration(
        model=asked.name,
        engine=fit.engine,
        items=responses.items,
        item_models=asked.models,
        **{name: _spread(column, place) for name, column in numbers.items()},
        free=_spread(spec.free, place, False),
        tied=_spread(spec.tied, place, False),
        n=responses.cell_counts[0::2] + responses.cell_counts[1::2],
        status=tuple(SET_ASIDE if k < 0 else statuses[k] for k in place),
        reason=tuple(reasons[i] if k < 0 else notes[k] for i, k in enumerate(place)),
        latent=latent,
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
        se_kind="none" if fit.errors is None else fit.errors.kind,
        n_persons=int(answered.sum()),
        n_responses=fit.problem.responses.n_responses,
        persons_set_aside=tuple(responses.persons[p] for p in np.flatnonzero(~answered)),
    )


def nothing_fitted(
    responses: Responses, asked: Asked, reasons: dict[int, str], why: str, trace: tuple[Pass, ...]
) -> Calibration:
    """The result when too few items remain: all set aside, for their own reason or else because of `why`."""
    nothing = np.full(responses.n_items, np.nan)
    nobody = np.full(1, np.nan)
    nothing.flags.writeable = False
    names = ("a", "b", "c", "se_a", "se_b", "se_c", "slope", "intercept", "se_slope", "se_intercept")
    return Calibration(
        model=asked.name,
        engine="native",
        items=responses.items,
        item_models=asked.models,
        **dict.fromkeys(names, nothing),
        covariance=np.full((responses.n_items, 3, 3), np.nan),
        free=np.zeros((responses.n_items, 3), dtype=np.bool_),
        tied=np.zeros((responses.n_items, 3), dtype=np.bool_),
        n=responses.cell_counts[0::2] + responses.cell_counts[1::2],
        status=(SET_ASIDE,) * responses.n_items,
        reason=tuple(reasons.get(i, why) for i in range(responses.n_items)),
        latent=Latent((None,), nobody, nobody, nobody, nobody, np.zeros(1, np.int64), nobody, nobody[None]),
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
        se_kind="none",
        n_persons=0,
        n_responses=0,
        persons_set_aside=responses.persons,
    )


def no_errors(items: int, groups: int) -> StandardErrors:
    """Standard errors of which there are none."""
    none, nobody = np.full(items, np.nan), np.full(groups, np.nan)
    return StandardErrors(
        none, none, none, none, none, np.full((items, 3, 3), np.nan), nobody, nobody, "exact"
    )


def _latent(fit: Fit, errors: StandardErrors, groups: Groups, answered: NDArray[np.bool_]) -> Latent:
    population, theta = fit.climbed.point.population, fit.problem.theta
    return Latent(
        groups=groups.labels,
        mean=population.mean,
        sd=population.sd,
        se_mean=errors.mean,
        se_sd=errors.sd,
        n=np.bincount(groups.code[answered], minlength=len(groups.labels)),
        theta=theta,
        weights=np.exp(population.log_weights(theta)),
        shape=groups.shape,
    )


def _free_population(fit: Fit, groups: Groups) -> int:
    """Free parameters of the population: what fixes the scale is not counted."""
    held = 2 if groups.reference is not None else 0
    if groups.shape == "histogram":
        return len(groups.labels) * (len(fit.problem.theta) - 1) - held
    return 2 * len(groups.labels) - held


def _statuses(fit: Fit) -> list[str]:
    at_bound = fit.problem.specification.at_bound(fit.climbed.point.parameters)
    return [
        ANCHOR if anchor else A_AT_BOUND if bound[SLOPE] else C_AT_BOUND if bound[C] else OK
        for anchor, bound in zip(fit.asked.anchored, at_bound, strict=True)
    ]


def _remarks(fit: Fit, statuses: list[str]) -> list[str]:
    """What a reader should know of each fitted item; empty for most."""
    notes = []
    errors, estimated = fit.errors, fit.problem.specification.estimated
    for i, (slope, _, c) in enumerate(fit.climbed.point.parameters):
        said = []
        if statuses[i] == ANCHOR:
            said.append("an anchor, held at the values given")
        if statuses[i] == C_AT_BOUND:
            said.append(f"c = {c:g} is at its bound; the other standard errors are conditional on it")
        if statuses[i] == A_AT_BOUND:
            said.append(
                f"slope at its bound (a = {abs(slope) / D:g}): the curve is a step that the nodes cannot tell apart"
            )
        if slope < 0.0:
            said.append("negative slope: abler people answer it right less often; check the key")
        if errors is not None and estimated[i, :C].all() and statuses[i] != A_AT_BOUND:
            if not np.isfinite([errors.a[i], errors.b[i]]).all():
                said.append("the data do not determine its parameters: no standard errors")
            elif abs(slope) < 2.0 * D * errors.a[i]:
                said.append("slope hardly determined: its standard error exceeds half of it")
        if errors is not None and statuses[i] != ANCHOR and fit.asked.anchored.any():
            said.append("standard errors are conditional on the anchors")
        notes.append("; ".join(said))
    return notes


def _why(fit: Fit) -> str:
    climbed = fit.climbed
    if fit.engine == "girth":
        done = "settled" if climbed.converged else "not settled"
        return f"girth stopped by its own rule, {done}: an EM step from there moves {climbed.trace[-1].max_change:.2g}"
    if climbed.converged and climbed.trace[-1].max_change > fit.tolerance:
        return f"converged: gradient below {fit.tolerance:g} and nothing gained by the last steps"
    if climbed.converged:
        return f"converged: gradient and step below {fit.tolerance:g}"
    if climbed.cramped:
        return "not converged: a group's distribution runs off the nodes; give a wider range"
    return (
        f"not converged: stopped after {len(climbed.trace)} passes with a gradient of "
        f"{climbed.max_gradient:.2g}; allow more passes"
    )


def _spread(column: NDArray[Any], place: list[int], missing: float | bool = np.nan) -> NDArray[Any]:
    """A column over the fitted items as one over all, `missing` for those set aside; read-only."""
    out = np.full((len(place), *column.shape[1:]), missing, dtype=column.dtype)
    where = np.array(place)
    out[where >= 0] = column[where[where >= 0]]
    out.flags.writeable = False
    return out
