"""A night's calibration of one exam from its responses and what is known of it: pure, from frames to rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

import irt
from database.queries.scales import Scale
from orchestration.groups import Grouping, grouping
from orchestration.lifecycle import choice, scale
from orchestration.lifecycle.drifting import Compared, compared
from orchestration.lifecycle.edits import Key, Lineage, pooled
from orchestration.lifecycle.fits import MIXED, Data, mixed, parameters, whole
from orchestration.lifecycle.plan import Plan, plan
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Anchor, Choice, Lifecycle
from orchestration.lifecycle.rows import (
    Rows,
    carried_rows,
    fitted_rows,
    frozen_rows,
    left_out_rows,
    stand_in_rows,
)
from orchestration.snapshot import persons, responses, usable

Row = Mapping[str, Any]
MODELS = ("2PL", "3PL")
_DRIFTED = "it drifted: the answers from now on calibrate it anew"


@dataclass(frozen=True)
class Known:
    """What is known of an exam before a night's fit.

    options: how many each item has, by name; live: rows of item_calibration; anchors: of the scale in use,
    whatever their state; new_scale: a person asked for a scale of tonight's population in place of that.
    """

    policy: Policy
    lineage: Lineage
    options: Mapping[str, int]
    live: Sequence[Row]
    scale: Scale | None
    anchors: Sequence[Row]
    new_scale: bool = False

    @property
    def holding(self) -> list[Row]:
        """Anchors and those on probation, of a scale that is to be kept."""
        if self.scale is None or self.new_scale:
            return []
        return [row for row in self.anchors if row["state"] != "dropped"]

    @property
    def former(self) -> dict[Key, Row]:
        """Parameters of each item as last known: served, or as an anchor."""
        known = {(row["question_id"], row["version"]): row for row in self.anchors}
        return known | {(row["question_id"], row["version"]): row for row in self.live if row["serving"]}

    def start(self, model: str) -> irt.ItemParameters | None:
        """Where a fit begins: at the live rows of the same model; a mixed one else at what is served."""
        own = [row for row in self.live if row["model"] == model]
        return parameters(own or [row for row in self.live if model == MIXED and row["serving"]])


@dataclass(frozen=True)
class Made:
    """What a night made: fits by model, the candidate's rows, and what the run remembers."""

    fits: Mapping[str, irt.Calibration]
    groups: Grouping
    answers: irt.Responses | None
    rows: Rows
    lifecycle: Lifecycle
    serving_model: str | None
    scale_version: int | None


@dataclass(frozen=True)
class _Night:
    attempts: pl.DataFrame
    known: Known
    plan: Plan
    counts: Mapping[Key, int]


def calibrated(attempts: pl.DataFrame, known: Known) -> Made:
    """Calibrate an exam from all its first attempts."""
    together = scale.since_drift(pooled(usable(attempts), known.lineage), known.anchors)
    each = together.group_by("question_id", "version").len().iter_rows()
    planned = plan(together, known.lineage, known.former, known.policy)
    night = _Night(together, known, planned, {(question, version): n for question, version, n in each})
    return _classical(night, planned.classical_only) if planned.classical_only else _parameters(night)


def _classical(night: _Night, reason: str) -> Made:
    rows = [
        row
        for model in MODELS
        for row in left_out_rows(model, night.plan, night.counts, dict.fromkeys(night.plan.items, reason))
    ]
    lifecycle = Lifecycle(
        policy=night.known.policy.settings(), classical_only=reason, edits=list(night.plan.edits)
    )
    return Made({}, grouping(persons(night.attempts)), None, rows, lifecycle, None, None)


def _parameters(night: _Night) -> Made:
    known, policy = night.known, night.known.policy
    found = compared(night.attempts, known.holding, policy) if known.holding else Compared()
    said = scale.verdicts(known.holding, found, known.lineage.voided, policy)
    held = _held(night, said)
    suspects = _suspects(night, said, held)
    data = _data(night, held, _left_out(said, suspects))
    fits = {model: whole(data, model, known.start(model)) for model in MODELS}
    chosen = choice.choices(data, fits["2PL"], fits["3PL"], known.options, policy) | {
        name: choice.anchor(data.plan.items[name], row["c"], choice.SUSPECTED)
        for name, row in suspects.items()
    }
    serving, why = choice.serving(chosen, data, fits["2PL"], fits["3PL"], policy)
    if serving == MIXED:
        fits[MIXED] = mixed(data, chosen, known.start(MIXED))
        if not fits[MIXED].converged:
            serving, why = "2PL", f"the mixed fit did not converge ({fits[MIXED].reason_stopped})"
    rows = frozen_rows(
        _rows(night, data, fits, chosen),
        {(row["question_id"], row["version"]): row for row in suspects.values()},
        choice.SUSPECTED,
    )
    rows += carried_rows(rows, known.lineage, night.counts)
    lifecycle = Lifecycle(
        policy=policy.settings(),
        link=dict(found.link),
        serving_reason=why,
        choices=list(chosen.values()),
        edits=list(night.plan.edits),
    )
    served = [row for row in rows if row["model"] == serving]
    said = scale.promotable(said, served, chosen, policy)
    version, settled = _scale(night, data, served, said, lifecycle)
    return Made(fits, data.groups, data.answers, rows, settled, serving, version)


