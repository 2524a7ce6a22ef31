"""A learner is forgotten in every store, and nothing brings them back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from sqlalchemy import text

from ingestion import dead_letters
from ingestion.drain import drain_all
from ingestion.forget import forget
from ingestion.positions import move
from ingestion.relay import relay_once
from ingestion.replay import replay
from ingestion.sources import Outgoing
from ingestion.sources.event_log import EventLog
from tests.ingestion.forget.world import ANN_ID, BOB, BOB_ID, TENANT, World


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
    return [str(BOB_ID), BOB_ID.hex, BOB, str(world.quizzes[BOB_ID])]


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
