"""The log of selection decisions: why an item was served."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, select

from database.tables import SelectionDecision


def last_value(connection: Connection, quiz_id: uuid.UUID) -> float | None:
    """Return the criterion's value at the item that was chosen last in a quiz; None before the first."""
    return connection.scalar(
        select(SelectionDecision.value)
        .where(SelectionDecision.quiz_id == quiz_id)
        .order_by(SelectionDecision.position.desc())
        .limit(1)
    )
