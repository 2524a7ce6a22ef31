"""Events into telemetry.events: events, dead letters and positions of a batch in one transaction."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, InterfaceError, OperationalError

from database.errors import ForgetKeyError
from database.forgetting import ForgetKey
from database.queries import dead_letters, forgotten, source_loads, telemetry
from database.queries.dead_letters import LetterRow
from database.queries.forgotten import Writer
from database.queries.telemetry import EventRow
from ingestion.errors import InvalidEvent, SinkError
from ingestion.events import TYPE_NAMES, Event, Reason
from ingestion.sinks.base import Decoded, MovedOnError, Rejected, Stored
from ingestion.sinks.forgotten import without_forgotten

REFUSED = (psycopg.DataError, DataError, psycopg.errors.ProgramLimitExceeded)
_DETAIL_LENGTH = 500
# A consumer that waits for events looks twice a second; limits of freshness are hours.
NOTE_SECONDS = 5.0
_NO_KEY = ForgetKey()


class PostgresSink:
    """Stores events once each, by event_id; `engine` acts as qbank_pipeline.

    `key` is that of the hashes of forgotten learners, of whom nothing is stored.
    """

    name = "postgres"

    def __init__(self, engine: Engine, key: ForgetKey = _NO_KEY) -> None:
        self._engine, self._key = engine, key
        self._noted: dict[str, float] = {}
        self._unnoted: Counter[str] = Counter()

    def positions(self, source_id: str) -> Mapping[int, int]:
        """Return the next position to read, by partition."""
        with self._answering(), self._engine.connect() as connection:
            return telemetry.positions(connection, self.name, source_id)

    def store(self, batch: Decoded) -> Stored:
        """Store a batch in one transaction, and its new position with it.

        Should Postgres refuse an event that the contract let pass, the batch is stored in halves, each in
        a transaction of its own, until that event stands alone and becomes a dead letter: it holds back
        no other.
        """
        return self._store(batch, moving=True)

    def add(self, batch: Decoded) -> Stored:
        """Store what of a batch is new, as `store` does, and leave the position where it is."""
        return self._store(batch, moving=False)

    def place(self, source_id: str, partition: int, position: int) -> None:
        """Set the next position to read."""
        with self._answering(), self._engine.begin() as connection:
            telemetry.place(connection, self.name, source_id, partition, position)

    def caught_up(self, source_id: str, stored: int) -> None:
        """Note it in telemetry.source_loads, at most every NOTE_SECONDS."""
        self._unnoted[source_id] += stored
        now = time.monotonic()
        if now - self._noted.get(source_id, -NOTE_SECONDS) < NOTE_SECONDS:
            return
        with self._answering(), self._engine.begin() as connection:
            source_loads.note(connection, "drain", source_id, self._unnoted[source_id])
        self._noted[source_id], self._unnoted[source_id] = now, 0

    def _store(self, batch: Decoded, *, moving: bool) -> Stored:
        try:
            with self._answering(), self._engine.begin() as connection:
                if moving:
                    self._move(connection, batch)
                forgotten.share(connection, Writer.DRAIN)
                kept, dropped = without_forgotten(connection, self._key, batch)
                return replace(_insert(connection, kept), forgotten=dropped)
        except REFUSED as fault:
            refusal = str(fault).partition("\n")[0][:_DETAIL_LENGTH]
        return _sum(self._store(part, moving=moving) for part in _without_refused(batch, refusal))

    def _move(self, connection: Connection, batch: Decoded) -> None:
        moved = telemetry.move_position(
            connection, self.name, batch.source_id, batch.partition, start=batch.start, end=batch.next
        )
        if not moved:
            raise MovedOnError

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, psycopg.OperationalError) as fault:
            raise _unavailable(fault) from fault
        except ForgetKeyError as fault:
            raise SinkError(
                f"{fault}. Nothing of the batch was stored, and the position did not move"
            ) from fault


def event_row(ordinal: int, raw: bytes, event: Event) -> EventRow:
    """Return the row of `event`, its payload as it came in `raw`."""
    taken = event.time_taken_ms
    return EventRow(
        ordinal,
        event.event_id,
        TYPE_NAMES[type(event)],
        event.timestamp,
        event.tenant_id,
        event.user_id,
        event.quiz_id,
        event.question_id,
        event.version,
        event.is_correct,
        None if taken is None else round(taken),
        raw.decode("utf-8"),
    )


def id_taken(event: Event) -> InvalidEvent:
    """Return why `event` is not stored where another one has its id."""
    return InvalidEvent(
        Reason.EVENT_ID_TAKEN, f"another event is stored under the id {event.event_id}", event.tenant_id
    )


def _insert(connection: Connection, batch: Decoded) -> Stored:
    events: Mapping[str, int] = {}
    rejected, taken = list(batch.rejected), 0
    if batch.accepted:
        rows = (event_row(n, item.message.raw, item.event) for n, item in enumerate(batch.accepted))
        inserted = telemetry.insert_events(connection, rows)
        events, taken = inserted.stored, len(inserted.taken)
        for item in (batch.accepted[n] for n in inserted.taken):
            rejected.append(Rejected(item.message, id_taken(item.event)))
    dead_letters.store(connection, batch.source_id, _letters(batch.partition, rejected))
    reasons = Counter(item.fault.reason for item in rejected)
    return Stored(events, len(batch.accepted) - sum(events.values()) - taken, reasons)


def _letters(partition: int, rejected: Iterable[Rejected]) -> list[LetterRow]:
    return [
        LetterRow(
            item.fault.tenant_id,
            partition,
            item.message.position,
            item.message.raw,
            item.fault.reason,
            item.fault.detail,
        )
        for item in rejected
    ]


def _without_refused(batch: Decoded, refusal: str) -> Sequence[Decoded]:
    """Return `batch` in halves; one of a single event, which is the one refused, with it as rejected."""
    if len(batch.accepted) == 1:
        (item,) = batch.accepted
        fault = InvalidEvent(Reason.REFUSED_BY_STORE, refusal, item.event.tenant_id)
        return (replace(batch, accepted=(), rejected=(*batch.rejected, Rejected(item.message, fault))),)
    middle = batch.accepted[len(batch.accepted) // 2].message.position
    return _part(batch, batch.start, middle), _part(batch, middle, batch.next)


def _part(batch: Decoded, start: int, end: int) -> Decoded:
    return replace(
        batch,
        start=start,
        next=end,
        accepted=tuple(item for item in batch.accepted if start <= item.message.position < end),
        rejected=tuple(item for item in batch.rejected if start <= item.message.position < end),
    )


def _unavailable(fault: Exception) -> SinkError:
    said = str(getattr(fault, "orig", fault)).partition("\n")[0]
    return SinkError(
        f"Postgres did not answer for a batch of events ({said}). The batch is stored wholly and the position moved, "
        "or neither: see that the server runs (`qbank doctor`), then run the command again, which goes on from there"
    )


def _sum(parts: Iterator[Stored]) -> Stored:
    events: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    repeated = dropped = 0
    for part in parts:
        events.update(part.events)
        reasons.update(part.dead_letters)
        repeated += part.repeated
        dropped += part.forgotten
    return Stored(events, repeated, reasons, forgotten=dropped)
