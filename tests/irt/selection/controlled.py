"""Adaptive sessions under conditional exposure control, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

import irt
from irt.selection.eligibility import (
    count_session,
    draw_eligible,
    eligibility_probability,
    eligible_now,
    nearest_point,
    point_weights,
)
from irt.selection.eligibility_counts import EligibilityCounts
from tests.irt.selection.learners import Bools, Floats, Learners

Control = Literal["none", "nearest", "within reach"]


@dataclass(frozen=True)
class Controlled:
    """Who met what (learners, items), the EAP of each, and whose sessions opened all items."""

    met: Bools
    theta: Floats
    infeasible: Bools


def play(
    bank: irt.ItemParameters,
    length: int,
    theta: Floats,
    control: Control,
    counts: EligibilityCounts,
    rng: np.random.Generator,
) -> Controlled:
    """The learners in turn, each by the counts that those before have left."""
    items, learners = len(bank.items), Learners(bank, length)
    met, infeasible = np.zeros((len(theta), items), dtype=np.bool_), np.zeros(len(theta), dtype=np.bool_)
    estimates, points = np.empty(len(theta)), counts.points
    for who, true in enumerate(theta):
        drawn = draw_eligible(eligibility_probability(counts), rng)

        def choose(
            values: Floats, posterior: Floats, used: Bools, who: int = who, drawn: Bools = drawn
        ) -> int:
            mask = ~used
            if control != "none":
                weights = point_weights(posterior, learners.nodes, points)
                if control == "nearest":
                    weights = nearest_point(float(posterior @ learners.nodes), points)
                mask, feasible = eligible_now(drawn, weights, ~used, length - int(used.sum()))
                infeasible[who] |= not feasible
            return int(np.where(mask, values, -1.0).argmax())

        played = learners.play(float(true), choose, rng)
        met[who, played.items], estimates[who] = True, played.theta
        at = nearest_point(played.theta, points)
        counts = count_session(counts, at, met[who], drawn, feasible=not infeasible[who])
    return Controlled(met, estimates, infeasible)
