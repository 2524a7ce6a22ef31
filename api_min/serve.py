"""Serving the next item of a quiz: the one that waits for its answer, else the next choice."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import blueprints, decisions, watch
from api_min.bank import Bank
from api_min.banks import Banks
from api_min.decisions import Aside, Choice, Sitting
from api_min.errors import NoMoreQuestions, QuizExpired, QuizNotFound, QuizSealed
from api_min.turn import Turn
from database.queries import quizzes, turns
from database.queries.item_texts import ItemText
from database.queries.quizzes import Decision, Quiz, ServedItem
from database.queries.turns import Event
from delivery.rules import DeliveryRules
from ingestion import events
from irt.selection import Constraints


@dataclass(frozen=True, slots=True)
class Served:
    """An item as the learner gets it."""

    question_id: int
    version: int
    text: ItemText


@dataclass(frozen=True, slots=True)
class Over:
    """A quiz that its rules have ended, and why."""

    why: str


#: What ended a quiz, by `irt.selection.Reason`.
_WHY = {
    "se": "ability is known as well as was asked for",
    "classified": "it is known on which side of the cut score ability lies",
    "length": "it has the length that was asked for",
    "all": "all that was asked for is met",
    "max_length": "it has the length that it may have",
    "time": "its time for further questions is over",
}


async def held_quiz(connection: AsyncConnection, quiz_id: uuid.UUID) -> Quiz:
    """Return the quiz that the transaction is of. Raises QuizNotFound."""
    quiz = await connection.run_sync(quizzes.find_quiz, quiz_id)
    if quiz is None:
        raise QuizNotFound(f"there is no quiz {quiz_id}; POST /v1/quizzes begins one")
    watch.within(quiz.tenant_id)
    return quiz


def require_open(quiz: Quiz) -> None:
    """Raise QuizSealed or QuizExpired where the quiz takes no more answers."""
    if quiz.sealed_at is not None:
        raise QuizSealed(f"quiz {quiz.id} was handed in at {quiz.sealed_at.isoformat()}; begin another")
    if quiz.expires_at is not None and quiz.expires_at <= quiz.now:
        raise QuizExpired(f"quiz {quiz.id} expired at {quiz.expires_at.isoformat()}; begin another")


async def bank_of(connection: AsyncConnection, banks: Banks, quiz: Quiz) -> Bank:
    """Return the bank that a quiz is pinned to, from memory or its snapshot."""
    if quiz.bank_hash is None:  # begun before banks were kept
        return (await banks.current(connection, quiz.tenant_id, quiz.exam_code)).bank
    lasts = 0.0 if quiz.expires_at is None else (quiz.expires_at - quiz.now).total_seconds()
    return await banks.pinned(connection, quiz.tenant_id, quiz.bank_hash, lasts)


async def next_item(turn: Turn, banks: Banks) -> Served | Over:
    """Return the item to answer now; a new one is written, with its decision and event, before it is shown.

    Where the rules of the quiz end it, that is written, and the caller says so once it is committed.

    Two requests at once get the same item: the second waits for the quiz, and then finds it served.
    Raises QuizSealed, QuizExpired, NoMoreQuestions.
    """
    quiz = turn.quiz
    require_open(quiz)
    if turn.item is not None:
        waiting = next(one for one in turn.history if one.question_id == turn.item[0])
        if turn.text is not None:
            watch.at(waiting.position)
            return Served(waiting.question_id, waiting.version, turn.text)
        await _leave_behind(turn, waiting)
    sitting = await _sitting(turn, banks)
    if quiz.num_questions is not None and len(sitting.scored) >= quiz.num_questions:
        raise NoMoreQuestions(f"quiz {quiz.id} has served all of its {quiz.num_questions} questions")
    served = await (_planned(turn, sitting) if quiz.planned_question_ids else _chosen(turn, sitting))
    if served is None:
        raise NoMoreQuestions(
            f"quiz {quiz.id} has served every question there is for it, {len(turn.history)} in all"
        )
    return served


async def _leave_behind(turn: Turn, waiting: ServedItem) -> None:
    """Skip an item that the tenant that lent it withdrew: nobody can read it any more."""
    await turn.connection.run_sync(quizzes.skip, turn.quiz, waiting.question_id)
    turn.history = [
        replace(one, skipped=True, skipped_at=turn.quiz.now) if one is waiting else one
        for one in turn.history
    ]
    turn.is_unknown()


async def _sitting(turn: Turn, banks: Banks) -> Sitting:
    quiz = turn.quiz
    bank = await bank_of(turn.connection, banks, quiz)
    rules = decisions.rules_of(quiz)
    rows = None
    if quiz.adaptive and not quiz.filters and quiz.num_questions is not None:
        rows = await _rows(bank, rules, quiz.num_questions)
    return Sitting(bank, rules, quiz, turn.history, rows)


async def _rows(bank: Bank, rules: DeliveryRules, length: int) -> Constraints | None:
    """The rows of the blueprint; handing them to a thread and back would cost more than looking them up."""
    if blueprints.are_made(bank, rules, length):
        return blueprints.rows_of(bank, rules, length)
    return await asyncio.to_thread(blueprints.rows_of, bank, rules, length)


async def _planned(turn: Turn, sitting: Sitting) -> Served | None:
    """The next question of a quiz whose questions were drawn when it began, which nobody has withdrawn."""
    quiz, bank = sitting.quiz, sitting.bank
    gone = {item.question_id for item in sitting.history}
    for place in bank.places([one for one in quiz.planned_question_ids or () if one not in gone]).tolist():
        item = (int(bank.question_id[place]), int(bank.version[place]))
        served = await _served(turn, sitting, item, None)
        if served is not None:
            return served
    return None


async def _chosen(turn: Turn, sitting: Sitting) -> Served | Over | None:
    """The item that the quiz's rules choose, which nobody has withdrawn; or why they end the quiz."""
    quiz = sitting.quiz
    reason = decisions.stopped_by(sitting)
    if reason is not None:
        await turn.connection.run_sync(quizzes.write_stop, quiz, reason)
        turn.is_unknown()
        return Over(f"quiz {quiz.id} is over after {len(sitting.scored)} questions: {_WHY[reason]}")
    aside = Aside(elsewhere=turn.elsewhere)
    while (choice := await _choice(sitting, aside)) is not None:
        # The bank may be older than a withdrawal: what is served is checked against the tables.
        served = await _served(turn, sitting, (choice.question_id, choice.version), choice.decision)
        if served is not None:
            watch.decided(choice.decision)
            return served
        aside = replace(aside, withdrawn=(*aside.withdrawn, choice.question_id))
    return None


