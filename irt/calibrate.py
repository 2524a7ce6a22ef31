"""Calibration: item parameters by marginal maximum likelihood, or by its penalised form, from answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from irt import girth_engine
from irt.assemble import Fit, fitted, nothing_fitted
from irt.errors import InvalidArgument
from irt.estimation import standard_errors as se
from irt.estimation.accelerate import Climb, climb
from irt.estimation.evidence import Evidence
from irt.estimation.item_kernels import SLOPE_HIGH
from irt.estimation.maximize import Point
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.estimation.problem import Problem
from irt.estimation.shards import cut
from irt.estimation.starting import starting_values, warmed
from irt.estimation.workers import Executor, OnThreads, Threads, blas_threads, thread_count
from irt.groups import Groups, grouped
from irt.labels import Column
from irt.latent import Quadrature
from irt.models import Floats, ItemParameters
from irt.priors import Priors
from irt.rescale import regrid, standardised, upright
from irt.responses import Responses
from irt.results import Calibration, Pass
from irt.specify import Asked, Guessing, specify

_SEPARATED = "perfectly separated: the answers follow ability without exception; no finite slope fits them"
ENGINES = ("native", "girth")
#: How much larger the gradient may be where weights of a histogram are still settling.
_HISTOGRAM = 300.0
#: Below so many items the likelihood does not fix the slopes, whatever the number of persons.
FEWEST_ITEMS = {"1PL": 2, "2PL": 3, "3PL": 3, "mixed": 3}


@dataclass(frozen=True)
class Settings:
    """How to fit; see `calibrate`."""

    theta: Floats
    engine: str
    tolerance: float
    max_passes: int
    errors: se.Kind | None
    threads: int
    executor: Executor | None
    progress: Callable[[Pass], None] | None
    on_stage: Callable[[str], None] | None

    def reached(self, stage: str) -> None:
        """Tell who listens."""
        if self.on_stage is not None:
            self.on_stage(stage)


def calibrate(
    responses: Responses,
    model: str | Sequence[str] = "2PL",
    *,
    guessing: Guessing | Sequence[Guessing] = None,
    priors: Priors | Sequence[Priors] | None = None,
    quadrature: Quadrature | None = None,
    groups: Column | None = None,
    reference: Hashable | None = None,
    shape: str = "normal",
    anchors: ItemParameters | None = None,
    start: ItemParameters | None = None,
    standard_errors: bool | Literal["exact", "block", "sandwich"] = True,
    minimum_responses: int = 2,
    max_passes: int = 500,
    tolerance: float | None = None,
    engine: str = "native",
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[Pass], None] | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Calibration:
    """Fit a 1PL, 2PL or 3PL, or a mix of them, by accelerated EM (Bock & Aitkin 1981) on sparse answers.

    Args:
        responses: the answers; missing ones are simply not there.
        model: "1PL" (one slope for all items so marked), "2PL" or "3PL"; or one of them for each item.
        guessing: c of 3PL items: "free" on [0, 0.7] (None means that), "common" to all, or a number it is
            fixed at; or one of these for each item (None for items of another model).
        priors: for all items or one for each. None for `Priors.default` of each item's model: none in the
            1PL and 2PL, c ~ Beta(5, 17) in the 3PL; `Priors.none()` for plain maximum likelihood.
        quadrature: None for 61 nodes on [-6, 6]. With free groups the grid grows at the same spacing until
            it reaches 4 SD beyond every mean.
        groups: a label for each person of `responses.persons`; each group has a mean and SD of its own.
        reference: the group whose theta ~ N(0, 1) defines the scale, the first one unless said; "pooled":
            all groups together have mean 0 and SD 1 (priors act on the scale of the first group).
        shape: "normal", or "histogram": each group's weights on the nodes are free (Mislevy 1984); the scale
            is then that of mean 0 and SD 1 of the reference.
        anchors: items with known parameters, which stay as they are and define the scale; every group's
            distribution is free (fixed-parameter calibration, Kim 2006: the first E-step by anchors only,
            later ones by all items, weights updated in every cycle and never restandardised).
        start: where items begin, for instance a former calibration of them; others begin at values found from
            their answers. The estimates do not depend on it, the number of passes does.
        standard_errors: "exact" (also True): observed information (Louis 1982), the whole matrix up to 10,000
            parameters and item blocks beyond; "block": item blocks; "sandwich": robust; False: none.
        minimum_responses: items with fewer are set aside.
        max_passes: stop a fit after so many, not converged; setting a separated item aside starts a new one.
        tolerance: converged when no component of the projected gradient of the log-posterior and no EM
            step, by (slope, intercept, c), exceeds it; None for 1e-5. With a histogram, whose weights settle
            slowly and hardly matter at the end, None for 3e-4, and the gradient may be 300 times as large.
            Where the gradient is that small, twelve passes that gain nothing will also do.
        engine: "native", or "girth": its estimates (1PL or 2PL without priors, groups or anchors), with the
            likelihood they have here and no standard errors.
        threads: of this process; None for all processors it may use. Not a bit of the estimates depends on it.
        executor: who computes the E-steps, for instance `irt.distributed.on_cluster(client)`.
        progress: called after every pass.
        on_stage: called with "prepared", "fitted" and "errors" as each is reached.

    Items that cannot be fitted - all right, all wrong, too few answers, perfectly separated - are set aside
    with a reason and the others are fitted; if too few remain, all are set aside.

    Raises:
        InvalidArgument: an unknown model, or a setting outside its range.
        InvalidParameters: anchors that no answer belongs to.
        EngineUnfit: girth was asked for what it cannot do.
    """
    if tolerance is None:
        tolerance = 1e-5 if shape == "normal" else 3e-4
    if max_passes < 1 or not tolerance > 0.0 or minimum_responses < 1:
        raise InvalidArgument(
            "max_passes and minimum_responses must be at least 1 and tolerance above 0, not "
            f"{max_passes}, {minimum_responses} and {tolerance}"
        )
    if engine not in ENGINES:
        raise InvalidArgument(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    kind = _kind(standard_errors)
    asked = specify(responses, model, guessing, priors, anchors, start)
    people = grouped(responses, groups, reference, shape, anchored=bool(asked.anchored.any()))
    if engine == "girth":
        girth_engine.check(asked, len(people.labels), shape)
    settings = Settings(
        theta=(quadrature or Quadrature()).theta,
        engine=engine,
        tolerance=tolerance,
        max_passes=max_passes,
        errors=kind if engine == "native" else None,
        threads=thread_count(threads),
        executor=executor,
        progress=progress,
        on_stage=on_stage,
    )
    return _without_separated(
        responses, asked, people, settings, _degenerate(responses, asked, minimum_responses)
    )


def _kind(asked: bool | Literal["exact", "block", "sandwich"]) -> se.Kind | None:
    if asked is False:
        return None
    if asked is True:
        return "exact"
    if asked not in se.KINDS:
        raise InvalidArgument(
            f"standard_errors must be True, False or one of {', '.join(se.KINDS)}, not {asked!r}"
        )
    return asked


def _without_separated(
    responses: Responses, asked: Asked, groups: Groups, settings: Settings, reasons: dict[int, str]
) -> Calibration:
    """Fit, set aside what turns out to be perfectly separated, and fit again."""
    trace: tuple[Pass, ...] = ()
    start: Point | None = None
    fewest = 1 if asked.anchored.any() else FEWEST_ITEMS[asked.name]
    while responses.n_items - len(reasons) >= fewest:
        kept = np.array([i not in reasons for i in range(responses.n_items)])
        with blas_threads(1):
            fit, separated = _fit(responses.only(kept), asked.only(kept), groups, settings, start, trace)
        trace = fit.climbed.trace
        if not separated.any():
            return fitted(responses, asked, reasons, fit, groups)
        reasons |= dict.fromkeys(np.flatnonzero(kept)[separated].tolist(), _SEPARATED)
        start = replace(fit.climbed.point, parameters=fit.climbed.point.parameters[~separated])
    left = responses.n_items - len(reasons)
    alone = f"only {left} of {responses.n_items} items can be used; a {asked.name} needs at least {fewest}"
    return nothing_fitted(responses, asked, reasons, alone, trace)


def _fit(
    data: Responses,
    asked: Asked,
    groups: Groups,
    settings: Settings,
    start: Point | None,
    trace: tuple[Pass, ...],
) -> tuple[Fit, NDArray[np.bool_]]:
    """One fit of the items of `data`, and which of them it found to be separated; those have no errors yet."""
    local = Threads(settings.threads)
    shards = cut(data, groups.code, local.map)
    workers = OnThreads(shards, local) if settings.executor is None else settings.executor(shards)
    try:
        problem = Problem(
            data,
            groups.code,
            shards,
            settings.theta,
            asked.specification,
            workers,
            local,
            windowed=groups.shape == "normal",
        )
        if start is None:
            start = _start(problem, asked, groups)
        settings.reached("prepared")
        if settings.engine == "girth":
            climbed = girth_engine.climb(problem, asked, start)
        else:
            problem, climbed = _climb(problem, start, settings, trace)
        problem, climbed = upright(problem, climbed, held=bool(asked.anchored.any()))
        problem, climbed = standardised(problem, climbed, groups)
        settings.reached("fitted")
        native = settings.engine == "native"
        separated = _separated(problem, climbed) if native else np.zeros(data.n_items, dtype=np.bool_)
        errors = None
        if settings.errors is not None and not separated.any():
            evidence = Evidence(problem, climbed.point, climbed.expected)
            errors = se.standard_errors(evidence, settings.errors, pooled=groups.pooled)
            settings.reached("errors")
    finally:
        workers.close()
        local.close()
    return Fit(problem, asked, climbed, errors, settings.tolerance, settings.engine), separated


def _start(problem: Problem, asked: Asked, groups: Groups) -> Point:
    """Starting values; with anchors, the M-step of an E-step by the anchors (and items known before) alone."""
    found = starting_values(
        problem.shards, problem.responses.cell_counts, problem.specification, problem.local
    )
    parameters = warmed(found, asked.start, problem.specification)
    fixed = ~problem.specification.estimated
    parameters[fixed] = asked.fixed[fixed]
    point = Point(parameters, groups.population(problem.theta))
    if asked.anchored.any():
        known = asked.anchored | ~np.isnan(asked.start[:, SLOPE])
        expected = problem.expect(point, problem.open_windows(), only=known)
        point = problem.maximize(expected, point).point
    return point


def _climb(
    problem: Problem, start: Point, settings: Settings, trace: tuple[Pass, ...]
) -> tuple[Problem, Climb]:
    """Climb, on a wider grid again as long as a group's distribution comes too near its end."""
    while True:
        climbed = climb(
            problem,
            start,
            tolerance=settings.tolerance,
            gradient_tolerance=settings.tolerance * (1.0 if problem.windowed else _HISTOGRAM),
            max_passes=settings.max_passes,
            progress=settings.progress,
            before=trace,
        )
        wider = regrid(problem, climbed) if climbed.cramped else None
        if wider is None:
            return problem, climbed
        problem, start, trace = *wider, climbed.trace


