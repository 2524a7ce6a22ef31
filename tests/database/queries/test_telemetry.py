"""The SQL of events: outbox, events, dead letters, positions."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import Connection, Engine, insert, text

from database.queries import dead_letters, telemetry
from database.queries.dead_letters import LetterFilter, LetterRow
from database.queries.telemetry import EventRow
from database.tables.delivery import EventOutbox

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")
AT = dt.datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=dt.UTC)


def row(ordinal: int, event_id: int, **changed: Any) -> EventRow:
    made = EventRow(
        ordinal, uuid.UUID(int=event_id), "answer_submitted", AT, TENANT, uuid.UUID(int=8), uuid.UUID(int=9),
        2**63 - 1, 2**31 - 1, True, 2**31 - 1,
        json.dumps({"n": event_id, "selected": "é", "odd": "\t\\N\n\"'\u2028]\n[\x7f"}),
    )  # fmt: skip
    return made._replace(**changed)


def outbox(connection: Connection, count: int) -> None:
    for _ in range(count):
        event_id = uuid.uuid4()
        connection.execute(
            insert(EventOutbox).values(
                event_id=event_id,
                event_type="flagged",
                quiz_id=uuid.UUID(int=9),
                payload={"event_id": str(event_id)},
            )
        )


def test_events_are_stored_as_they_are(pipeline_engine: Engine) -> None:
    whole = row(0, 1)
    bare = row(
        1, 2, event_type="quiz_started", question_id=None, version=None, is_correct=None, time_taken_ms=None,
        payload='{"n":\n2, "selected"\t:\rnull, "raw": "\u2028 ß \\\\. \\\\N \\"\\" ,"}',
    )  # fmt: skip
    with pipeline_engine.begin() as connection:
        inserted = telemetry.insert_events(connection, [whole, bare])
    assert inserted == telemetry.Inserted({"answer_submitted": 1, "quiz_started": 1}, ())
    with pipeline_engine.connect() as connection:
        stored = connection.execute(
            text(
                "select event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id, version, "
                "is_correct, time_taken_ms, payload, selected from telemetry.events order by event_id"
            )
        ).all()
    for found, given in zip(stored, (whole, bare), strict=True):
        assert tuple(found)[:-2] == tuple(given)[1:-1]
        assert found.payload == json.loads(given.payload)
        assert found.selected == found.payload["selected"]


@pytest.mark.parametrize(
    "option", ['"', "\\", "\n", "\t", "\r", "\x01", "\x7f", ",", " ", "N", "🂡", "\u2028", "\u0301"]
)
def test_an_option_may_be_any_character(pipeline_engine: Engine, option: str) -> None:
    with pipeline_engine.begin() as connection:
        telemetry.insert_events(connection, [row(0, 1, payload=json.dumps({"selected": option}))])
        stored = connection.execute(text("select selected, payload from telemetry.events")).one()
    assert tuple(stored) == (option, {"selected": option})


def test_the_first_of_an_id_stays(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        first = telemetry.insert_events(connection, [row(0, 1), row(1, 1), row(2, 2)])
        again = telemetry.insert_events(
            connection, [row(5, 1), row(6, 2, payload='{"n": "other"}'), row(7, 3), row(8, 3, payload="{}")]
        )
        payloads = connection.scalars(
            text("select payload->>'n' from telemetry.events order by event_id")
        ).all()
    assert first == telemetry.Inserted({"answer_submitted": 2}, ())
    assert again == telemetry.Inserted({"answer_submitted": 1}, (6, 8))
    assert payloads == ["1", "2", "3"]


def test_what_postgres_cannot_hold_is_a_data_error(pipeline_engine: Engine) -> None:
    for payload in ('"\\u0000"', '{"selected": "AB"}'):
        with (
            pytest.raises((psycopg.DataError, sqlalchemy.exc.DataError)),
            pipeline_engine.begin() as connection,
        ):
            telemetry.insert_events(connection, [row(0, 1), row(1, 2, payload=payload)])
    with pipeline_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from telemetry.events")) == 0


def test_positions_move_from_where_they_stand(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        assert telemetry.positions(connection, "postgres", "log:a") == {}
        assert telemetry.move_position(connection, "postgres", "log:a", 0, start=0, end=5)
        assert not telemetry.move_position(connection, "postgres", "log:a", 0, start=0, end=7)
        assert telemetry.move_position(connection, "postgres", "log:a", 0, start=5, end=9)
        assert telemetry.move_position(connection, "postgres", "log:a", 1, start=100, end=101)
        assert telemetry.move_position(connection, "other", "log:a", 0, start=0, end=1)
        assert telemetry.positions(connection, "postgres", "log:a") == {0: 9, 1: 101}
        assert telemetry.positions(connection, "other", "log:a") == {0: 1}
        assert telemetry.positions(connection, "postgres", "log:b") == {}


def test_the_outbox_is_read_in_order_and_marked(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        outbox(connection, 5)
        first = telemetry.unpublished(connection, 3)
        telemetry.mark_published(connection, [row.id for row in first])
        rest = telemetry.unpublished(connection, 10)
    ids = [row.id for row in first + rest]
    assert (len(first), len(rest)) == (3, 2)
    assert ids == sorted(ids)
    assert json.loads(first[0].payload).keys() == {"event_id"}


def test_rows_another_transaction_holds_are_left_to_it(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        outbox(connection, 4)
    with pipeline_engine.begin() as one, pipeline_engine.begin() as two:
        held = {row.id for row in telemetry.unpublished(one, 2)}
        assert held.isdisjoint(row.id for row in telemetry.unpublished(two, 10))


def letters(connection: Connection) -> None:
    dead_letters.store(
        connection,
        "log:a",
        [
            LetterRow(TENANT, 0, 1, b"\x00\xff{", "malformed", "not JSON"),
            LetterRow(None, 0, 2, b"x" * 1000, "unknown_type", "'x'"),
            LetterRow(None, 0, 3, b"", "malformed", "empty"),
        ],
    )


def test_dead_letters_are_kept_raw_and_once(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        letters(connection)
        letters(connection)
        found = dead_letters.find(connection, LetterFilter(), with_raw=True)
        bare = dead_letters.find(connection, LetterFilter())
    assert [(one.position, one.raw, one.size) for one in found] == [
        (1, b"\x00\xff{", 3),
        (2, b"x" * 1000, 1000),
        (3, b"", 0),
    ]
    assert [one.raw for one in bare] == [None] * 3
    assert {one.source_id for one in bare} == {"log:a"}


def test_dead_letters_are_found_by_what_is_asked(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        letters(connection)
        first, second, third = (one.id for one in dead_letters.find(connection, LetterFilter()))
        dead_letters.mark_replayed(connection, [second])

        def found(which: LetterFilter, **options: Any) -> list[int]:
            return [one.id for one in dead_letters.find(connection, which, **options)]

        assert found(LetterFilter(reason="malformed")) == [first, third]
        assert found(LetterFilter(ids=(second, third), reason="malformed")) == [third]
        assert found(LetterFilter(ids=())) == []
        assert found(LetterFilter(replayed=True)) == [second]
        assert found(LetterFilter(replayed=False)) == [first, third]
        assert found(LetterFilter(received_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))) == []
        assert found(LetterFilter(), after=first, limit=1) == [second]
        assert dead_letters.count(connection, LetterFilter()) == {"malformed": 2, "unknown_type": 1}
        assert [one.id for one in dead_letters.lock_open(connection, [first, second])] == [first]
        assert dead_letters.remove(connection, LetterFilter(reason="malformed")) == 2
        assert found(LetterFilter()) == [second]
