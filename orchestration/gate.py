"""The gate before publishing: what simulated adaptive sessions say of new parameters beside those that are live."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

import irt
from irt.simulation.banks import BankComparison, compare_banks
from orchestration.lifecycle.policy import Policy
from orchestration.parameters import of_rows

Row = Mapping[str, Any]
#: Fewer items are no bank to choose from.
FEWEST_ITEMS = 2


@dataclass(frozen=True)
class Limit:
    """A figure of the new bank beside the old one, how far it may go, and what to do where it went further."""

    name: str
    old: float
    new: float
    limit: float
    passed: bool
    sentence: str


def parameters(rows: Sequence[Row]) -> irt.ItemParameters:
    """Return the items of rows that may be chosen: those with a slope above 0."""
    return of_rows([row for row in rows if row["a"] is not None and row["a"] > 0.0])


def judge(
    run_id: uuid.UUID,
    live: Sequence[Row],
    candidate: Sequence[Row],
    policy: Policy,
    prior: tuple[float, float],
) -> dict[str, Any]:
    """Return what `calibration_runs.gate` holds: passed, reason, limits, figures, settings.

    `live` and `candidate` are rows with the item's name; learners are drawn from the `prior` of the scale (mean, SD)
    and answer by the candidate. passed is True where nothing is live yet, for there is nothing to fall behind.
    """
    old, new = parameters(live), parameters(candidate)
    if len(new.items) < FEWEST_ITEMS:
        return _without_bank(len(old.items), len(new.items))
    first = len(old.items) < FEWEST_ITEMS
    length = min(policy.gate_length, len(new.items), len(new.items) if first else len(old.items))
    found = compare_banks(
        np.random.default_rng(run_id.int),
        new if first else old,
        new,
        learners=policy.gate_learners,
        length=length,
        mean=prior[0],
        sd=prior[1],
    )
    held = [] if first else limits(found, policy)
    within = "nothing is live yet: there is nothing to fall behind" if first else "within every limit"
    return {
        "passed": all(each.passed for each in held),
        "reason": " ".join(each.sentence for each in held if not each.passed) or within,
        "limits": [asdict(each) for each in held],
        "figures": asdict(found),
        "settings": {"learners": policy.gate_learners, "length": length, "mean": prior[0], "sd": prior[1]},
    }


def limits(found: BankComparison, policy: Policy) -> list[Limit]:
    """Return the figures that may not regress, each with its verdict."""
    old, new = found.old, found.new
    highest_se, highest_overlap = policy.gate_se_ratio * old.se, old.overlap + policy.gate_overlap_rise
    # Items and not their share: a bank that grows has a smaller one, and is no worse for it.
    used = tuple(round(bank.used * bank.items) for bank in (old, new))
    fewest_used = policy.gate_usage_ratio * used[0]
    return [
        Limit(
            "standard error at the end",
            old.se,
            new.se,
            highest_se,
            new.se <= highest_se,
            f"Learners would be measured with a standard error of {new.se:.3f} in place of {old.se:.3f}; at most "
            f"{highest_se:.3f} is allowed. Look which items lost their slope or were set aside.",
        ),
        Limit(
            "items used",
            used[0],
            used[1],
            fewest_used,
            used[1] >= fewest_used,
            f"Sessions would use {used[1]:,} items in place of {used[0]:,}; at least {fewest_used:.0f} are asked for. "
            "Look for a few items whose slope grew out of proportion.",
        ),
        Limit(
            "overlap of two learners",
            old.overlap,
            new.overlap,
            highest_overlap,
            new.overlap <= highest_overlap,
            f"Two learners would share {new.overlap:.0%} of their items in place of {old.overlap:.0%}; at most "
            f"{highest_overlap:.0%} is allowed. The same few items would soon be known: look which became the most "
            "informative, and why.",
        ),
    ]


def _without_bank(live: int, new: int) -> dict[str, Any]:
    passed = live < FEWEST_ITEMS
    reason = (
        "no bank to choose from, and none is live"
        if passed
        else f"{new} items have usable parameters where {live:,} are live: publishing would leave adaptive sessions "
        "without items. See why the run set its items aside."
    )
    return {"passed": passed, "reason": reason, "limits": [], "figures": {}, "settings": {}}
