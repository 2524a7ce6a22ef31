"""Ability, and which item comes next: pure functions over a bank, rules, and what a quiz has shown.

The numerics are `irt.selection`'s. All that goes into a choice is in a `Sitting` and an `Aside`, and all of these is
in the database: the same choice can be made again, to the bit (`api_min.replay`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from api_min import control, exposure, snapshots
from api_min.bank import STAND_IN_C, Bank, Mask, load_bank, stand_in_difficulty
from api_min.errors import QuizNotFound
from database.queries import bank_snapshots, quizzes
from database.queries.quizzes import Decision, Quiz, ServedItem
from delivery.rules import DeliveryRules, read_rules
from irt import selection
from irt.selection import Constraints, Limits, Session
from irt.selection.sprt import log_likelihood_ratio

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Ability:
    """theta, its standard error and the posterior under the prior, after `n` answers that count."""

    theta: float
    se: float
    n: int
    known: selection.Ability = field(repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class Sitting:
    """A quiz as its next choice sees it. `rows`: of the blueprint, None where any test will do."""

    bank: Bank
    rules: DeliveryRules
    quiz: Quiz
    history: Sequence[ServedItem]
    rows: Constraints | None = None

    @property
    def position(self) -> int:
        """Of the item to come."""
        return 1 + max((item.position for item in self.history), default=0)

    @property
    def scored(self) -> list[ServedItem]:
        """What was served and is not on trial."""
        return [item for item in self.history if not item.pilot]


@dataclass(frozen=True, slots=True)
class Aside:
    """Questions that may not come now: withdrawn since the bank was loaded, and met in another quiz meanwhile."""

    withdrawn: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Choice:
    """The item chosen, its place in the bank, and the decision to log."""

    place: int
    question_id: int
    version: int
    decision: Decision


def ability(history: Sequence[ServedItem], bank: Bank, rules: DeliveryRules) -> Ability:
    """Return the ability that the answers of a quiz tell; without answers, the prior's.

    Items on trial do not count, nor do answers faster than the rules allow.
    """
    counted = [
        item
        for item in history
        if item.is_correct is not None
        and not item.pilot
        and not (item.time_taken_ms is not None and item.time_taken_ms < rules.rapid_ms)
    ]
    known = rules.choosing().ability(answers(counted, bank))
    return Ability(known.theta, known.se, len(counted), known)


def answers(items: Sequence[ServedItem], bank: Bank) -> selection.Answers:
    """Return the answers to items with the parameters that the bank has for them, else with stand-ins."""
    at, there = bank.find([item.question_id for item in items])
    if there.all() and (bank.version[at] == [item.version for item in items]).all():
        a, b, c = bank.a[at], bank.b[at], bank.c[at]
    else:
        parameters = [_parameters(item, bank) for item in items]
        a, b, c = np.array(parameters, dtype=np.float64).reshape(-1, 3).T
    return selection.Answers.of([float(item.is_correct or 0) for item in items], a, b, c)


def current_ability(connection: Connection, quiz_id: uuid.UUID) -> Ability:
    """Return the ability in a quiz as its answers now stand, as the next choice will see it.

    `connection` acts within the quiz's tenant, or as the pipeline. Raises QuizNotFound.
    """
    quiz = quizzes.find_quiz(connection, quiz_id)
    if quiz is None:
        raise QuizNotFound(f"there is no quiz {quiz_id}")
    bank = bank_of(connection, quiz)
    return ability(quizzes.history(connection, quiz_id), bank, rules_of(quiz))


def bank_of(connection: Connection, quiz: Quiz) -> Bank:
    """Return the bank that a quiz is pinned to, from its snapshot; one of before there were any: the current one."""
    if quiz.bank_hash is None:
        return load_bank(connection, quiz.tenant_id, quiz.exam_code)
    content = bank_snapshots.content(connection, quiz.tenant_id, quiz.bank_hash)
    if content is None:
        raise LookupError(f"bank {quiz.bank_hash} of quiz {quiz.id} is not kept in bank_snapshots")
    return snapshots.restored(content, quiz.bank_hash)


def rules_of(quiz: Quiz) -> DeliveryRules:
    """Return the rules that a quiz began with."""
    return read_rules(f"quiz {quiz.id}", quiz.rules)


def choose(
    sitting: Sitting,
    aside: Aside,
    *,
    solves: int | None = None,
    budget: float | None = None,
    clock: Clock = time.perf_counter,
) -> Choice | None:
    """Return the item to serve next; None: there is none left.

    `budget` is that of a shadow test, in seconds, and `solves` how far it went when the choice was made first. Chance
    comes from the quiz's seed and the position.
    """
    began = clock()
    tier = _tier(sitting, aside)
    if tier is None:
        return None
    bank, rules = sitting.bank, sitting.rules
    known = ability(sitting.history, bank, rules).known
    allowed, reserve = _open(sitting, tier, known)
    scored = bank.places([item.question_id for item in sitting.scored])
    rows = sitting.rows if sitting.rows is not None and len(scored) < sitting.rows.lower[0] else None
    decided = selection.decide(
        bank.items(errors=rules.errors),
        rules.choosing(),
        Session(known, scored),
        Limits(
            allowed, reserve if rows is not None else None, rows, control.parameters_of(sitting.quiz.control, bank),
            solves, budget,
        ),
        np.random.default_rng([sitting.quiz.seed or 0, sitting.position]),
        clock,
    )  # fmt: skip
    return _choice(sitting, aside, decided, clock() - began)


def draw(bank: Bank, eligible: Mask, number: int, quiz_id: uuid.UUID) -> list[int]:
    """Return up to `number` distinct questions in random order; the quiz's id is the seed."""
    questions = bank.question_id[eligible]
    rng = np.random.default_rng(quiz_id.int)
    return [int(one) for one in rng.permutation(questions)[:number]]


