"""Dead letters: shown with their bytes, replayed where they have become valid, purged by choice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text

from database.queries import dead_letters as kept
from database.queries.dead_letters import LetterRow
from ingestion import dead_letters
from ingestion.dead_letters import LetterFilter
from ingestion.errors import DeadLetterError
from ingestion.sinks.postgres import event_row


def bury(engine: Engine, *raws: bytes, reason: str = "unknown_type") -> list[int]:
    """Dead letters as an older contract left them."""
    with engine.begin() as connection:
        begin = connection.scalar(text("select count(*) from telemetry.dead_letters")) or 0
        rows = [LetterRow(None, 0, begin + n, raw, reason, "of old") for n, raw in enumerate(raws)]
        kept.store(connection, "log:old", rows)
    return [letter.id for letter in dead_letters.list_letters(engine, limit=10**6)][-len(raws) :]


def stored(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("select event_id::text from telemetry.events")))


def test_list_count_and_show(pipeline_engine: Engine) -> None:
    first, second = bury(pipeline_engine, b"\x00\xff", b"{}")
    (third,) = bury(pipeline_engine, b"[]", reason="not_an_object")
    listed = dead_letters.list_letters(pipeline_engine)
    assert [letter.id for letter in listed] == [first, second, third]
    assert {letter.raw for letter in listed} == {None}
    assert [one.id for one in dead_letters.list_letters(pipeline_engine, after=first, limit=1)] == [second]
    assert dead_letters.count(pipeline_engine) == {"unknown_type": 2, "not_an_object": 1}
    letter = dead_letters.show(pipeline_engine, first)
    assert (letter.raw, letter.reason, letter.detail, letter.source_id) == (
        b"\x00\xff",
        "unknown_type",
        "of old",
        "log:old",
    )
    for missing in (third + 1, -1, 10**30):
        with pytest.raises(DeadLetterError, match=str(missing)):
            dead_letters.show(pipeline_engine, missing)


def test_a_replay_stores_exactly_what_is_valid_now(
    pipeline_engine: Engine, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "_BATCH", 4)
    fixed = [events.one() for _ in range(9)]
    raws = [json.dumps(event).encode() for event in fixed]
    for n in range(9):
        raws.insert(2 * n, (b"{", b"[]", b"\xff")[n % 3])
    bury(pipeline_engine, *raws)
    summary = dead_letters.replay(pipeline_engine)
    assert (summary.tried, summary.stored, summary.repeated) == (18, 9, 0)
    assert summary.still_invalid == {"malformed": 3, "not_an_object": 3, "encoding": 3}
    assert stored(pipeline_engine) == {event["event_id"] for event in fixed}
    replayed = dead_letters.list_letters(pipeline_engine, LetterFilter(replayed=True))
    assert [letter.position for letter in replayed] == list(range(1, 18, 2))
    assert "9" in "\n".join(summary.lines())
    again = dead_letters.replay(pipeline_engine)
    assert (again.tried, again.stored, again.repeated) == (9, 0, 0)


def test_a_replay_keeps_to_what_was_asked(pipeline_engine: Engine, events: Any) -> None:
    one, two = bury(pipeline_engine, events.raw(), events.raw())
    (three,) = bury(pipeline_engine, events.raw(), reason="invalid_field")
    assert dead_letters.replay(pipeline_engine, LetterFilter(ids=(two,))).stored == 1
    assert dead_letters.replay(pipeline_engine, LetterFilter(reason="invalid_field")).stored == 1
    left = dead_letters.list_letters(pipeline_engine, LetterFilter(replayed=False))
    assert [letter.id for letter in left] == [one]
    assert three != one


def test_a_letter_whose_event_is_there_already_counts_as_replayed(
    pipeline_engine: Engine, events: Any
) -> None:
    event = events.one("flagged")
    raw = json.dumps(event).encode()
    other = json.dumps(event | {"version": event["version"] + 1}).encode()
    bury(pipeline_engine, raw, raw, other)
    summary = dead_letters.replay(pipeline_engine)
    assert (summary.stored, summary.repeated) == (1, 1)
    assert summary.still_invalid == {"event_id_taken": 1}
    (left,) = dead_letters.list_letters(pipeline_engine, LetterFilter(replayed=False))
    assert dead_letters.show(pipeline_engine, left.id).raw == other


def test_a_letter_that_postgres_still_refuses_holds_back_no_other(
    pipeline_engine: Engine, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a hole in the contract would let pass: jsonb refuses the payload of every third letter.
    def poisoned(ordinal: int, raw: bytes, event: Any) -> Any:
        row = event_row(ordinal, raw, event)
        return row._replace(payload='"\\u0000"') if b"poison" in raw else row

    monkeypatch.setattr(dead_letters, "event_row", poisoned)
    bury(pipeline_engine, *(events.raw("flagged", note="poison" if n % 3 == 0 else "") for n in range(8)))
    summary = dead_letters.replay(pipeline_engine)
    assert (summary.tried, summary.stored, summary.still_invalid) == (8, 5, {"refused_by_store": 3})
    assert len(dead_letters.list_letters(pipeline_engine, LetterFilter(replayed=False))) == 3


def test_an_aborted_replay_changes_nothing(
    pipeline_engine: Engine, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(pipeline_engine, events.raw())
    with monkeypatch.context() as killed:
        killed.setattr(kept, "mark_replayed", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dead_letters.replay(pipeline_engine)
    assert stored(pipeline_engine) == set()
    assert dead_letters.replay(pipeline_engine).stored == 1


def test_purge_removes_what_was_asked_and_no_more(pipeline_engine: Engine, events: Any) -> None:
    bury(pipeline_engine, events.raw(), b"{")
    bury(pipeline_engine, b"[]", reason="not_an_object")
    dead_letters.replay(pipeline_engine)
    assert dead_letters.purge(pipeline_engine, LetterFilter(replayed=True)) == 1
    assert dead_letters.purge(pipeline_engine, LetterFilter(reason="not_an_object")) == 1
    assert [one.size for one in dead_letters.list_letters(pipeline_engine)] == [1]
    assert dead_letters.purge(pipeline_engine, LetterFilter()) == 1