def _held(night: _Night, said: Sequence[Anchor]) -> dict[str, Row]:
    """Anchors by name that are held fixed tonight; all of them where none is left, for a run that never goes live.

    Those that may be drifting hold nothing, unless too few others are left.
    """
    kept = {(each.question_id, each.version): each for each in said if each.verdict == "held"}
    anchors = [
        row for row in night.known.holding if row["state"] == "anchor" and row["item"] in night.plan.items
    ]
    left = [row for row in anchors if (row["question_id"], row["version"]) in kept]
    firm = [row for row in left if not kept[row["question_id"], row["version"]].suspect]
    enough = len(firm) >= night.known.policy.fewest_anchors
    return {row["item"]: row for row in (firm if enough else left or anchors)}


def _suspects(night: _Night, said: Sequence[Anchor], held: Mapping[str, Row]) -> dict[str, Row]:
    """Anchors by name that may be drifting: not held, they keep their parameters all the same."""
    names = {each.item for each in said if each.suspect} - set(held)
    return {row["item"]: row for row in night.known.holding if row["item"] in names & set(night.plan.items)}


def _left_out(said: Sequence[Anchor], suspects: Collection[str]) -> dict[str, str]:
    """Why answers to some items are not fitted: dropped for what these say, not for a changed key; or suspected."""
    drifted = [each.item for each in said if each.verdict == "dropped" and each.distance is not None]
    return dict.fromkeys(suspects, choice.SUSPECTED) | dict.fromkeys(drifted, _DRIFTED)


def _data(night: _Night, anchors: Mapping[str, Row], left_out: Mapping[str, str]) -> Data:
    policy = night.known.policy
    # An anchor's parameters are known, however few of its answers are left.
    items = {name: replace(item, left_out=None) for name, item in night.plan.items.items() if name in anchors}
    items |= {
        name: replace(item, left_out=left_out[name])
        for name, item in night.plan.items.items()
        if name in left_out and name not in anchors
    }
    items = {name: items.get(name, item) for name, item in night.plan.items.items()}
    planned = replace(night.plan, items=items)
    kept = night.attempts.filter(pl.col("item").is_in([item.item for item in planned.fitted]))
    groups = grouping(
        persons(kept), strata=policy.strata, fewest=policy.fewest_persons_a_group, anchored=bool(anchors)
    )
    return Data(responses(kept), groups, planned, anchors, policy.most_passes)


def _rows(
    night: _Night, data: Data, fits: Mapping[str, irt.Calibration], chosen: Mapping[str, Choice]
) -> Rows:
    """Rows of the fits that converged, and of the 2PL in any case; what stopped short would pass for parameters."""
    policy = night.known.policy
    shown = {name: fit for name, fit in fits.items() if fit.converged or name == "2PL"}
    rows = [
        row
        for name, fit in shown.items()
        for row in fitted_rows(
            name, fit, data.plan, night.counts, data.anchors, chosen if name == MIXED else {}
        )
    ]
    inflations = {"wording": policy.wording_inflation, "options": policy.options_inflation}
    rows += stand_in_rows([*shown], night.plan.edits, night.known.former, night.counts, inflations)
    return rows


def _scale(
    night: _Night, data: Data, rows: Rows, said: list[Anchor], lifecycle: Lifecycle
) -> tuple[int | None, Lifecycle]:
    """Return the scale's version and the lifecycle with what is said of the scale."""
    known, policy = night.known, night.known.policy
    keeps = known.scale is not None and not known.new_scale
    of_scale = {(row["question_id"], row["version"]) for row in known.anchors} if keeps else set()
    names = {item.key: item.item for item in data.plan.items.values()}
    new = scale.newcomers(rows, of_scale, names, policy)
    if known.scale is not None and keeps:
        anchored = {(r["question_id"], r["version"]) for r in known.holding if r["state"] == "anchor"}
        short = scale.too_few(said, anchored, set(data.plan.items), policy)
        suspects = sum(item.left_out == choice.SUSPECTED for item in data.plan.items.values())
        beside = f"; {suspects} that may be drifting hold nothing tonight" if suspects else ""
        held = f"held by {len(data.anchors)} anchors{beside}"
        return known.scale.version, _with(
            lifecycle, anchors=said + new, too_few_anchors=short, scale_reason=held
        )
    version = 1 if known.scale is None else known.scale.version + 1
    if len(new) >= policy.fewest_anchors:
        first = f"scale {version}: theta ~ N(0, 1) in this run's population, held from now on by {len(new)} anchors"
        return version, _with(lifecycle, anchors=new, defines_scale=True, scale_reason=first)
    thin = (
        f"only {len(new)} items are known well enough to hold a scale, and {policy.fewest_anchors} are needed: "
        "theta ~ N(0, 1) in this run's population, until a run defines the scale"
    )
    return None, _with(lifecycle, scale_reason=thin, too_few_anchors=thin if known.new_scale else None)


def _with(lifecycle: Lifecycle, **changes: Any) -> Lifecycle:
    return Lifecycle(**{name: getattr(lifecycle, name) for name in lifecycle.__struct_fields__} | changes)
