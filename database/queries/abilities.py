"""What an exam's learners are known to be able to."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, select

from database.tables import PersonAbility


def ability_of(
    connection: Connection, tenant_id: uuid.UUID, user_id: uuid.UUID, exam_code: str
) -> tuple[float, float] | None:
    """Return theta of a learner on an exam's scale and its standard error; None: nothing is known."""
    row = connection.execute(
        select(PersonAbility.theta, PersonAbility.se).where(
            PersonAbility.tenant_id == tenant_id,
            PersonAbility.user_id == user_id,
            PersonAbility.exam_code == exam_code,
        )
    ).one_or_none()
    return None if row is None else (row.theta, row.se)
