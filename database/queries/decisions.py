"""The log of selection decisions: why an item was served."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, select

from database.tables import SelectionDecision


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
