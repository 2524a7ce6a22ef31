"""The Postgres sink: a batch wholly or not at all, each event once."""

from __future__ import annotations

import dataclasses
import json
import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from database.queries import dead_letters, telemetry
from ingestion.errors import SinkError
from ingestion.sinks.base import Accepted, Decoded, MovedOnError, Stored, decode_batch
from ingestion.sinks.postgres import PostgresSink, event_row
from ingestion.sources.base import Batch, Message

SOURCE = "log:test:1"


def batch(start: int, *raws: bytes) -> Decoded:
    messages = tuple(Message(start + n, raw) for n, raw in enumerate(raws))
    return decode_batch(Batch(SOURCE, 0, start, start + len(raws), messages))


def stored_ids(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("select event_id::text from telemetry.events")))


def dead(engine: Engine) -> list[tuple[int, str, bytes]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("select position, reason, raw from telemetry.dead_letters order by position")
        )
        return [(row.position, row.reason, bytes(row.raw)) for row in rows]


def test_events_dead_letters_and_position_come_together(pipeline_engine: Engine, events: Any) -> None:
    good = [
        events.one("answer_submitted", time_taken_ms=1234.6, extra={"kept": [1.5, "é"]}),
        events.one("flagged"),
    ]
    raws = [json.dumps(event).encode() for event in good]
    sink = PostgresSink(pipeline_engine)
    outcome = sink.store(batch(0, raws[0], b"\xff\x00", raws[1], events.raw("unheard_of"), raws[0]))
    assert dict(outcome.events) == {"answer_submitted": 1, "flagged": 1}
    assert outcome.repeated == 1
    assert dict(outcome.dead_letters) == {"encoding": 1, "unknown_type": 1}
    assert sink.positions(SOURCE) == {0: 5}
    assert [(position, reason) for position, reason, _ in dead(pipeline_engine)] == [
        (1, "encoding"),
        (3, "unknown_type"),
    ]
    assert dead(pipeline_engine)[0][2] == b"\xff\x00"
    with pipeline_engine.connect() as connection:
        answer = connection.execute(
            text("select * from telemetry.events where event_type = 'answer_submitted'")
        ).one()
        tenant = connection.scalar(
            text("select tenant_id from telemetry.dead_letters where reason = 'unknown_type'")
        )
    assert answer.payload == good[0]
    assert answer.time_taken_ms == 1235
    assert (answer.question_id, answer.selected, answer.is_correct) == tuple(
        good[0][name] for name in ("question_id", "selected", "is_correct")
    )
    assert str(tenant) == good[0]["tenant_id"]


def test_a_batch_from_elsewhere_than_the_position_is_refused(pipeline_engine: Engine, events: Any) -> None:
    sink = PostgresSink(pipeline_engine)
    sink.store(batch(0, events.raw(), events.raw()))
    before = stored_ids(pipeline_engine)
    for start in (0, 1, 3):
        with pytest.raises(MovedOnError):
            sink.store(batch(start, events.raw()))
    assert stored_ids(pipeline_engine) == before
    assert sink.positions(SOURCE) == {0: 2}


