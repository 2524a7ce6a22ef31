"""Messages through the event log into Postgres, and what must have become of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from ingestion.drain import drain
from ingestion.events import Event, InvalidEvent, Reason, decode
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog
from tests.fuzz.judging import Violation, difference, exact
from tests.fuzz.payloads import Payloads

GOOD_EVERY, REPEAT_EVERY, TAKE_EVERY = 10, 50, 70


class Fate(NamedTuple):
    """A message's place in telemetry.dead_letters."""

    raw: bytes
    reason: str


def between_good_ones(hostile: Sequence[bytes], payloads: Payloads) -> tuple[list[bytes], list[bytes]]:
    """Return `hostile` with good events, repeats and taken ids put in between, and the good ones alone."""
    messages: list[bytes] = []
    good: list[bytes] = []
    for n, raw in enumerate(hostile):
        messages.append(raw)
        if n % GOOD_EVERY == 0:
            good.append(payloads.good())
            messages.append(good[-1])
        if n % REPEAT_EVERY == 0:
            messages.append(good[-1])
        if n % TAKE_EVERY == 0:
            messages.append(good[-1][:-1] + b', "another": true}')
    return messages, good


def store(
    engine: Engine, log: EventLog, messages: Sequence[bytes], good: Sequence[bytes]
) -> tuple[Counter[str], list[Violation]]:
    """Append `messages`, drain, and look at each: count what became of them, and tell what is wrong."""
    start = log.high_watermark(0)
    log.append([Outgoing(None, raw) for raw in messages])
    summary = drain(log, PostgresSink(engine))
    became = Counter(summary.dead_letters) + Counter(stored=summary.stored, repeated=summary.repeated)
    wrong = list(_violations(engine, start, messages, frozenset(good)))
    if became.total() != len(messages):
        wrong.append(Violation(f"{len(messages)} messages came, {became.total()} are accounted for", b""))
    return became, wrong


def _violations(
    engine: Engine, start: int, messages: Sequence[bytes], good: frozenset[bytes]
) -> Iterator[Violation]:
    letters = _letters(engine, start)
    events = {position: found for position, raw in enumerate(messages, start) if (found := _decoded(raw))}
    rows = _rows(engine, [event for event in events.values() if not isinstance(event, str)])
    for position, raw in enumerate(messages, start):
        event, letter = events[position], letters.get(position)
        what = _refused(event, letter, raw) if isinstance(event, str) else _held(event, letter, raw, rows)
        if what is None and letter is not None and raw in good:
            what = "a good event was held back"
        if what is not None:
            yield Violation(what, raw)


def _decoded(raw: bytes) -> Event | str:
    try:
        return decode(raw)
    except InvalidEvent as fault:
        return fault.reason


def _refused(reason: str, letter: Fate | None, raw: bytes) -> str | None:
    if letter is None:
        return f"refused for {reason}, and not among the dead letters"
    if letter.raw != raw:
        return "the dead letter's bytes are not those that came"
    return None if letter.reason == reason else f"refused for {reason}, dead-lettered for {letter.reason}"


def _held(event: Event, letter: Fate | None, raw: bytes, rows: dict[str, Any]) -> str | None:
    row = rows.get(str(event.event_id))
    if letter is not None and (letter.reason != Reason.EVENT_ID_TAKEN or letter.raw != raw):
        return f"valid, and dead-lettered for {letter.reason}"
    if row is None:
        return "valid, and nothing is stored under its event_id"
    if (exact(row.payload) == exact(raw)) is not (letter is None):
        return "what is stored is not what came"
    if letter is not None:
        return None
    if (row.occurred_at, row.time_taken_ms) != (event.timestamp, _rounded(event.time_taken_ms)):
        return "occurred_at or time_taken_ms is not what came"
    not_columns = {name: getattr(event, name) for name in ("exam_code", "position", "time_taken_ms")}
    return difference(event, dict(row._mapping) | not_columns)


def _rounded(taken: float | None) -> int | None:
    return None if taken is None else round(taken)


def _letters(engine: Engine, start: int) -> dict[int, Fate]:
    with engine.connect() as connection:
        found = connection.execute(
            text("select position, raw, reason from telemetry.dead_letters where position >= :start"),
            {"start": start},
        )
        return {row.position: Fate(bytes(row.raw), row.reason) for row in found}


def _rows(engine: Engine, events: Sequence[Event]) -> dict[str, Any]:
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "select event_id::text, event_type, occurred_at, tenant_id::text, user_id::text, quiz_id::text, "
                "question_id, version, selected, is_correct, time_taken_ms, payload::text "
                "from telemetry.events where event_id = any(:ids)"
            ),
            {"ids": [event.event_id for event in events]},
        )
        return {row.event_id: row for row in found}
