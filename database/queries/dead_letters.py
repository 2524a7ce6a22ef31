"""Messages that were no events, as they are kept: stored, found, counted, marked as replayed, deleted.

All functions act within the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, func, select, text, update
from sqlalchemy.dialects import postgresql

from database.tables.telemetry import DeadLetter


class LetterRow(NamedTuple):
    """A dead letter to be stored."""

    tenant_id: UUID | None
    partition: int
    position: int
    raw: bytes
    reason: str
    detail: str


@dataclass(frozen=True)
class LetterFilter:
    """Which dead letters are meant; every condition given must hold, none given means all."""

    ids: tuple[int, ...] | None = None
    reason: str | None = None
    received_before: dt.datetime | None = None
    replayed: bool | None = None


class StoredLetter(NamedTuple):
    """A dead letter as it is stored, `size` in bytes; `raw` only where it was asked for."""

    id: int
    source_id: str
    partition: int
    position: int
    reason: str
    detail: str
    received_at: dt.datetime
    replayed_at: dt.datetime | None
    size: int
    raw: bytes | None


def store(connection: Connection, source_id: str, letters: Sequence[LetterRow]) -> None:
    """Store messages that are not events; one that is stored from this place already is left as it is."""
    if letters:
        connection.execute(
            postgresql.insert(DeadLetter).on_conflict_do_nothing(),
            [{"source_id": source_id, **letter._asdict()} for letter in letters],
        )


def find(
    connection: Connection, which: LetterFilter, *, after: int = 0, limit: int = 100, with_raw: bool = False
) -> list[StoredLetter]:
    """Return dead letters with an id above `after`, in order of id, at most `limit`."""
    raw = DeadLetter.raw if with_raw else text("null::bytea")
    rows = connection.execute(
        select(
            DeadLetter.id,
            DeadLetter.source_id,
            DeadLetter.partition,
            DeadLetter.position,
            DeadLetter.reason,
            DeadLetter.detail,
            DeadLetter.received_at,
            DeadLetter.replayed_at,
            func.length(DeadLetter.raw),
            raw,
        )
        .where(DeadLetter.id > after, *_conditions(which))
        .order_by(DeadLetter.id)
        .limit(limit)
    )
    return [StoredLetter._make(row) for row in rows]


def count(connection: Connection, which: LetterFilter) -> dict[str, int]:
    """Return how many dead letters there are, by reason, most frequent first."""
    n = func.count().label("n")
    rows = connection.execute(
        select(DeadLetter.reason, n)
        .where(*_conditions(which))
        .group_by(DeadLetter.reason)
        .order_by(n.desc(), DeadLetter.reason)
    )
    return {row.reason: row.n for row in rows}


def lock_open(connection: Connection, ids: Sequence[int]) -> list[StoredLetter]:
    """Lock and return, with their bytes, those of these letters that have not been replayed."""
    open_ids = connection.scalars(
        select(DeadLetter.id)
        .where(DeadLetter.id.in_(ids), DeadLetter.replayed_at.is_(None))
        .order_by(DeadLetter.id)
        .with_for_update()
    ).all()
    return find(connection, LetterFilter(tuple(open_ids)), limit=len(open_ids), with_raw=True)


def mark_replayed(connection: Connection, ids: Sequence[int]) -> None:
    """Mark dead letters as replayed now."""
    connection.execute(update(DeadLetter).where(DeadLetter.id.in_(ids)).values(replayed_at=func.now()))


def remove(connection: Connection, which: LetterFilter) -> int:
    """Delete dead letters and return how many."""
    return connection.execute(delete(DeadLetter).where(*_conditions(which))).rowcount


def _conditions(which: LetterFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.ids is not None:
        conditions.append(DeadLetter.id.in_([one for one in which.ids if abs(one) < 2**63]))  # bigint's
    if which.reason is not None:
        conditions.append(DeadLetter.reason == which.reason)
    if which.received_before is not None:
        conditions.append(DeadLetter.received_at < which.received_before)
    if which.replayed is not None:
        replayed = DeadLetter.replayed_at.is_not(None)
        conditions.append(replayed if which.replayed else ~replayed)
    return conditions