def stopped_by(sitting: Sitting) -> str | None:
    """Return what ends the quiz now, by its rules; None: it goes on."""
    quiz, rules = sitting.quiz, sitting.rules
    rule = rules.stopping.rule(quiz.num_questions or 1)
    if rule is None:
        return None
    scored = [item for item in sitting.scored if item.is_correct is not None or item.skipped]
    ratio = 0.0
    if rule.classification is not None:
        told = answers([item for item in scored if item.is_correct is not None], sitting.bank)
        ratio = log_likelihood_ratio(rule.classification, told.correct, told.a, told.b, told.c)
    known = ability(sitting.history, sitting.bank, rules)
    progress = selection.Progress(
        items=len(scored),
        se=known.se if known.n else float("inf"),
        seconds=max((quiz.now - quiz.started_at).total_seconds(), 0.0),
        ratio=ratio,
    )
    reason = selection.stop(rule, progress)
    return None if reason is None else reason.value


def _tier(sitting: Sitting, aside: Aside) -> Mask | None:
    """The items that may be served, of the best kind that has any, with those on trial; None: none may.

    What the learner never met comes before what they know. An item with a <= 0 (better learners fail it: it is
    probably mis-keyed) comes last, however much it formally tells. Nobody meets an item on trial twice.
    """
    bank, quiz = sitting.bank, sitting.quiz
    eligible = bank.where(quiz.filters.get("topics", ()), quiz.filters.get("difficulty", ()))
    eligible[bank.places([*(item.question_id for item in sitting.history), *aside.withdrawn])] = False
    sound = eligible & bank.sound
    unseen = sound.copy()
    unseen[bank.places([*(quiz.seen_question_ids or ()), *aside.elsewhere])] = False
    for tier in (unseen, sound, eligible):
        own = tier & bank.own
        if own.any():
            return own | (unseen & bank.pilot)
    return None


def _open(sitting: Sitting, tier: Mask, known: selection.Ability) -> tuple[Mask, Mask | None]:
    """What exposure control leaves of a tier; and the rest, which a blueprint may fall back on."""
    ruled_out, bank = sitting.quiz.ruled_out, sitting.bank
    if sitting.quiz.control is not None:
        return control.untouched(sitting.history, bank, tier)
    if ruled_out is None:
        return tier, None
    drawn = exposure.eligible(ruled_out, bank)
    weights = selection.point_weights(known.posterior.weights, known.posterior.theta, sitting.rules.points)
    needed = max((sitting.quiz.num_questions or 1) - len(sitting.scored), 1)
    own = tier & bank.own
    open_now, _ = selection.eligible_now(drawn, weights, own, needed)
    return open_now | (tier & bank.pilot), own & ~open_now


def _choice(sitting: Sitting, aside: Aside, decided: selection.Decision, seconds: float) -> Choice:
    bank = sitting.bank
    set_aside: dict[str, Any] = {
        "withdrawn": list(aside.withdrawn),
        "elsewhere": list(aside.elsewhere),
        "passed_over": bank.question_id[decided.passed_over].tolist(),
    }
    decision = Decision(
        criterion=decided.criterion,
        value=decided.value,
        theta=decided.ability.theta,
        se=decided.ability.se,
        candidates=_candidates(bank, decided.candidates, decided.values),
        calibration_run_id=bank.run_id,
        bank_hash=sitting.quiz.bank_hash,
        pilot=decided.pilot,
        why_not={name: questions for name, questions in set_aside.items() if questions},
        shadow=_shadow(decided.shadow, bank),
        elapsed_us=round(seconds * 1e6),
    )
    return Choice(
        decided.item, int(bank.question_id[decided.item]), int(bank.version[decided.item]), decision
    )


def _shadow(found: selection.ShadowTest | None, bank: Bank) -> dict[str, Any] | None:
    """What is logged of a shadow test."""
    if found is None:
        return None
    return {
        "solver": found.solver,
        "solves": found.solves,
        "objective": found.objective,
        "bound": found.bound,
        "proven": found.proven,
        "reserve_used": found.reserve_used,
        "binding": list(found.binding),
        "violations": [str(one) for one in found.violations],
        "overshot": found.overshot,
        "items": bank.question_id[found.items].tolist(),
    }


def _parameters(item: ServedItem, bank: Bank) -> tuple[float, float, float]:
    place = bank.places([item.question_id])
    if len(place) and bank.version[place[0]] == item.version:
        at = int(place[0])
        return float(bank.a[at]), float(bank.b[at]), float(bank.c[at])
    return bank.median_a, stand_in_difficulty(item.difficulty_label), STAND_IN_C


def _candidates(
    bank: Bank, places: NDArray[np.int64], values: NDArray[np.float64]
) -> list[Mapping[str, Any]]:
    return [
        {"question_id": int(bank.question_id[at]), "version": int(bank.version[at]), "value": float(value)}
        for at, value in zip(places.tolist(), values.tolist(), strict=True)
    ]
