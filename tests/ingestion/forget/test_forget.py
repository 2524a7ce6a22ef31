"""A learner is forgotten in every store, and nothing brings them back."""

from __future__ import annotations

import threading
import uuid
from contextlib import closing
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from clickhouse_connect.driver.client import Client
from sqlalchemy import insert, text

from database import clickhouse
from database.errors import ForgetKeyError
from database.forgetting import ForgetKey
from database.queries import attempts, attempts_forgotten, forgetting, forgotten
from database.queries import dead_letters as dead_letters_kept
from database.tables import AppUser, EventOutbox, QuizSession
from ingestion import dead_letters
from ingestion.drain import drain_all
from ingestion.errors import LearnerError
from ingestion.forget import files, forget
from ingestion.imports import ImportRequest, import_exam
from ingestion.positions import move
from ingestion.relay import relay_once
from ingestion.replay import replay
from ingestion.sinks import ClickHouseSink, PostgresSink
from ingestion.sources import Outgoing
from ingestion.sources.event_log import EventLog
from tests.ingestion.forget.world import ANN_ID, BOB, BOB_ID, BOBS_WORDS, TENANT, World


@pytest.fixture
def log(world: World) -> EventLog:
    return EventLog(world.home / "event_log" / "events.qbank", "events.qbank", segment_bytes=3000)


@pytest.fixture
def filled(world: World, log: EventLog, sinks: Any) -> World:
    """The world after its messages were drained into both stores; one event still waits in the outbox."""
    log.append([Outgoing(None, raw) for raw in world.messages()])
    first, second = drain_all(log, sinks())
    assert (first.faults, second.faults) == ((), ())
    assert (first.stored, second.stored, sum(first.dead_letters.values())) == (15, 10, 7)
    return world


def needles(world: World) -> list[str]:
    return [str(BOB_ID), BOB_ID.hex, BOB, str(world.quizzes[BOB_ID]), BOBS_WORDS]


def event_ids_of(world: World, user: uuid.UUID) -> list[str]:
    with world.engine.connect() as connection:
        found = connection.scalars(
            text(f"select event_id::text from telemetry.events where user_id = '{user}'")
        )
        return list(found)


def of_ann(world: World) -> dict[str, int]:
    """Return how many rows Ann has in every table that knows learners."""
    tables = (
        "user_responses", "quiz_sessions", "person_ability", "person_ability_windows", "cohort_members",
        "telemetry.events", "analytics.fact_thing", "analytics_candidate.fact_thing",
    )  # fmt: skip
    with world.engine.connect() as connection:
        return {
            table: connection.scalar(text(f"select count(*) from {table} where user_id = '{ANN_ID}'"))
            for table in tables
        }


def test_nothing_is_left_and_nothing_comes_back(
    filled: World, log: EventLog, client: Client, stores: Any, sinks: Any
) -> None:
    world, bob = filled, needles(filled)
    assert len(world.traces(client, bob)) > 25, "the search finds what is there"
    words = [one.partition(": ")[0] for one in world.traces(client, [BOBS_WORDS])]
    assert "telemetry.events.payload" in words
    assert any(one.endswith(".segment") for one in words)
    assert not [one for one in words if one.startswith(("analytics", "clickhouse"))]
    ann, published = of_ann(world), world.published()
    events_of_bob = event_ids_of(world, BOB_ID)
    assert any(one.startswith("clickhouse") for one in world.traces(client, events_of_bob))

    summary = forget(stores({"event log": log}), TENANT, BOB)
    assert summary.rows == {
        "analytics.as_text": 1,
        "analytics.fact_thing": 2,
        "analytics.of_quizzes": 1,
        "analytics_candidate.as_text": 1,
        "analytics_candidate.fact_thing": 2,
        "analytics_candidate.of_quizzes": 1,
        "app_users": 1,
        "cohort_members": 1,
        "event_outbox": 2,
        "person_ability": 1,
        "person_ability_windows": 1,
        "quiz_items": 6,
        "quiz_sessions": 2,
        "selection_decisions": 2,
        "telemetry.dead_letters": 5,
        "telemetry.events": 6,
        "user_responses": 6,
    }
    assert summary.answers == 4
    assert summary.messages == {"event log": 11}
    assert set(summary.files) >= {"reports/data-quality-EX.html", "ingestion/postgres.json"}
    assert summary.files_left == ()
    assert world.traces(client, [*bob, *events_of_bob]) == []
    assert of_ann(world) == ann
    assert world.published() == published

    def searched(store: str) -> None:
        assert world.traces(client, [*bob, *events_of_bob]) == [], store

    relay_once(world.engine, log)
    log.append([Outgoing(None, raw) for raw in world.messages()])  # what a producer still had
    for sink in sinks():
        move(log, sink, 0, 0)
    for one in drain_all(log, sinks()):
        assert one.faults == ()
        assert one.forgotten == {"postgres": 11, "clickhouse": 6}[one.sink]
        assert one.read == one.stored + one.repeated + one.passed_over + one.forgotten + sum(
            one.dead_letters.values()
        )
    replay(log, sinks())
    # The log has what was appended since. Erased once more, it is as clean as the stores are.
    again = forget(stores({"event log": log}), TENANT, BOB)
    assert (again.known_before, again.rows, again.answers, again.messages) == (True, {}, 0, {"event log": 11})
    searched("drained from the beginning and replayed")
    dead_letters.replay(world.engine, key=world.key)
    searched("dead letters replayed")
    imported = world.import_files()
    assert imported.rejects["person asked to be forgotten"] == 5
    searched("imported again")
    assert of_ann(world) | {"telemetry.events": 0} == ann | {"telemetry.events": 0}