async def _choice(sitting: Sitting, aside: Aside) -> Choice | None:
    """A choice by maximum information takes microseconds; a shadow test must not hold up other requests."""
    budget = sitting.rules.budget_ms / 1000.0
    if sitting.rows is None:
        return decisions.choose(sitting, aside, budget=budget)
    return await asyncio.to_thread(decisions.choose, sitting, aside, budget=budget)


async def _served(
    turn: Turn, sitting: Sitting, item: tuple[int, int], decision: Decision | None
) -> Served | None:
    """Write an item as served now; None: it was withdrawn, and nothing was written."""
    quiz, position = turn.quiz, sitting.position
    told = served_event(quiz, item, position)
    written = await turn.connection.run_sync(turns.write_served, quiz, item, position, decision, told)
    if written is None:
        return None
    text, xid = written
    watch.at(position)
    turn.becomes([*turn.history, _new(item, position, decision, text)], xid)
    return Served(*item, text)


def served_event(quiz: Quiz, item: tuple[int, int], position: int) -> Event:
    """Return the event of an item (question, version) that is served now."""
    event_id, (question_id, version) = uuid.uuid4(), item
    told = events.question_served(
        event_id=event_id,
        timestamp=quiz.now,
        user_id=quiz.user_id,
        tenant_id=quiz.tenant_id,
        quiz_id=quiz.id,
        question_id=question_id,
        version=version,
        exam_code=quiz.exam_code,
        position=position,
    )
    return Event(event_id, told)


def _new(item: tuple[int, int], position: int, decision: Decision | None, text: ItemText) -> ServedItem:
    """An item just served, as it will be read."""
    return ServedItem(
        question_id=item[0],
        version=item[1],
        position=position,
        skipped=False,
        option_label=None,
        is_correct=None,
        idempotency_key=None,
        home_exam_code=text.home_exam_code,
        difficulty_label=text.difficulty_label,
        pilot=decision is not None and decision.pilot,
        passed_over=None if decision is None else decision.why_not.get("passed_over"),
    )