def _separated(problem: Problem, climbed: Climb) -> NDArray[np.bool_]:
    """Items whose slope ran to its bound; a 3PL's only if nobody below its step is right, for then c is idle."""
    parameters, theta = climbed.point.parameters, problem.theta
    slope = parameters[:, SLOPE]
    separated = problem.specification.free[:, SLOPE] & (np.abs(slope) >= SLOPE_HIGH)
    for item in np.flatnonzero(separated & (parameters[:, C] > 0.0)):
        below = slope[item] * theta + parameters[item, INTERCEPT] < 0.0
        separated[item] = climbed.expected.counts[2 * item + 1, below].sum() < 0.5
    return separated


def _degenerate(responses: Responses, asked: Asked, minimum: int) -> dict[int, str]:
    """Reasons by item code, for items that no fit can use."""
    right = responses.cell_counts[1::2]
    n = responses.cell_counts[0::2] + right
    reasons = {}
    for i in np.flatnonzero(~asked.anchored).tolist():
        if n[i] < minimum:
            reasons[i] = f"too few responses: {n[i]}, at least {minimum} are needed"
        elif right[i] == n[i]:
            reasons[i] = f"all {n[i]} responses are right"
        elif right[i] == 0:
            reasons[i] = f"all {n[i]} responses are wrong"
    return reasons
