"""The page of one calibration run: what was fitted, how well, and which items need a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from irt.models import D
from reports.assumptions import Assumptions
from reports.changes import Changes, Decision, Scale
from reports.drift import DriftByWeek
from reports.flagged import Flagged
from reports.page import Plot, counted, render_page
from reports.policy import ResponsePolicy

SET_ASIDE = "set aside"
NOTHING_TO_DO = "Nothing needs a person's attention."


@dataclass(frozen=True)
class ItemFit:
    """Parameters of an item in one model, D = 1.7 metric; None where there is none.

    status is ok, c at bound or set aside; `reason` says why, and may also remark on an item that is ok.
    """

    a: float | None
    b: float | None
    c: float | None
    se_a: float | None
    se_b: float | None
    se_c: float | None
    status: str = "ok"
    reason: str = ""


@dataclass(frozen=True)
class ItemRow:
    """An item: classical statistics over `n` responses, the fit of each model by its name, and flags.

    `measures` are further figures of the item, by the heading of their column; the same ones for all items.
    `served` is the model that learners meet it by, where items have different ones.
    """

    item: str
    n: int
    p_value: float | None
    point_biserial: float | None
    fits: Mapping[str, ItemFit]
    flags: tuple[str, ...] = ()
    measures: Mapping[str, float | None] = field(default_factory=dict)
    served: str = ""

    @property
    def status(self) -> str:
        """The status in all models, or where they differ each with its model."""
        return _joined({model: fit.status for model, fit in self.fits.items()}) or "not fitted"

    @property
    def reason(self) -> str:
        """The reasons that there are, likewise."""
        return _joined({model: fit.reason for model, fit in self.fits.items()})

    @property
    def set_aside(self) -> bool:
        """Whether no model could be fitted to it."""
        return all(fit.status == SET_ASIDE for fit in self.fits.values())


@dataclass(frozen=True)
class ModelFit:
    """How a model fits as a whole; log_likelihood is marginal, without priors."""

    model: str
    log_likelihood: float
    n_parameters: int
    aic: float
    bic: float
    converged: bool
    reason_stopped: str


@dataclass(frozen=True)
class Suspect:
    """An item whose distractor `suspect` goes with the rest score better than its `key` does.

    `difference` is r_suspect - r_key, [low, high] its confidence interval.
    """

    item: str
    key: str
    suspect: str
    r_key: float
    r_suspect: float
    difference: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Informative:
    """An item and its Fisher information per squared unit of theta, by the report's `information_measure`."""

    item: str
    information: float


@dataclass(frozen=True)
class Group:
    """Mean and standard deviation of ability in a group of persons."""

    group: str
    n_persons: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True)
class CalibrationReport:
    """All that the page shows. `served_model` names the model that delivery reads; None: none is published.

    `run_id` None: a fit of a file, which is then named in `exam`, without a bank behind it.
    `synthetic_clock`: times of the responses were made up by an import without a clock. `keys_known`: the
    options chosen are known, so that mis-keyed items can be found. `facts` are further names and values,
    `notes` sentences on the data and on what the page leaves out. `groups_note` says why the groups are these.

    Of a run: `flagged` items wait for a person or were looked at, `data_note` says which responses there are, `method`
    and `rules` how it was made, `versions` by what code and data; `decisions` are those on its going live.
    """

    exam: str
    run_id: str | None
    fitted_at: dt.datetime
    snapshot_hash: str
    n_persons: int
    n_items: int
    n_responses: int
    served_model: str | None
    synthetic_clock: bool
    items: tuple[ItemRow, ...]
    models: tuple[ModelFit, ...]
    miskeyed: tuple[Suspect, ...] = ()
    miskeyed_level: float = 0.95
    most_informative: tuple[Informative, ...] = ()
    least_informative: tuple[Informative, ...] = ()
    information_measure: str = "largest over theta"
    plots: tuple[Plot, ...] = ()
    keys_known: bool = True
    facts: tuple[tuple[str, str], ...] = ()
    groups: tuple[Group, ...] = ()
    groups_note: str = ""
    policy: ResponsePolicy | None = None
    drift: DriftByWeek | None = None
    notes: tuple[str, ...] = ()
    flagged: tuple[Flagged, ...] = ()
    data_note: str = ""
    method: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    assumptions: Assumptions | None = None
    scale: Scale | None = None
    changes: Changes | None = None
    decisions: tuple[Decision, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def served_as(self) -> bool:
        """Whether the table of items has a column of the model that each is served as."""
        return any(row.served for row in self.items)

    @property
    def shown_models(self) -> tuple[str, ...]:
        """Models that the table of items has columns of."""
        there = {model for row in self.items for model in row.fits}
        return tuple(each.model for each in self.models if each.model in there)


def render(report: CalibrationReport) -> str:
    """Return the page as HTML that opens without a network."""
    said = summary(report)
    return render_page(
        "calibration.html", report=report, summary=said, attention=said[0] != NOTHING_TO_DO, metric=f"D = {D}"
    )


def summary(report: CalibrationReport) -> tuple[str, ...]:
    """Return what a person should know and do first, a sentence each, most urgent first."""
    suspects = [f"{each.item} (key {each.key}, probably {each.suspect})" for each in report.miskeyed]
    unfinished = [each for each in report.models if not each.converged]
    negative = [
        row.item for row in report.items if any(fit.a is not None and fit.a < 0 for fit in row.fits.values())
    ]
    set_aside = sum(row.set_aside for row in report.items)
    said = []
    if suspects:
        many = len(suspects) > 1
        said.append(
            f"Check the {'keys' if many else 'key'} of {_list(suspects)} first:"
            f" {'these items look' if many else 'this item looks'} mis-keyed."
        )
    alone = [item for item in negative if item not in {each.item for each in report.miskeyed}]
    if alone:
        said.append(f"Look at {_list(alone)}: learners who know more answer wrong more often.")
    if report.policy is not None and report.policy.warning is not None:
        said.append(report.policy.warning)
    if report.drift is not None and report.drift.drifted:
        said.append(f"See why {_list(report.drift.items)} drifted: the table says in which weeks.")
    said.extend(
        f"The {each.model} did not converge ({each.reason_stopped}): do not rely on its values."
        for each in unfinished
    )
    waiting = [each.item for each in report.flagged if each.open]
    others = [item for item in waiting if item not in {each.item for each in report.miskeyed}]
    if report.scale is not None and report.scale.warning:
        said.insert(0, f"The scale is not held: {report.scale.warning}")
    if others:
        said.append(f"Look at {_list(others)}: what was found, and what to do, stands below.")
    if set_aside:
        said.append(f"{counted(set_aside, 'item was', 'items were')} set aside; the table says why.")
    if not said:
        said.append(NOTHING_TO_DO)
    fitted = counted(len(report.items) - set_aside, "item")
    said.append(
        f"{fitted} calibrated on {counted(report.n_responses, 'response')} of"
        f" {counted(report.n_persons, 'person')}" + _served(report)
    )
    return tuple(said)


def _served(report: CalibrationReport) -> str:
    if report.run_id is None:
        return "."
    if report.served_model is None:
        return "; nothing of this run is served to learners."
    fit = "joint fit of mixed models" if report.served_model == "mixed" else report.served_model
    return f"; learners are served by the {fit}."


def _list(names: list[str], shown: int = 5) -> str:
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def _joined(by_model: Mapping[str, str]) -> str:
    if len(set(by_model.values())) == 1:
        return next(iter(by_model.values()))
    return "; ".join(f"{model}: {said}" for model, said in by_model.items() if said)