def test_a_dry_run_counts_the_same_and_changes_nothing(
    filled: World, log: EventLog, client: Client, stores: Any
) -> None:
    before = filled.traces(client, needles(filled))
    counted = forget(stores({"event log": log}), TENANT, BOB, dry_run=True)
    assert filled.traces(client, needles(filled)) == before
    assert not (filled.home / "forget.key").exists()
    with filled.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from forgotten_learners")) == 0
        assert connection.scalar(text("select count(*) from mart_refresh_requests")) == 0
    done = forget(stores({"event log": log}), TENANT, str(BOB_ID))
    assert (counted.rows, counted.answers, counted.messages, counted.files) == (
        done.rows,
        done.answers,
        done.messages,
        done.files,
    )


class Crash(BaseException):
    pass


STEPS = (
    (forgotten, "add"),
    (attempts_forgotten, "keep_hashes"),
    (forgetting, "take_dead_letters"),
    (forgetting, "remove_rows"),
    (attempts_forgotten, "remove"),
    (attempts_forgotten, "settle_hours"),
    (EventLog, "erase"),
    (files, "clean"),
)


@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _, step in STEPS])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_before_or_after_any_step_it_is_run_again_and_ends_complete(
    filled: World, log: EventLog, client: Client, stores: Any, module: Any, step: str, after: bool
) -> None:
    real = getattr(module, step)

    def dies(*arguments: Any, **named: Any) -> Any:
        if after:
            real(*arguments, **named)
        raise Crash

    gone = [*needles(filled), *event_ids_of(filled, BOB_ID)]
    with patch.object(module, step, dies), pytest.raises(Crash):
        forget(stores({"event log": log}), TENANT, BOB)
    forget(stores({"event log": log}), TENANT, BOB)
    assert filled.traces(client, gone) == []
    with closing(EventLog(log.folder, "events.qbank")) as reread:
        assert len(reread.read(0, 0, 22, 100, 10**6).messages) == 22 - 11
    sums = client.query("select sum(attempts) from item_attempts_hourly final").result_rows
    assert sums == client.query("select count() from item_attempts final").result_rows == [(6,)]


def test_who_is_forgotten_between_asking_and_writing_is_not_in_clickhouse(
    world: World, log: EventLog, client: Client, stores: Any, sinks: Any
) -> None:
    """The whole of `forget` runs while a batch with the learner's answers is about to be inserted."""
    log.append([Outgoing(None, raw) for raw in world.messages()])
    _, clickhouse_sink = sinks()
    insert_rows = attempts.insert_rows

    def late(*arguments: Any) -> None:
        with patch.object(attempts, "insert_rows", insert_rows):
            forget(stores({"event log": log}), TENANT, BOB)
        insert_rows(*arguments)

    with patch.object(attempts, "insert_rows", late):
        (summary,) = drain_all(log, [clickhouse_sink])
    assert (summary.stored, summary.forgotten, summary.faults) == (6, 6, ())
    assert sum(attempts.count_by_item(client).values()) == 6
    sums = client.query("select sum(attempts) from item_attempts_hourly final").result_rows
    assert sums == [(6,)]


def test_a_drain_under_way_is_waited_for_and_its_rows_go_too(
    world: World, log: EventLog, client: Client, stores: Any, sinks: Any
) -> None:
    log.append([Outgoing(None, raw) for raw in world.messages()])
    begun, forgetter = threading.Event(), list[threading.Thread]()
    store = dead_letters_kept.store

    def slow(*arguments: Any) -> None:
        """The last step of the drain's transaction, by which events are written and not committed."""
        forgetter.append(threading.Thread(target=forget, args=(stores({"event log": log}), TENANT, BOB)))
        forgetter[0].start()
        begun.wait(1.0)
        store(*arguments)

    with patch.object(dead_letters_kept, "store", slow):
        (summary, _) = drain_all(log, sinks())
    forgetter[0].join()
    assert (summary.stored, summary.faults) == (15, ())
    assert world.traces(client, needles(world)) == []


