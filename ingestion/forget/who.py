"""Who is meant by a user id or by the identifier of the tenant's own system."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from database.queries import forgetting
from database.queries.forgetting import Person
from ingestion.errors import LearnerError
from ingestion.persons import user_id


def resolve(connection: Connection, tenant: UUID, name: str) -> Person:
    """Return the tenant's learner of that user id or identifier, also one who was forgotten before.

    An import derives a user id from the identifier: it is among the ids even where the learner has another
    one, so that no file brings them back. Raises LearnerError where the name is that of two learners.
    """
    found = forgetting.find(connection, tenant, name)
    if len(found) > 1:
        raise LearnerError(
            f"{name!r} is the user id of one learner of tenant {tenant} and the identifier of another: give the user "
            f"id of the one who is meant, {' or '.join(str(user) for user, _ in found)}"
        )
    refs = [ref for _, ref in found if ref is not None] if found else [name]
    ids = [user for user, _ in found] or _as_id(name)
    derived = [user_id(tenant, ref) for ref in refs]
    return Person(tenant, tuple(dict.fromkeys([*ids, *derived])), tuple(refs))


def _as_id(name: str) -> list[UUID]:
    try:
        return [UUID(name)]
    except ValueError:
        return []
