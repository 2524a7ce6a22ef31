"""The fits of a run: the whole exam by one model, and, where items have different ones, one joint mixed fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import irt
from orchestration.groups import Grouping
from orchestration.lifecycle.plan import Plan
from orchestration.lifecycle.remembered import Choice
from orchestration.parameters import of_rows

Row = Mapping[str, Any]
Guessing = str | float | None
MIXED = "mixed"
#: The largest c that a fit allows; an anchor's is held at its own.
_C_HIGH = 0.7


@dataclass(frozen=True)
class Data:
    """What every fit of a run reads: answers to the items that are fitted, groups of persons, anchors by name.

    `anchors`: rows with a, b, c, se_a, se_b; none: the population defines the scale.
    """

    answers: irt.Responses
    groups: Grouping
    plan: Plan
    anchors: Mapping[str, Row]
    most_passes: int


def whole(data: Data, model: str, start: irt.ItemParameters | None) -> irt.Calibration:
    """Fit the whole exam by a "2PL" or "3PL"; items with few responses share one slope in either."""
    models: list[str] = []
    guessing: list[Guessing] = []
    for name in data.answers.items:
        own = data.plan.items[str(name)].model
        models.append(model if own == "2PL" else own)
        guessing.append("free" if models[-1] == "3PL" else None)
    return _fitted(data, models, guessing, start)


def mixed(data: Data, choices: Mapping[str, Choice], start: irt.ItemParameters | None) -> irt.Calibration:
    """Fit each item by the model chosen for it, all together."""
    chosen = [choices[str(name)] for name in data.answers.items]
    return _fitted(data, [each.model for each in chosen], [each.guessing for each in chosen], start)


def parameters(rows: Sequence[Row]) -> irt.ItemParameters | None:
    """Return rows with item, a, b, c as `irt` takes them; None where there are none."""
    return of_rows(rows) if rows else None


def _fitted(
    data: Data, models: list[str], guessing: list[Guessing], start: irt.ItemParameters | None
) -> irt.Calibration:
    names = [str(name) for name in data.answers.items]
    for place, name in enumerate(names):
        if name in data.anchors:
            c = min(data.anchors[name]["c"], _C_HIGH)
            models[place], guessing[place] = ("3PL", c) if c > 0.0 else ("2PL", None)
    priors = [
        replace(data.plan.items[name].priors, c=irt.Priors.default(model).c)
        for name, model in zip(names, models, strict=True)
    ]
    held = [{"item": name, **row} for name, row in data.anchors.items() if name in set(names)]
    return irt.calibrate(
        data.answers,
        models,
        guessing=guessing,
        priors=priors,
        groups=data.groups.labels,
        reference=data.groups.reference,
        anchors=parameters(held),
        start=start,
        minimum_responses=1,
        max_passes=data.most_passes,
    )
