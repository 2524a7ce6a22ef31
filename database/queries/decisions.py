"""The log of selection decisions: why an item was served."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, select

from database.queries.quizzes import Decision
from database.tables import SelectionDecision

_OF_ITEM = ("position", "question_id", "version", "created_at")
_OF_DECISION = tuple(each.name for each in fields(Decision))


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision as it was logged, and the item that it chose."""

    position: int
    question_id: int
    version: int
    decided_at: dt.datetime
    decision: Decision


def logged(connection: Connection, quiz_id: uuid.UUID) -> list[Logged]:
    """Return the decisions of a quiz, in order."""
    log = SelectionDecision
    columns = [getattr(log, name) for name in _OF_ITEM] + [getattr(log, name) for name in _OF_DECISION]
    rows = connection.execute(select(*columns).where(log.quiz_id == quiz_id).order_by(log.position))
    made = []
    for row in rows:
        values: tuple[Any, ...] = tuple(row)
        position, question_id, version, decided_at = values[: len(_OF_ITEM)]
        decision = Decision(**dict(zip(_OF_DECISION, values[len(_OF_ITEM) :], strict=True)))
        made.append(Logged(position, question_id, version, decided_at, decision))
    return made


def last_value(connection: Connection, quiz_id: uuid.UUID) -> float:
    """Return the criterion's value at the item that was chosen last in a quiz.

    Raises NoResultFound before the first choice, and for a planned quiz, which logs none.
    """
    return connection.execute(
        select(SelectionDecision.value)
        .where(SelectionDecision.quiz_id == quiz_id)
        .order_by(SelectionDecision.position.desc())
        .limit(1)
    ).scalar_one()
