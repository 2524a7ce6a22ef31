"""Answers into ClickHouse, counted once each however often they are delivered.

Without transactions, order does it: rows first, then the sums of the hours they touch, the position last. A
crash between any two of them delivers the batch again, and the same rows and sums are written again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from clickhouse_connect.driver.client import Client

from database.errors import ClickHouseUnavailableError, DatabaseError
from database.queries import attempts
from database.queries.attempts import AttemptRow, SourcePlace
from ingestion.errors import SinkError
from ingestion.events import TYPE_NAMES, AnswerSubmitted
from ingestion.sinks.base import Decoded, MovedOnError, Stored

_NEVER = SourcePlace(0, 0)


class ClickHouseSink:
    """Stores events answer_submitted; `connect` opens a client of a database that has its tables.

    It is called when a client is first needed, and again after the server was away.
    """

    name = "clickhouse"

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._client: Client | None = None

    def positions(self, source_id: str) -> Mapping[int, int]:
        """Return the next position to read, by partition."""
        with self._answering() as client:
            return {n: place.position for n, place in attempts.places(client, source_id).items()}

    def store(self, batch: Decoded) -> Stored:
        """Store a batch, then its new position."""
        with self._answering() as client:
            place = attempts.places(client, batch.source_id).get(batch.partition)
            if place is not None and place.position != batch.start:
                raise MovedOnError
            stored = _store(client, batch)
            step = (place or _NEVER).step + 1
            attempts.place(client, batch.source_id, batch.partition, batch.next, step)
            return stored

    def add(self, batch: Decoded) -> Stored:
        """Store what of a batch is new, as `store` does, and leave the position where it is."""
        with self._answering() as client:
            return _store(client, batch)

    def place(self, source_id: str, partition: int, position: int) -> None:
        """Set the next position to read."""
        with self._answering() as client:
            before = attempts.places(client, source_id).get(partition, _NEVER)
            attempts.place(client, source_id, partition, position, before.step + 1)

    def caught_up(self, source_id: str, stored: int) -> None:
        """Keep no note: freshness is asked of what marts are made of, which is Postgres."""

    def close(self) -> None:
        """Let go of connections; the next use opens them again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextlib.contextmanager
    def _answering(self) -> Iterator[Client]:
        try:
            if self._client is None:
                self._client = self._connect()
            yield self._client
        except DatabaseError as fault:
            if isinstance(fault, ClickHouseUnavailableError):
                self.close()  # an embedded server comes back on another port
            raise SinkError(
                f"ClickHouse did not store a batch of answers: {fault}. Its position did not move, and what was "
                "stored will be known again: see that the server runs (`qbank doctor`), then run the command again"
            ) from fault


def attempt_row(event: AnswerSubmitted) -> AttemptRow:
    """Return the row of an answer."""
    return AttemptRow(
        event.timestamp,
        event.question_id,
        event.version,
        event.is_correct,
        round(event.time_taken_ms),
        event.event_id,
        event.selected,
        event.tenant_id,
        event.exam_code,
    )


def _store(client: Client, batch: Decoded) -> Stored:
    """Store rows and sums. What is new is what the touched hours grew by: a replay adds nothing."""
    messages = len(batch.accepted) + len(batch.rejected)
    answers = [one.event for one in batch.accepted if isinstance(one.event, AnswerSubmitted)]
    # The first of an id holds, as in Postgres.
    rows = list({event.event_id: attempt_row(event) for event in reversed(answers)}.values())
    touched = {attempts.item_hour(row) for row in rows}
    before = attempts.attempts_of(client, touched)
    attempts.insert_rows(client, rows)
    attempts.rewrite_hours(client, touched)
    grown = attempts.attempts_of(client, touched) - before
    new = min(max(grown, 0), len(rows))  # another drain may have added to the same hours meanwhile
    events = {TYPE_NAMES[AnswerSubmitted]: new} if new else {}
    return Stored(events, len(answers) - new, {}, messages - len(answers))
