"""Conditional exposure control of an exam's sessions, by question: what is remembered, and what it rules out.

Only items that some session met are remembered. Of any other the formula of `irt.selection` is known: every session
found it eligible, and it stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api_min.bank import Bank
from delivery.rules import DeliveryRules
from irt.selection import (
    EligibilityCounts,
    Posterior,
    count_session,
    draw_eligible,
    eligibility_probability,
    point_weights,
)

Bools = NDArray[np.bool_]
#: Shares of a session below which an item is forgotten as if nobody had met it.
_FORGOTTEN = 1e-6


def counts_of(plain: Mapping[str, Any] | None, bank: Bank, rules: DeliveryRules) -> EligibilityCounts:
    """Return what is remembered, for the items of a bank; other theta points than before begin anew."""
    rate = rules.eligibility_rate
    assert rate is not None
    if plain is None or plain["points"] != list(rules.points):
        return EligibilityCounts.empty(rules.points, len(bank), rate)
    sessions = np.array(plain["sessions"])
    administered = np.zeros((len(sessions), len(bank)))
    opened = np.repeat(sessions[:, None], len(bank), axis=1)
    at = {int(question): place for place, question in enumerate(bank.question_id.tolist())}
    for question, (met, was_open) in plain["items"].items():
        place = at.get(int(question))
        if place is not None:
            administered[:, place], opened[:, place] = met, was_open
    return EligibilityCounts(
        points=np.array(plain["points"]),
        r_max=np.full(len(bank), rate),
        sessions=sessions,
        feasible=np.array(plain["feasible"]),
        administered=administered,
        open=opened,
    )


def plain_of(counts: EligibilityCounts, bank: Bank) -> dict[str, Any]:
    """Return what is to be remembered, as JSON has it."""
    met = np.flatnonzero(counts.administered.sum(axis=0) > _FORGOTTEN)
    return {
        "points": counts.points.tolist(),
        "sessions": counts.sessions.tolist(),
        "feasible": counts.feasible.tolist(),
        "items": {
            str(bank.question_id[place]): [
                counts.administered[:, place].tolist(),
                counts.open[:, place].tolist(),
            ]
            for place in met.tolist()
        },
    }


def rule_out(counts: EligibilityCounts, bank: Bank, rng: np.random.Generator) -> list[list[int]]:
    """Draw, for each theta point, the questions that are not eligible in a session that begins."""
    drawn = draw_eligible(eligibility_probability(counts), rng)
    return [bank.question_id[~row].tolist() for row in drawn]


def eligible(ruled_out: Sequence[Sequence[int]], bank: Bank) -> Bools:
    """Return what was drawn as eligible, shape (points, items)."""
    return np.array([~bank.among(questions) for questions in ruled_out])


def count(
    counts: EligibilityCounts,
    bank: Bank,
    ruled_out: Sequence[Sequence[int]],
    posterior: Posterior,
    served: Sequence[int],
) -> EligibilityCounts:
    """Return the counts with a session that has ended, in which these questions were served."""
    drawn = eligible(ruled_out, bank)
    met = bank.among(served)
    weights = point_weights(posterior.weights, posterior.theta, counts.points)
    # An item that was met at a point where it was not eligible says that all had to be opened.
    feasible = not (met[None, :] & ~drawn & (weights[:, None] > 0.5)).any()
    return count_session(counts, weights, met, drawn, feasible=feasible)
