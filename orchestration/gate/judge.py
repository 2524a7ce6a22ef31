"""The verdict: whether sessions by new parameters are no worse, beyond the policy's limits, than by the live ones."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from irt.simulation import Delivered, Side, on_side
from orchestration.gate.limits import Limit, limits
from orchestration.gate.sessions import Exam, Row, Sessions, choosable, settle
from orchestration.lifecycle.policy import Policy

#: Fewer items are no bank to choose from.
FEWEST_ITEMS = 2


@dataclass(frozen=True)
class Verdict:
    """What `calibration_runs.gate` holds, and the sessions that it rests on, by "live" and "new"."""

    said: dict[str, Any]
    played: Mapping[str, Delivered] = field(default_factory=dict)


def judge(
    run_id: uuid.UUID,
    live: Sequence[Row],
    candidate: Sequence[Row],
    exam: Exam,
    policy: Policy,
    population: tuple[float, float],
) -> Verdict:
    """Play sessions of the same simulees on both sides, and judge: passed, reason, limits, figures, settings.

    `live` and `candidate` are rows with the item's name; theta of the simulees is drawn from the `population` (mean,
    SD), and they answer by the candidate. passed is True where nothing is live yet, for there is nothing to fall
    behind. The run's id is the seed.

    Raises RulesError where the quotas of the exam's rules are not usable.
    """
    old, new = choosable(live, exam), choosable(candidate, exam)
    if len(new) < FEWEST_ITEMS:
        return Verdict(_without_bank(len(old), len(new)))
    if len(old) < FEWEST_ITEMS:
        old = []
    fewest = min(len(rows) for rows in (old, new) if rows)
    settled = settle(old, new, exam, policy, fewest)
    mean, sd = population
    theta = np.random.default_rng(run_id.int).normal(mean, sd, settled.learners)
    sides = {"live": settled.sides.old, "new": settled.sides.new} if old else {"new": settled.sides.new}
    played = {
        name: on_side(settled.sides, side, settled.delivery, theta, run_id.int, time.perf_counter)
        for name, side in sides.items()
    }
    held = limits(settled, played["live"], played["new"], policy) if old else []
    said = {
        "passed": all(each.passed for each in held),
        "reason": _reason(held, settled),
        "limits": [asdict(each) for each in held],
        "figures": {_SIDE[name]: _figures(one, sides[name], settled, name) for name, one in played.items()},
        "settings": {**_settings(settled, exam), "mean": mean, "sd": sd},
    }
    return Verdict(said, played)


#: As `figures` has called them from the first run on.
_SIDE = {"live": "old", "new": "new"}


def _reason(held: Sequence[Limit], settled: Sessions) -> str:
    failed = " ".join(each.sentence for each in held if not each.passed)
    if failed:
        return failed
    within = "within every limit" if held else "nothing is live yet: there is nothing to fall behind"
    why = settled.unmet.get("new")
    if why is None:
        return within
    return (
        f"{within}. Sessions were given without the exam's blueprint, which no test of its items meets: {why}"
    )


def _figures(one: Delivered, side: Side, settled: Sessions, name: str) -> dict[str, Any]:
    missed = None
    if settled.has_blueprint:
        missed = float(name in settled.unmet) if settled.unmet else one.missed
    return {
        "items": side.items,
        "se": float(one.se.mean()),
        "rmse": one.rmse,
        "bias": one.bias,
        "length": float(one.length.mean()),
        "used": float((one.exposure.rates > 0.0).sum() / side.items),
        "exposure": one.exposure.largest,
        "overlap": one.exposure.overlap,
        "missed": missed,
        "ended": dict(one.ended),
    }


def _settings(settled: Sessions, exam: Exam) -> dict[str, Any]:
    blueprint = "none"
    if settled.has_blueprint:
        blueprint = "cannot be met" if settled.unmet else "greedy shadow tests"
    return {
        "learners": settled.learners,
        "length": settled.length,
        "criterion": exam.rules.criterion,
        "r_max": exam.rules.r_max,
        "blueprint": blueprint,
        "rules": exam.rules.plain(),
    }


def _without_bank(live: int, new: int) -> dict[str, Any]:
    passed = live < FEWEST_ITEMS
    reason = (
        "no bank to choose from, and none is live"
        if passed
        else f"{new} items have usable parameters where {live:,} are live: publishing would leave adaptive sessions "
        "without items. See why the run set its items aside."
    )
    return {"passed": passed, "reason": reason, "limits": [], "figures": {}, "settings": {}}
