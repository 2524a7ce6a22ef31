"""The truth: items as they are on a day, learners, and their answers."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.models import probability
from tests.nights.plan import WINDOW_DAYS, Plan

FIRST_NIGHT = dt.date(2026, 3, 2)
EVER = 10_000
KEYED, TRUE_KEY, OTHERS = "B", "A", np.array(["B", "C", "D"])
#: How far from what a learner knows of themselves the questions lie that they choose, SD.
_REACH = 0.8


@dataclass(frozen=True)
class Item:
    """A version of a question: parameters (D = 1.7 metric), the days on which it is served, what is planted."""

    question_id: int
    version: int
    a: float
    b: float
    since: int = -EVER
    until: int = EVER
    edit_kind: str | None = None
    drifts: float = 0.0
    miskeyed: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """Question and version."""
        return self.question_id, self.version

    def b_on(self, day: int, drift_day: int) -> float:
        """The difficulty on a day."""
        return self.b + (self.drifts if day >= drift_day else 0.0)


def bank(plan: Plan) -> list[Item]:
    """Draw the items, and plant what is planted: the first questions drift, the next are edited, the next retire."""
    random = plan.random(0)
    n = plan.n_questions
    a, b = np.exp(random.normal(np.log(0.8), 0.25, n)), np.clip(random.normal(0.0, 1.0, n), -2.2, 2.2)
    since = np.full(plan.items, -EVER)
    for day, number in plan.new:
        since = np.append(since, np.full(number, day))
    items = [Item(q + 1, 1, float(a[q]), float(b[q]), int(since[q])) for q in range(n)]
    for q in range(plan.drifting):
        items[q] = _with(items[q], b=float(np.clip(items[q].b, -1.0, 0.5)), drifts=plan.drift)
    wrong = plan.items + plan.new[0][1] - 1
    items[wrong] = _with(items[wrong], a=1.0, b=-0.5, miskeyed=True)
    day, kinds = plan.edited
    edits = []
    for at, kind in enumerate(kinds, start=plan.drifting):
        old = items[at]
        items[at] = _with(old, until=day)
        moved = 0.0 if kind in ("cosmetic", "key") else 0.3
        edits.append(Item(old.question_id, 2, old.a, old.b + moved, day, edit_kind=kind))
    retired_on, number = plan.retired
    for at in range(plan.drifting + len(kinds), plan.drifting + len(kinds) + number):
        items[at] = _with(items[at], until=retired_on)
    return items + edits


def _with(item: Item, **changes: object) -> Item:
    return Item(**{**item.__dict__, **changes})  # type: ignore[arg-type]


def name(item: Item) -> str:
    """What people call it."""
    return f"I{item.question_id}" + (f"@{item.version}" if item.version > 1 else "")


def days(plan: Plan, items: list[Item]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Return, day by day from the first learners on, the answers of the day as int_first_attempts has them."""
    came: dict[int, _Cohort] = {}
    for day in range(-plan.history, plan.nights):
        served = [item for item in items if item.since <= day < item.until]
        cohort = _Cohort.of(plan, day)
        came[day] = cohort
        frames = [_answers(plan, day, served, cohort, cohort.at_random(plan, served), day)]
        former = came.pop(day - WINDOW_DAYS - 2, None)
        if former is not None:
            frames.append(_answers(plan, day, served, former, former.by_choice(plan, served), day))
        yield day, pl.concat(frames)


class _Cohort:
    """Learners who came on one day."""

    def __init__(self, day: int, theta: NDArray[np.float64], random: np.random.Generator) -> None:
        self.day, self.theta, self.random = day, theta, random
        self.users = [uuid.UUID(bytes=hashlib.md5(f"{day}/{i}".encode()).digest()) for i in range(len(theta))]
        self.met: list[set[int]] = [set() for _ in theta]
        self.known = np.zeros(len(theta))

    @classmethod
    def of(cls, plan: Plan, day: int) -> _Cohort:
        random = plan.random(1, day)
        mean = plan.growth * max(day, 0) / max(plan.nights - 1, 1)
        return cls(day, random.normal(mean, 1.0, plan.learners), random)

    def at_random(self, plan: Plan, served: list[Item]) -> list[NDArray[np.int64]]:
        return [self.random.permutation(len(served))[: plan.first] for _ in self.theta]

    def by_choice(self, plan: Plan, served: list[Item]) -> list[NDArray[np.int64]]:
        """Each learner's questions, not met before: the nearer to what they know of themselves, the likelier."""
        b = np.array([item.b for item in served])
        chosen = []
        for learner, met in enumerate(self.met):
            weight = np.exp(-0.5 * ((b - self.known[learner]) / _REACH) ** 2) + 1e-9
            weight[[item.question_id in met for item in served]] = 0.0
            some = min(plan.later, int((weight > 0.0).sum()))
            chosen.append(self.random.choice(len(served), some, replace=False, p=weight / weight.sum()))
        return chosen


def _answers(
    plan: Plan, day: int, served: list[Item], cohort: _Cohort, chosen: list[NDArray[np.int64]], window: int
) -> pl.DataFrame:
    random = cohort.random
    learner = np.repeat(np.arange(len(chosen)), [len(each) for each in chosen])
    at = np.concatenate(chosen)
    a = np.array([item.a for item in served])[at]
    b = np.array([item.b_on(day, plan.drift_day) for item in served])[at]
    knows = random.random(len(at)) < probability(cohort.theta[learner], a, b, np.zeros(len(at)))
    option = np.where(knows, TRUE_KEY, random.choice(OTHERS, len(at)))
    key = np.where([item.miskeyed for item in served], KEYED, TRUE_KEY)[at]
    right = option == key
    for i, j in zip(learner.tolist(), at.tolist(), strict=True):
        cohort.met[i].add(served[j].question_id)
    # The proportion right of what was met at random tells learners how able they are.
    share = np.bincount(learner, right, len(chosen)) / np.maximum(
        np.bincount(learner, minlength=len(chosen)), 1
    )
    cohort.known = np.clip((share - share.mean()) / max(float(share.std()), 0.05), -2.0, 2.0)
    starts = np.concatenate([[0], np.cumsum([len(each) for each in chosen])[:-1]])
    began = dt.datetime.combine(FIRST_NIGHT, dt.time(8), dt.UTC) + dt.timedelta(days=day)
    first_day = FIRST_NIGHT + dt.timedelta(days=window)
    person = [uuid.UUID(bytes=hashlib.md5(f"{user}/{window}".encode()).digest()) for user in cohort.users]
    return pl.DataFrame(
        {
            "user_id": [str(cohort.users[i]) for i in learner],
            "question_id": [served[j].question_id for j in at],
            "version": [served[j].version for j in at],
            "option_label": option,
            "is_correct": right,
            "ts": [began + dt.timedelta(seconds=40 * int(k)) for k in np.arange(len(at)) - starts[learner]],
            "position": (np.arange(len(at)) - starts[learner] + 1).astype(np.int32),
            "person_id": [str(person[i]) for i in learner],
            "window_start": [first_day] * len(at),
            "recorded_time_ms": random.integers(8_000, 60_000, len(at)),
        }
    )
