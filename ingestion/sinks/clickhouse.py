"""Answers into ClickHouse, counted once each however often they are delivered.

Without transactions, order does it: rows first, then the sums of the hours they touch, the position last. A
crash between any two of them delivers the batch again, and the same rows and sums are written again. Who is
forgotten is asked before the rows are written and again after: what came in between is taken out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from clickhouse_connect.driver.client import Client

from database.errors import ClickHouseUnavailableError, DatabaseError
from database.forgetting import ForgetKey
from database.queries import attempts, attempts_forgotten
from database.queries.attempts import AttemptKey, AttemptRow, SourcePlace
from database.queries.forgotten import Learner
from ingestion.errors import SinkError
from ingestion.events import TYPE_NAMES, AnswerSubmitted
from ingestion.sinks.base import Decoded, MovedOnError, Stored
from ingestion.sinks.forgotten import known_by_hash, leave_out

_NEVER = SourcePlace(0, 0)
_NO_KEY = ForgetKey()


class ClickHouseSink:
    """Stores events answer_submitted; `connect` opens a client of a database that has its tables.

    It is called when a client is first needed, and again after the server was away. `key` is that of the
    hashes of forgotten learners; `listed` returns those that Postgres keeps, which a server made anew or
    restored from a copy does not have. It is asked for before the first batch of each connection.
    """

    name = "clickhouse"

    def __init__(
        self,
        connect: Callable[[], Client],
        key: ForgetKey = _NO_KEY,
        listed: Callable[[], Collection[bytes]] | None = None,
    ) -> None:
        self._connect, self._key, self._listed = connect, key, listed
        self._client: Client | None = None
        self._is_told = False

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
            stored = self._store(client, batch)
            step = (place or _NEVER).step + 1
            attempts.place(client, batch.source_id, batch.partition, batch.next, step)
            return stored

    def add(self, batch: Decoded) -> Stored:
        """Store what of a batch is new, as `store` does, and leave the position where it is."""
        with self._answering() as client:
            return self._store(client, batch)

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
            self._client, self._is_told = None, False

    def _store(self, client: Client, batch: Decoded) -> Stored:
        if self._listed is not None and not self._is_told:
            attempts_forgotten.keep_hashes(client, self._listed())
            self._is_told = True
        known = attempts_forgotten.hashes(client)
        gone = known_by_hash(self._key, known, batch)
        kept, _ = leave_out(batch, gone)
        rows = _rows(kept)
        touched = {attempts.item_hour(row) for row in rows}
        before = attempts.attempts_of(client, touched)
        attempts.insert_rows(client, rows)
        attempts.rewrite_hours(client, touched)
        gone |= known_by_hash(self._key, attempts_forgotten.hashes(client) - known, kept)
        kept, dropped = leave_out(batch, gone)
        if dropped:
            theirs = _answers(_of(batch, gone))
            attempts_forgotten.remove(client, [key_of(attempt_row(event)) for event in theirs])
            rows = _rows(kept)
        grown = attempts.attempts_of(client, touched) - before
        # Another drain may have added to the same hours meanwhile.
        return _stored(kept, min(max(grown, 0), len(rows)), dropped)

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


def key_of(row: AttemptRow) -> AttemptKey:
    """Return what tells a row from every other one."""
    return AttemptKey(row.ts, row.question_id, row.version, row.event_id)


def _answers(batch: Decoded) -> list[AnswerSubmitted]:
    return [one.event for one in batch.accepted if isinstance(one.event, AnswerSubmitted)]


def _rows(batch: Decoded) -> list[AttemptRow]:
    """Return the rows of a batch's answers; the first of an id holds, as in Postgres."""
    return list({event.event_id: attempt_row(event) for event in reversed(_answers(batch))}.values())


def _of(batch: Decoded, learners: Collection[Learner]) -> Decoded:
    """Return the part of a batch that is of these learners."""
    theirs = (one for one in batch.accepted if Learner(one.event.tenant_id, one.event.user_id) in learners)
    return replace(batch, accepted=tuple(theirs), rejected=())


def _stored(kept: Decoded, new: int, dropped: int) -> Stored:
    """Return what was done. What is new is what the touched hours grew by: a replay adds nothing."""
    answers, messages = len(_answers(kept)), len(kept.accepted) + len(kept.rejected)
    events = {TYPE_NAMES[AnswerSubmitted]: new} if new else {}
    return Stored(events, answers - new, {}, messages - answers, dropped)
