"""The items that simulees choose from: what is live of an exam, or a file of parameters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import irt
from cli.errors import OptionError
from delivery.blueprints import blueprint_of
from delivery.errors import NoSuchTopic
from delivery.exams import exam_rules
from delivery.labels import DIFFICULTIES, Labels, labels_of
from delivery.rules import DeliveryRules
from delivery.topics import TopicTree
from irt.errors import InvalidArgument
from irt.models import D
from irt.selection import Blueprint, Quotas, SelectionBank
from irt.selection.proportions import Asked, proportional_quotas

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from database.queries.quotas import Quota


@dataclass(frozen=True, eq=False)
class Bank:
    """Items with a slope above 0, by name, D = 1.7 metric; and what their exam says of them.

    left_out: items without parameters, or with a slope not above 0. prior: mean and SD of theta on their scale.
    rules, labels: what its deliveries keep to, and what is said of the items. asked: the blueprint of the whole exam.
    """

    name: str
    parameters: irt.ItemParameters
    left_out: int
    prior: tuple[float, float] = (0.0, 1.0)
    rules: DeliveryRules = field(default_factory=DeliveryRules)
    labels: Labels | None = None
    asked: tuple[Asked, ...] = ()

    @property
    def items(self) -> int:
        """How many can be chosen."""
        return len(self.parameters.items)

    def selection(self) -> SelectionBank:
        """The same for decisions."""
        return SelectionBank(self.parameters.a, self.parameters.b, self.parameters.c)

    def blueprint(self, length: int) -> Blueprint:
        """The blueprint of sessions of so many items: that of deliveries, else the exam's own in proportion.

        Raises:
            OptionError: the items came from a file, their exam has neither, or its quotas are not usable.
        """
        served = self._served(length)
        quotas = None if self.rules.quotas else self._proportional(length)
        if quotas is not None:
            return replace(served or Blueprint(length, self.items), quotas=quotas)
        if served is None:
            raise OptionError(
                f"{self.name} has no blueprint with topics or difficulties: import one with "
                "`qbank import --exam CODE --blueprint FILE`, set quotas by `qbank delivery`, or leave --blueprint away"
            )
        return served

    def _served(self, length: int) -> Blueprint | None:
        if self.labels is None:
            return None
        try:
            return blueprint_of(self.labels, self.rules, length)
        except (NoSuchTopic, InvalidArgument) as fault:
            raise OptionError(
                f"the quotas of exam {self.name} are not usable: {fault}; mend them by `qbank delivery`"
            ) from fault

    def _proportional(self, length: int) -> Quotas | None:
        if self.labels is None or not self.asked:
            return None
        topic, said = self.labels.topic_id.tolist(), self.labels.difficulty.tolist()
        difficulty = [None if at < 0 else DIFFICULTIES[at] for at in said]
        return proportional_quotas(self.asked, topic, difficulty, length)


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
    """Read what is live of an exam, its scale, rules and blueprint. Raises ReviewError, OptionError, RulesError."""
    from database.queries import bank, calibrations, exams, quotas, scales

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
        rules=exam_rules(connection, exam),
        labels=labels_of(own, TopicTree(bank.topics(connection))),
        asked=tuple(_asked(row) for row in quotas.quotas(connection, exam)),
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
