"""What the nights found, held against the truth: how far the scale moved, what was found when, what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import irt
from irt.linking import curve_distance, curve_error
from orchestration.lifecycle.policy import Policy
from tests.nights.house import Night
from tests.nights.plan import Plan
from tests.nights.world import EVER, Item, name

#: Root mean square distance of a served curve from the true one, in probability, from which it is wrong; and of
#: one that has fewer responses than give it a slope of its own.
WRONG, WRONG_OF_FEW = 0.10, 0.20
#: And of the standard errors that are published with a curve, from which chance does not explain it.
BEYOND = 3.0
#: Fewer items say nothing of where the scale lies.
FEWEST = 3


@dataclass(frozen=True)
class Line:
    """Where the first night put the truth: b of the scale is slope * true b + shift."""

    slope: float
    shift: float


@dataclass(frozen=True)
class Moved:
    """How far the scale stands, by items that came later, from where the first night put it, SD; and its error."""

    day: int
    shift: float
    se: float
    n_items: int


@dataclass(frozen=True)
class Found:
    """The whole of it. Nights count from the day on which something began; None: never."""

    moved: tuple[Moved, ...]
    drift_after: dict[str, int | None]
    miskeyed_after: int | None
    false_drift: tuple[tuple[int, str], ...]
    false_miskeyed: tuple[str, ...]
    wrong: tuple[tuple[int, str, float], ...]
    n_curves: int
    held_back: tuple[tuple[int, tuple[str, ...]], ...]


def found(plan: Plan, items: Sequence[Item], nights: Sequence[Night]) -> Found:
    """Hold the nights against the truth."""
    truth = {item.key: item for item in items}
    line = _line(truth, nights[0])
    drifting = {item.key for item in items if item.drifts}
    dropped = _dropped(nights)
    wrong_key = next(item for item in items if item.miskeyed)
    miskeyed = _first_flag(nights, "miskeyed")
    judged = [_curves(plan, truth, line, night) for night in nights]
    return Found(
        moved=tuple(said for night in nights if (said := _moved(truth, line, night)) is not None),
        drift_after={name(truth[key]): _after(dropped.get(key), plan.drift_day) for key in sorted(drifting)},
        miskeyed_after=_after(miskeyed.get(wrong_key.key), wrong_key.since),
        false_drift=tuple(
            (day, name(truth[key]))
            for key, day in dropped.items()
            if key not in drifting and not _voided(truth, key)
        ),
        false_miskeyed=tuple(name(truth[key]) for key in miskeyed if key != wrong_key.key),
        wrong=tuple(each for _, wrong in judged for each in wrong),
        n_curves=sum(number for number, _ in judged),
        held_back=tuple((night.day, night.failed) for night in nights if night.failed),
    )


def _line(truth: dict[tuple[int, int], Item], night: Night) -> Line:
    """The line through the first night's items, weighted by how well they are known.

    Of a curve with a lower asymptote b means another place: it lies higher, and would lift the line.
    """
    rows = [
        row
        for row in night.live
        if row["se_b"] and row["c"] == 0.0 and (row["question_id"], row["version"]) in truth
    ]
    b = np.array([truth[row["question_id"], row["version"]].b for row in rows])
    own, weight = np.array([row["b"] for row in rows]), np.array([row["se_b"] ** -2.0 for row in rows])
    slope, shift = np.polyfit(b, own, 1, w=np.sqrt(weight))
    return Line(float(slope), float(shift))


def _moved(truth: dict[tuple[int, int], Item], line: Line, night: Night) -> Moved | None:
    """The weighted mean difference of b over the items that came after the first night, calibrated without a c.

    They say where the scale was when each was calibrated last: tonight, or on the night from which on it is an anchor.
    An edited item leans on what it was, and b means another place of a curve that has a lower asymptote.
    """
    rows = [
        (row, item)
        for row in night.live
        if (item := truth[row["question_id"], row["version"]]).since > -EVER
        and row["status"] in ("ok", "anchor") and row["se_b"] and row["c"] == 0.0
        and item.edit_kind is None and not item.miskeyed
    ]  # fmt: skip
    if len(rows) < FEWEST:
        return None
    apart = np.array([row["b"] - line.slope * item.b - line.shift for row, item in rows])
    weight = np.array([row["se_b"] ** -2.0 for row, _ in rows])
    return Moved(night.day, float(np.average(apart, weights=weight)), float(weight.sum() ** -0.5), len(rows))


def _dropped(nights: Sequence[Night]) -> dict[tuple[int, int], int]:
    """The night on which each dropped anchor was dropped."""
    days: dict[tuple[int, int], int] = {}
    for night in nights:
        for said in night.lifecycle.anchors:
            if said.verdict == "dropped" and night.success:
                days.setdefault((said.question_id, said.version), night.day)
    return days


def _first_flag(nights: Sequence[Night], kind: str) -> dict[tuple[int, int], int]:
    days: dict[tuple[int, int], int] = {}
    for night in nights:
        for flag in night.flags:
            if flag["flag"] == kind:
                days.setdefault((flag["question_id"], flag["version"]), night.day)
    return days


def _after(day: int | None, began: int) -> int | None:
    return None if day is None else day - began + 1


def _voided(truth: dict[tuple[int, int], Item], key: tuple[int, int]) -> bool:
    """Whether a later version changed the key, so that its anchor had to go."""
    later = truth.get((key[0], key[1] + 1))
    return later is not None and later.edit_kind == "key"


def _curves(
    plan: Plan, truth: dict[tuple[int, int], Item], line: Line, night: Night
) -> tuple[int, list[tuple[int, str, float]]]:
    """How many served curves are held against the truth, and which are far from it.

    Those of planted changes are not looked at: drift, a wrong key, a reworded item.

    Far is both: what matters, and more than the errors published with the curve say.
    """
    rows: list[tuple[dict[str, Any], Item]] = [
        (row, item)
        for row in night.live
        if not (item := truth[row["question_id"], row["version"]]).drifts
        and not item.miskeyed
        and item.edit_kind not in ("wording", "options")
    ]
    labels = tuple(name(item) for _, item in rows)
    served = irt.ItemParameters(
        labels, *(np.array([row[each] for row, _ in rows], dtype=np.float64) for each in ("a", "b", "c"))
    )
    true = irt.ItemParameters(
        labels,
        np.array([item.a / line.slope for _, item in rows]),
        np.array([line.slope * item.b_on(night.day, plan.drift_day) + line.shift for _, item in rows]),
        np.zeros(len(rows)),
    )
    few = Policy().few_responses
    limits = [WRONG if (row["n_respondents"] or 0) >= few else WRONG_OF_FEW for row, _ in rows]
    known = curve_error(
        served, *(np.array([row[e] for row, _ in rows], dtype=np.float64) for e in ("se_a", "se_b"))
    )
    allowed = np.maximum(limits, BEYOND * known).tolist()
    apart = curve_distance(true, served).tolist()
    far = [(night.day, label, d) for label, d, most in zip(labels, apart, allowed, strict=True) if d > most]
    return len(labels), far