def test_a_quiz_under_way_takes_no_more_answers(filled: World, log: EventLog, stores: Any) -> None:
    """An answer that holds the quiz commits first, and its row and event go with the rest."""
    quiz, done = filled.quizzes[BOB_ID], threading.Event()
    with filled.engine.connect() as connection, connection.begin():
        connection.execute(text("select from quiz_sessions where id = :quiz for update"), {"quiz": quiz})
        thread = threading.Thread(
            target=lambda: (forget(stores({"event log": log}), TENANT, BOB), done.set())
        )
        thread.start()
        assert not done.wait(1.0)
        connection.execute(
            insert(EventOutbox).values(
                event_id=uuid.uuid4(), event_type="flagged", quiz_id=quiz, payload={"user_id": str(BOB_ID)}
            )
        )
    thread.join()
    assert filled.traces(None, needles(filled)) == []


def test_a_learner_of_the_api_alone_is_known_by_the_user_id(world: World, log: EventLog, stores: Any) -> None:
    user = uuid.uuid4()
    with world.engine.begin() as connection:
        connection.execute(insert(QuizSession).values(id=uuid.uuid4(), user_id=user))
    assert forget(stores({"event log": log}), TENANT, str(user).upper()).rows == {"quiz_sessions": 1}
    assert world.traces(None, [str(user)]) == []


def test_a_learner_with_an_id_of_their_own_stays_away_from_imports_too(
    world: World, log: EventLog, stores: Any
) -> None:
    with world.engine.begin() as connection:
        connection.execute(insert(AppUser).values(id=uuid.uuid4(), tenant_id=TENANT, external_ref="dora"))
    forget(stores({"event log": log}), TENANT, "dora")
    (world.files / "more.csv").write_text("person,item,response\ndora,i1,A\ncy,i1,B\n")
    request = ImportRequest(
        "EX", world.files / "items.csv", world.files / "more.csv", TENANT, 1, world.home / "imports",
        forget_key=world.key,
    )  # fmt: skip
    assert import_exam(world.engine, request).rejects == {"person asked to be forgotten": 1}


@pytest.mark.parametrize("dry_run", [False, True])
def test_somebody_of_whom_nothing_is_known_is_an_error_and_not_kept(
    world: World, log: EventLog, stores: Any, dry_run: bool
) -> None:
    with pytest.raises(LearnerError, match="nothing is known of a learner 'nobody'"):
        forget(stores({"event log": log}), TENANT, "nobody", dry_run=dry_run)
    with pytest.raises(LearnerError):  # of another tenant
        forget(stores({"event log": log}), uuid.UUID(int=8), BOB, dry_run=dry_run)
    with world.engine.connect() as connection:
        assert forgotten.hashes(connection) == []


def test_a_name_of_two_learners_is_an_error(world: World, log: EventLog, stores: Any) -> None:
    with world.engine.begin() as connection:
        connection.execute(
            insert(AppUser).values(id=uuid.uuid4(), tenant_id=TENANT, external_ref=str(BOB_ID))
        )
    with pytest.raises(LearnerError, match="identifier of another"):
        forget(stores({"event log": log}), TENANT, str(BOB_ID))


def test_with_another_key_nothing_is_forgotten_nor_stored(
    filled: World, log: EventLog, stores: Any, clickhouse_url: str
) -> None:
    forget(stores({"event log": log}), TENANT, BOB)
    other = ForgetKey(given="another key of thirty-two letters")
    with pytest.raises(ForgetKeyError, match="not the key that forgotten learners were hashed with"):
        forget(replace(stores({"event log": log}), key=other), TENANT, "ann")
    log.append([Outgoing(None, filled.event("flagged", ANN_ID))])
    for key in (other, ForgetKey(filled.files)):
        (summary,) = drain_all(log, [PostgresSink(filled.engine, key)])
        assert [str(fault) for fault in summary.faults if "QBANK_FORGET_KEY" in str(fault)] != []
        assert summary.read == 0
    assert of_ann(filled)["telemetry.events"] == 6


def test_a_clickhouse_made_anew_is_told_before_it_is_filled(
    filled: World, log: EventLog, client: Client, stores: Any, clickhouse_url: str
) -> None:
    archive = [Outgoing(None, raw) for raw in filled.messages()]
    forget(stores({"event log": log}), TENANT, BOB)
    log.append(archive)
    for table in ("item_attempts", "item_attempts_hourly", "forgotten_learners"):
        client.command(f"truncate table {table}")

    def listed() -> list[bytes]:
        with filled.engine.connect() as connection:
            return forgotten.hashes(connection)

    sink = ClickHouseSink(lambda: clickhouse.open_url(clickhouse_url), filled.key, listed)
    (summary,) = replay(log, [sink])
    assert (summary.stored, summary.forgotten) == (12, 6)
    sink.close()
