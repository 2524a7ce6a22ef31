"""Events on their way and arrived: the outbox, telemetry.events, and how far each sink has read.

All functions act within the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection as DriverConnection
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from database.tables.delivery import EventOutbox
from database.tables.telemetry import SourcePosition

_STAGED = (
    "event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id, version, is_correct, "
    "time_taken_ms, payload"
)
# COPY FROM is refused on tables with row-level security, hence the way through a table of our own.
_STAGE = f"""
create temp table staged_events on commit drop as
select 0 as ordinal, {_STAGED} from telemetry.events with no data
"""
# A row is a JSON array without its brackets: CSV whose quotes are escaped by backslashes. It takes half
# the time of writing column by column. CSV knows none of the other escapes of JSON, those of control characters.
_COPY = f"""
copy staged_events (ordinal, {_STAGED}) from stdin (format csv, null 'null', escape '\\', encoding 'UTF8')
"""
_CONTROL = str.maketrans("\t\n\r", "   ")  # between the tokens of JSON, where alone it has them as they are
_BLOCK_ROWS = 1_000
_encode_row = msgspec.json.Encoder().encode
_STORE = f"""
with stored as (
    insert into telemetry.events ({_STAGED}, selected)
    select {_STAGED}, payload ->> 'selected' from staged_events {{order}} {{conflict}}
    returning event_type
)
select event_type, count(*) as n from stored group by event_type order by event_type
"""
# Looking for each id beforehand makes an insert dearer by a third, and a batch rarely holds one that is stored.
_INSERT_ALL = _STORE.format(order="", conflict="")
_INSERT_NEW = _STORE.format(order="order by ordinal", conflict="on conflict (event_id) do nothing")
_TAKEN = """
select s.ordinal from staged_events s join telemetry.events e using (event_id)
where s.payload <> e.payload order by s.ordinal
"""


class EventRow(NamedTuple):
    """A valid event as it is stored; `ordinal` is for the caller to know it again, `payload` is JSON text.

    The option chosen, `selected`, is taken from the payload.
    """

    ordinal: int
    event_id: UUID
    event_type: str
    occurred_at: dt.datetime
    tenant_id: UUID
    user_id: UUID
    quiz_id: UUID
    question_id: int | None
    version: int | None
    is_correct: bool | None
    time_taken_ms: int | None
    payload: str


@dataclass(frozen=True)
class Inserted:
    """What became of event rows: counts stored by type, and the ordinals of those whose id was taken.

    Taken means that another event, with another payload, has the id. The rest were there already.
    """

    stored: dict[str, int]
    taken: tuple[int, ...]


class OutboxRow(NamedTuple):
    """An event to be published; `payload` is JSON text."""

    id: int
    quiz_id: UUID
    payload: str


class OutboxBacklog(NamedTuple):
    """Events that the relay has not published yet."""

    waiting: int
    oldest_at: dt.datetime | None


def lock_relay(connection: Connection) -> None:
    """Be the one relay until the transaction ends, so that what it publishes keeps the order of its ids."""
    connection.execute(text("select pg_advisory_xact_lock(hashtext('qbank.event_outbox'))"))


def unpublished(connection: Connection, limit: int) -> list[OutboxRow]:
    """Lock and return the oldest `limit` events not published yet, in order."""
    rows = connection.execute(
        text(
            "select id, quiz_id, payload::text from event_outbox where published_at is null "
            "order by id limit :limit for update skip locked"
        ),
        {"limit": limit},
    )
    return [OutboxRow._make(row) for row in rows]


def outbox_backlog(connection: Connection) -> OutboxBacklog:
    """Return how many events wait in the outbox, and since when."""
    row = connection.execute(
        select(func.count(), func.min(EventOutbox.created_at)).where(EventOutbox.published_at.is_(None))
    ).one()
    return OutboxBacklog._make(row)


def mark_published(connection: Connection, ids: Sequence[int]) -> None:
    """Mark events of the outbox as published now."""
    connection.execute(
        update(EventOutbox)
        .where(EventOutbox.id == func.any(bindparam("ids", list(ids))))
        .values(published_at=func.now())
    )


def insert_events(connection: Connection, rows: Iterable[EventRow]) -> Inserted:
    """Store events whose id is new; the first of an id stays, here and in the table.

    Raises psycopg's or SQLAlchemy's DataError where Postgres cannot hold a row.
    """
    connection.execute(text(_STAGE))
    count, waiting = 0, iter(rows)
    with _driver(connection).cursor() as cursor, cursor.copy(_COPY) as copy:
        while block := list(islice(waiting, _BLOCK_ROWS)):
            copy.write(_as_csv(block))
            count += len(block)
    stored = _insert_staged(connection)
    taken: tuple[int, ...] = ()
    if sum(stored.values()) < count:
        taken = tuple(connection.execute(text(_TAKEN)).scalars())
    connection.execute(text("drop table staged_events"))  # a transaction may store more than one batch
    return Inserted(stored, taken)


def _as_csv(rows: Sequence[EventRow]) -> bytes:
    return b"".join([_encode_row(_on_one_line(row))[1:-1] + b"\n" for row in rows])


def _on_one_line(row: EventRow) -> EventRow:
    payload = row.payload
    if "\n" in payload or "\t" in payload or "\r" in payload:
        return row._replace(payload=payload.translate(_CONTROL))
    return row


def _insert_staged(connection: Connection) -> dict[str, int]:
    """Insert what is staged as if each id were new; where one is not, go back and insert those that are."""
    try:
        with connection.begin_nested():
            return _counts(connection, _INSERT_ALL)
    except IntegrityError as fault:
        if not isinstance(fault.orig, UniqueViolation):
            raise
    return _counts(connection, _INSERT_NEW)


def _counts(connection: Connection, statement: str) -> dict[str, int]:
    return {row.event_type: row.n for row in connection.execute(text(statement))}


def positions(connection: Connection, sink: str, source_id: str) -> dict[int, int]:
    """Return the next position to read, by partition, of one sink and source."""
    rows = connection.execute(
        select(SourcePosition.partition, SourcePosition.position).where(
            SourcePosition.sink == sink, SourcePosition.source_id == source_id
        )
    )
    return {row.partition: row.position for row in rows}


def move_position(
    connection: Connection, sink: str, source_id: str, partition: int, *, start: int, end: int
) -> bool:
    """Move a sink's position from `start` to `end`; False, and nothing moved, where it stands elsewhere.

    The row stays locked until the transaction ends, so that a second drain waits and then sees the move.
    """
    connection.execute(
        insert(SourcePosition)
        .values(sink=sink, source_id=source_id, partition=partition, position=start)
        .on_conflict_do_nothing()
    )
    moved = connection.execute(
        update(SourcePosition)
        .where(
            SourcePosition.sink == sink,
            SourcePosition.source_id == source_id,
            SourcePosition.partition == partition,
            SourcePosition.position == start,
        )
        .values(position=end, updated_at=func.now())
    )
    return moved.rowcount == 1


def place(connection: Connection, sink: str, source_id: str, partition: int, position: int) -> None:
    """Set a sink's position, wherever it stands."""
    connection.execute(
        insert(SourcePosition)
        .values(sink=sink, source_id=source_id, partition=partition, position=position)
        .on_conflict_do_update(
            index_elements=["sink", "source_id", "partition"],
            set_={"position": position, "updated_at": func.now()},
        )
    )


def _driver(connection: Connection) -> DriverConnection[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, DriverConnection)
    return driver