def test_a_failed_transaction_leaves_nothing(
    pipeline_engine: Engine, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = PostgresSink(pipeline_engine)
    with monkeypatch.context() as broken:
        broken.setattr(dead_letters, "store", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sink.store(batch(0, events.raw(), b"{"))
    assert stored_ids(pipeline_engine) == set()
    assert sink.positions(SOURCE) == {}
    assert sink.store(batch(0, events.raw(), b"{")).dead_letters == {"malformed": 1}


def test_another_event_under_a_taken_id_is_a_dead_letter(pipeline_engine: Engine, events: Any) -> None:
    event = events.one("flagged")
    other = event | {"question_id": event["question_id"] + 1}
    raw, other_raw = json.dumps(event).encode(), json.dumps(other).encode()
    same_otherwise_written = json.dumps(event, indent=3).encode()
    outcome = PostgresSink(pipeline_engine).store(batch(0, raw, other_raw, same_otherwise_written))
    assert (dict(outcome.events), outcome.repeated) == ({"flagged": 1}, 1)
    assert dict(outcome.dead_letters) == {"event_id_taken": 1}
    assert dead(pipeline_engine) == [(1, "event_id_taken", other_raw)]


def test_an_event_that_another_process_is_just_storing_is_repeated(
    pipeline_engine: Engine, events: Any
) -> None:
    raws = [events.raw("flagged") for _ in range(3)]
    outcomes: list[Stored] = []
    with pipeline_engine.begin() as other:
        (first,) = batch(0, raws[1]).accepted
        telemetry.insert_events(other, [event_row(0, raws[1], first.event)])
        storing = threading.Thread(
            target=lambda: outcomes.append(PostgresSink(pipeline_engine).store(batch(0, *raws)))
        )
        storing.start()
        with pipeline_engine.connect() as watching:
            while not watching.scalar(text("select count(*) from pg_locks where not granted")):
                assert storing.is_alive(), "it did not wait for the other's outcome"
    storing.join()
    assert (dict(outcomes[0].events), outcomes[0].repeated) == ({"flagged": 2}, 1)
    assert len(stored_ids(pipeline_engine)) == len(raws)


HOLES = (b'"hole": "\\u0000"', b'"selected": "AB"')


def poisoned(accepted: Accepted, hole: bytes) -> Accepted:
    """What the contract would have let through, had it a hole: jsonb, or the table, refuses it."""
    raw = accepted.message.raw[:-1] + b", " + hole + b"}"
    return Accepted(Message(accepted.message.position, raw), accepted.event)


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("bad", [{0}, {6}, {3, 4}, set(range(7))])
def test_an_event_that_postgres_refuses_holds_back_no_other(
    pipeline_engine: Engine, events: Any, bad: set[int], hole: bytes
) -> None:
    sound = batch(10, *(events.raw("flagged") for _ in range(7)), b"{", b"[]")
    accepted = tuple(poisoned(one, hole) if n in bad else one for n, one in enumerate(sound.accepted))
    sink = PostgresSink(pipeline_engine)
    outcome = sink.store(dataclasses.replace(sound, accepted=accepted))
    expected = {"refused_by_store": len(bad), "malformed": 1, "not_an_object": 1}
    assert dict(outcome.dead_letters) == expected
    assert sum(outcome.events.values()) == 7 - len(bad)
    assert sink.positions(SOURCE) == {0: 19}
    assert [position for position, reason, _ in dead(pipeline_engine) if reason == "refused_by_store"] == [
        10 + n for n in sorted(bad)
    ]


def test_a_server_that_is_away_is_a_clear_error(events: Any) -> None:
    engine = create_engine(
        "postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 2}
    )
    sink = PostgresSink(engine)
    for use in (lambda: sink.store(batch(0, events.raw())), lambda: sink.positions(SOURCE)):
        with pytest.raises(SinkError, match="qbank doctor"):
            use()
    engine.dispose()


def test_a_server_that_ends_the_connection_loses_nothing(
    pipeline_engine: Engine, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = PostgresSink(pipeline_engine)
    insert_events = telemetry.insert_events

    def killed(connection: Any, rows: Any) -> Any:
        outcome = insert_events(connection, rows)
        pid = connection.scalar(text("select pg_backend_pid()"))
        other = create_engine(pipeline_engine.url)
        with other.begin() as killing:
            killing.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        other.dispose()
        return outcome

    with monkeypatch.context() as restarted:
        restarted.setattr(telemetry, "insert_events", killed)
        with pytest.raises(SinkError, match="or neither"):
            sink.store(batch(0, events.raw(), b"{"))
    assert (stored_ids(pipeline_engine), dead(pipeline_engine), sink.positions(SOURCE)) == (set(), [], {})
    raw = events.raw()
    sink.store(batch(0, raw, b"{"))
    assert stored_ids(pipeline_engine) == {str(uuid.UUID(json.loads(raw)["event_id"]))}
