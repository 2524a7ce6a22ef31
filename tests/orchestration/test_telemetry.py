"""Telemetry in Dagster: both stores drained as assets, the checks on them, the sensor that starts it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, RunRequest, SkipReason, build_sensor_context
from sqlalchemy import Engine, insert

from database.tables import QuizSession, UserResponse
from ingestion import settings
from ingestion.sources import open_publisher
from ingestion.sources.base import Outgoing
from orchestration.definitions import defs
from orchestration.defs.automation import telemetry as automation
from orchestration.resources import Database
from tests.database import bank

TENANT = uuid.UUID(int=1)
NOBODY = "http://nobody:secret@127.0.0.1:9/qbank"


@pytest.fixture(autouse=True)
def environment(
    tmp_path: Path, database_url: str, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_HOME", str(tmp_path))
    monkeypatch.setenv("QBANK_DATABASE_URL", database_url)
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", clickhouse_url)
    monkeypatch.delenv("QBANK_KAFKA_BOOTSTRAP", raising=False)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def hours_ago(hours: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)).isoformat()


def answer(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid.UUID(int=number)),
        "event_type": "answer_submitted",
        "timestamp": hours_ago(2),
        "user_id": str(uuid.UUID(int=2)),
        "tenant_id": str(TENANT),
        "quiz_id": str(uuid.UUID(int=1_000 + number)),
        "question_id": number % 3 + 1,
        "version": 1,
        "selected": "A",
        "is_correct": True,
        "time_taken_ms": 1_500,
    } | changed


def append(*raws: bytes) -> None:
    open_publisher(settings.load()).append([Outgoing(None, raw) for raw in raws])


def run(instance: DagsterInstance, job_name: str = "telemetry_drain") -> ExecuteInProcessResult:
    job = defs().resolve_job_def(job_name)
    return job.execute_in_process(instance=instance, raise_on_error=False)


def materialized(result: ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    found = {}
    for event in result.all_events:
        if event.is_step_materialization:
            made = event.step_materialization_data.materialization
            found[made.asset_key.to_user_string()] = {
                name: value.value for name, value in made.metadata.items()
            }
    return found


def checked(result: ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    return {
        said.check_name: (said.passed, str(said.metadata["observed"].value))
        for said in result.get_asset_check_evaluations()
    }


def test_both_stores_are_drained_with_what_a_person_wants_to_know(instance: DagsterInstance) -> None:
    raws = [json.dumps(answer(number)).encode() for number in range(20)]
    append(*raws, raws[3], b"{")
    result = run(instance)
    assert result.success
    made = materialized(result)
    events, attempts = made["telemetry_events"], made["item_attempts"]
    assert (events["read"], events["written"], events["duplicates"], events["dead-lettered"]) == (
        22,
        20,
        1,
        1,
    )
    assert (attempts["read"], attempts["written"], attempts["duplicates"]) == (22, 20, 1)
    assert events["lag by partition"] == attempts["lag by partition"] == {"0": 0}
    assert events["dead letters by reason"] == {"malformed": 1}
    assert "none" != events["oldest event"] < events["newest event"]
    assert events["events a second"] > 0
    again = materialized(run(instance))["telemetry_events"]
    assert (again["read"], again["written"], again["oldest event"]) == (0, 0, "none")


def test_a_store_that_is_away_holds_up_no_other(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch, clickhouse_url: str
) -> None:
    append(*[json.dumps(answer(number)).encode() for number in range(5)])
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", NOBODY)
    result = run(instance)
    assert not result.success
    assert set(materialized(result)) == {"telemetry_events"}
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", clickhouse_url)
    back = materialized(run(instance))
    assert (back["telemetry_events"]["read"], back["item_attempts"]["written"]) == (0, 5)


def test_checks_pass_where_all_is_well(instance: DagsterInstance, pipeline_engine: Engine) -> None:
    append(*[json.dumps(delivered(pipeline_engine, number)).encode() for number in range(6)])
    drained = checked(run(instance))
    assert set(drained) == {"telemetry_events_lag", "item_attempts_lag", "dead_letter_share", "schema_drift"}
    reconciled = checked(run(instance, "telemetry_reconciliation"))
    assert {"answers_have_events", "attempts_agree", "has_events", "quiz_known"} <= set(reconciled)
    assert {name for name, (passed, _) in (drained | reconciled).items() if not passed} == set()


def test_checks_name_what_is_not(instance: DagsterInstance, pipeline_engine: Engine) -> None:
    with_event = delivered(pipeline_engine, 1)
    delivered(pipeline_engine, 2)
    append(
        json.dumps(with_event).encode(),
        json.dumps(answer(3, colour="red")).encode(),
        json.dumps(answer(4, event_type="thought_about")).encode(),
    )
    run(instance)
    # Later the same id for another answer: Postgres keeps the first and refuses this one, ClickHouse counts both.
    append(json.dumps(with_event | {"question_id": 77}).encode())
    said = checked(run(instance))
    assert said["dead_letter_share"] == (False, "2 of 4 messages")
    assert said["schema_drift"] == (False, "field colour: 1, unknown_type: 1")
    reconciled = checked(run(instance, "telemetry_reconciliation"))
    assert reconciled["answers_have_events"] == (
        False,
        "1 response without event, 1 event of an unknown quiz, 0 two events of one response",
    )
    assert reconciled["attempts_agree"] == (
        False,
        "1 of 2 items and days differ; 2 answers in Postgres, 3 in ClickHouse",
    )
    assert not reconciled["quiz_known"][0]


def test_answers_of_the_last_minutes_are_left_out(instance: DagsterInstance, pipeline_engine: Engine) -> None:
    delivered(pipeline_engine, 1, timestamp=hours_ago(0))
    append(json.dumps(answer(2, timestamp=hours_ago(0))).encode())
    run(instance)
    said = checked(run(instance, "telemetry_reconciliation"))
    assert said["answers_have_events"][0]
    assert said["attempts_agree"][0]


def test_the_sensor_asks_for_a_drain_when_messages_pile_up(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "THRESHOLD_MESSAGES", 10)

    def evaluated() -> object:
        context = build_sensor_context(instance=instance, resources={"database": Database()})
        return automation.telemetry_lag_sensor(context)

    append(*[json.dumps(answer(number)).encode() for number in range(9)])
    skipped = evaluated()
    assert isinstance(skipped, SkipReason)
    assert "9 messages wait" in str(skipped.skip_message)
    append(json.dumps(answer(9)).encode())
    asked = evaluated()
    assert isinstance(asked, RunRequest)
    assert asked.tags["qbank/waiting"] == "10"
    run(instance)
    assert isinstance(evaluated(), SkipReason)


def test_the_sensor_says_why_it_does_not_know(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    context = build_sensor_context(instance=instance, resources={"database": Database()})
    skipped = automation.telemetry_lag_sensor(context)
    assert isinstance(skipped, SkipReason)
    assert "127.0.0.1:9" in str(skipped.skip_message)


def delivered(engine: Engine, number: int, **changed: Any) -> dict[str, Any]:
    """Store an answer as delivery does, on a question of its own, and return its event."""
    event = answer(number, **changed)
    exam, at = f"EXAM{number}", dt.datetime.fromisoformat(event["timestamp"])
    quiz, user = uuid.UUID(event["quiz_id"]), uuid.UUID(event["user_id"])
    with engine.begin() as connection:
        bank.add_exam(connection, exam, TENANT)
        question = bank.add_item(connection, exam, "V1", TENANT)
        connection.execute(
            insert(QuizSession).values(id=quiz, user_id=user, tenant_id=TENANT, mode="tutor", exam_code=exam)
        )
        connection.execute(
            insert(UserResponse).values(
                quiz_id=quiz,
                user_id=user,
                tenant_id=TENANT,
                question_id=question,
                version=1,
                option_label="A",
                is_correct=True,
                time_taken_ms=1_500,
                origin="delivery",
                created_at=at,
            )
        )
    return event | {"question_id": question}
