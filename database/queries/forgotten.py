"""Learners who are forgotten, known by their keyed hashes alone, and how writers keep in step with forgetting.

Whoever writes rows of learners first shares a lock, then asks who is forgotten, within the transaction of the
rows. Forgetting takes the same lock alone before it writes a hash: what was asked before is then committed and
can be removed, what is asked after is told.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert

from database.forgetting import ForgetKey
from database.tables.learners import ForgottenLearner

_LOCK = "qbank.forgotten_learners"


class Writer(enum.IntEnum):
    """Kinds of writers, each with a lock of its own: a quiz that begins does not wait behind an import."""

    IMPORT = 1
    DRAIN = 2
    QUIZ = 3


class Learner(NamedTuple):
    """A learner of a tenant."""

    tenant_id: UUID
    user_id: UUID


def share(connection: Connection, writer: Writer) -> None:
    """Keep new hashes out until the transaction ends; to be called before `among` and `anyone`."""
    connection.execute(
        text("select pg_advisory_xact_lock_shared(hashtext(:lock), :kind)"), {"lock": _LOCK, "kind": writer}
    )


def anyone(connection: Connection, key: ForgetKey) -> bool:
    """Tell whether anyone is forgotten; ForgetKeyError where that was with another key, or there is none."""
    # All rows have the check value of one key (`add`), so that one tells.
    check = connection.scalar(select(ForgottenLearner.key_check).limit(1))
    if check is not None:
        key.require(check)
    return check is not None


def among(connection: Connection, key: ForgetKey, learners: Collection[Learner]) -> frozenset[Learner]:
    """Return those of the learners who are forgotten. Raises as `anyone`."""
    if not learners or not anyone(connection, key):
        return frozenset()
    by_hash = {key.hash(*learner): learner for learner in learners}
    found = connection.scalars(
        select(ForgottenLearner.learner_hash).where(
            ForgottenLearner.learner_hash == func.any(bindparam("hashes", list(by_hash)))
        )
    )
    return frozenset(by_hash[one] for one in found)


def tenants(connection: Connection) -> list[UUID]:
    """Return the tenants that have forgotten somebody."""
    return list(connection.scalars(select(ForgottenLearner.tenant_id).distinct()))


def hashes(connection: Connection) -> list[bytes]:
    """Return the hashes of everyone who is forgotten, of all tenants."""
    return list(connection.scalars(select(ForgottenLearner.learner_hash)))


def add(connection: Connection, key: ForgetKey, learners: Iterable[Learner]) -> None:
    """Keep the hashes of learners, after every writer under way has ended; the first of all makes the key.

    Raises ForgetKeyError as `anyone`, and where a key cannot be made.
    """
    for writer in Writer:
        connection.execute(
            text("select pg_advisory_xact_lock(hashtext(:lock), :kind)"), {"lock": _LOCK, "kind": writer}
        )
    if not anyone(connection, key):
        key.make()
    rows = [
        {"learner_hash": key.hash(*one), "key_check": key.check(), "tenant_id": one.tenant_id}
        for one in learners
    ]
    connection.execute(insert(ForgottenLearner).on_conflict_do_nothing(), rows)
