"""How the gate gives its sessions: by the rules that the exam's deliveries keep to, on the items of both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from database.queries import bank, quotas
from delivery.blueprints import blueprint_of
from delivery.errors import NoSuchTopic, RulesError
from delivery.exams import exam_rules
from delivery.labels import labels_of
from delivery.rules import DeliveryRules
from delivery.topics import TopicTree
from irt.errors import InvalidArgument
from irt.selection import Blueprint, EligibilityCounts, StoppingRule, blueprint_feasibility
from irt.selection.constraints import constraints
from irt.simulation import Delivery, Side, Sides, united
from orchestration.lifecycle.policy import Policy
from orchestration.parameters import of_rows

Row = Mapping[str, Any]
Key = tuple[int, int]
#: Simulees at most where a decision takes milliseconds: shadow tests, and criteria over the posterior.
SLOW_LEARNERS: Final = 60
_UNSAID: Final = quotas.Labels(None, None)


@dataclass(frozen=True)
class Exam:
    """Of an exam: its rules of delivery, and what its items say of themselves, by question and version."""

    rules: DeliveryRules = field(default_factory=DeliveryRules)
    said: Mapping[Key, quotas.Labels] = field(default_factory=dict)
    topics: TopicTree = field(default_factory=lambda: TopicTree([]))
    code: str = ""


@dataclass(frozen=True, eq=False)
class Sessions:
    """Sessions that are settled and not yet played.

    length: items of the longest one. learners: how many sit them. unmet: by side, "live" or "new", why no test of its
    items meets the blueprint; with any, sessions go without it. has_blueprint: whether there is one.
    """

    sides: Sides
    delivery: Delivery
    length: int
    learners: int
    has_blueprint: bool
    unmet: Mapping[str, str]


def exam_of(connection: Connection, code: str) -> Exam:
    """Read an exam. Raises RulesError where its rules of delivery are not usable."""
    return Exam(
        exam_rules(connection, code),
        quotas.labels(connection, code),
        TopicTree(bank.topics(connection)),
        code,
    )


def choosable(rows: Sequence[Row], exam: Exam) -> list[Row]:
    """Return the rows that ability may choose: with a slope above 0, and not on trial."""
    return [
        row
        for row in rows
        if row["a"] is not None and row["a"] > 0.0 and not exam.said.get(_key(row), _UNSAID).pilot
    ]


def settle(live: Sequence[Row], new: Sequence[Row], exam: Exam, policy: Policy, fewest: int) -> Sessions:
    """Settle sessions on choosable rows, of which either side has `fewest` at least.

    Raises RulesError for a quota on a topic that is not there, or quotas that contradict themselves.
    """
    rules = exam.rules
    sides = united(of_rows(live), of_rows(new), old_se_b=_errors(live, rules), new_se_b=_errors(new, rules))
    own = rules.stopping.max_length or rules.stopping.length
    length = own or min(policy.gate_length, fewest)
    keys = {row["item"]: _key(row) for row in (*live, *new)}
    blueprint = _blueprint([exam.said.get(keys[item], _UNSAID) for item in sides.items], exam, length)
    beside = {"live": sides.old, "new": sides.new} if live else {"new": sides.new}
    unmet = {name: why for name, side in beside.items() if (why := _why_not(blueprint, side))}
    rows = None if blueprint is None or unmet else constraints(blueprint)
    # Nothing is on trial here. Greedy shadow tests and no budget of time: the same seed, the same figures.
    delivery = Delivery(
        rules=replace(rules.choosing(), pilot_rate=0.0),
        stopping=rules.stopping.rule(length) or StoppingRule(length=length),
        rows=rows,
        counts=None
        if rules.r_max is None
        else EligibilityCounts.empty(rules.points, len(sides.items), rules.r_max),
        budget=None,
        solves=0,
    )
    slow = rows is not None or rules.criterion != "MFI"
    learners = min(policy.gate_learners, SLOW_LEARNERS) if slow else policy.gate_learners
    return Sessions(sides, delivery, length, learners, blueprint is not None, unmet)


def _blueprint(said: Sequence[quotas.Labels], exam: Exam, length: int) -> Blueprint | None:
    try:
        return blueprint_of(labels_of(said, exam.topics), exam.rules, length)
    except (NoSuchTopic, InvalidArgument) as fault:
        raise RulesError(
            f"the quotas of exam {exam.code} are not usable: {fault}; mend them by "
            f"`qbank delivery {exam.code} --set FILE`"
        ) from fault


def _why_not(blueprint: Blueprint | None, side: Side) -> str:
    """Why no test of a side's items meets the blueprint; empty where one does."""
    if blueprint is None:
        return ""
    return "; ".join(
        conflict.sentence for conflict in blueprint_feasibility(blueprint, side.servable).conflicts
    )


def _errors(rows: Sequence[Row], rules: DeliveryRules) -> np.ndarray | None:
    """Standard errors of b, where decisions carry them."""
    return np.array([row["se_b"] or 0.0 for row in rows]) if rules.errors else None


def _key(row: Row) -> Key:
    return row["question_id"], row["version"]
