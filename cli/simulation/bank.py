"""The items that simulees choose from: what is live of an exam, or a file of parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import irt
from cli.errors import OptionError
from irt.models import D
from irt.selection import Blueprint, SelectionBank
from irt.selection.proportions import Asked, proportional_quotas

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from database.queries.quotas import Quota


@dataclass(frozen=True, eq=False)
class Bank:
    """Items with a slope above 0, by name, D = 1.7 metric; and what their exam says of them.

    left_out: items without parameters, or with a slope not above 0. prior: mean and SD of theta on their scale.
    asked, topic, difficulty: the blueprint, and what it goes by, of each item.
    """

    name: str
    parameters: irt.ItemParameters
    left_out: int
    prior: tuple[float, float] = (0.0, 1.0)
    asked: tuple[Asked, ...] = ()
    topic: tuple[int, ...] = ()
    difficulty: tuple[str | None, ...] = ()

    @property
    def items(self) -> int:
        """How many can be chosen."""
        return len(self.parameters.items)

    def selection(self) -> SelectionBank:
        """The same for decisions."""
        return SelectionBank(self.parameters.a, self.parameters.b, self.parameters.c)

    def blueprint(self, length: int) -> Blueprint:
        """The exam's blueprint for sessions of so many items.

        Raises:
            OptionError: the items came from a file, or their exam has none.
        """
        quotas = proportional_quotas(self.asked, self.topic, self.difficulty, length) if self.asked else None
        if quotas is None:
            raise OptionError(
                f"{self.name} has no blueprint with topics or difficulties: import one with "
                "`qbank import --exam CODE --blueprint FILE`, or leave --blueprint away"
            )
        return Blueprint(length, self.items, quotas)


def from_file(path: Path, *, logistic: bool) -> Bank:
    """Read item, a, b and perhaps c; slopes in the logistic metric where told. Raises FileFormatError, OptionError."""
    from ingestion.imports.companions import read_anchors

    rows = read_anchors(path)
    scale = D if logistic else 1.0
    usable = [row for row in rows if row.a > 0.0]
    return _bank(
        path.name, [(row.item, row.a / scale, row.b, row.c) for row in usable], len(rows) - len(usable)
    )


def from_exam(connection: Connection, exam: str) -> Bank:
    """Read what is live of an exam, its scale and its blueprint. Raises ReviewError, OptionError."""
    from database.queries import calibrations, exams, quotas, scales

    exams.rules(connection, exam)
    live = [row for row in calibrations.live_items(connection, exam) if row["serving"]]
    usable = [row for row in live if row["a"] is not None and row["a"] > 0.0]
    if not usable:
        raise OptionError(f"nothing of exam {exam} is calibrated yet: `qbank run --exam {exam}` does it")
    found = _bank(
        exam, [(row["item"], row["a"], row["b"], row["c"]) for row in usable], len(live) - len(usable)
    )
    scale, said = scales.scale(connection, exam), quotas.labels(connection, exam)
    own = [said[row["question_id"], row["version"]] for row in usable]
    return replace(
        found,
        prior=found.prior if scale is None else (scale.prior_mean, scale.prior_sd),
        asked=tuple(_asked(row) for row in quotas.quotas(connection, exam)),
        topic=tuple(-1 if each.topic_id is None else each.topic_id for each in own),
        difficulty=tuple(each.difficulty for each in own),
    )


def _asked(row: Quota) -> Asked:
    name = f"topic {row.topic or 'any'}, difficulty {row.difficulty or 'any'}"
    return Asked(name, row.topics, row.difficulty, row.quota)


def _bank(name: str, rows: list[tuple[str, float, float, float]], left_out: int) -> Bank:
    if len(rows) < 2:
        raise OptionError(
            f"{name} has {len(rows)} items with a slope above 0: sessions need two to choose from"
        )
    a, b, c = np.array([row[1:] for row in rows]).T
    return Bank(name, irt.ItemParameters([row[0] for row in rows], a, b, c), left_out)
