"""A drain that stopped fails the run of an exam that is being delivered, before anything is built on old data."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    Definitions,
    ExecuteInProcessResult,
    define_asset_job,
)
from sqlalchemy import insert, text

from database.queries import source_loads
from database.tables import QuizSession
from orchestration import dbt_freshness
from orchestration.instance import instance
from orchestration.partitions import home_exams
from tests.orchestration.conftest import TENANT, Pipeline
from tests.orchestration.exams import write_exam

CHECKS = [AssetCheckKey(AssetKey(asset), "is_fresh") for asset in ("telemetry_events", "user_responses")]
# What the checks stand before; without telemetry_events, so that no drain makes anything fresh.
MADE = ("user_responses", "stg_explanations_viewed", "int_first_attempts")


def look(pipeline: Pipeline, exam: str) -> ExecuteInProcessResult:
    """Run the checks and what they hold back."""
    from orchestration.definitions import defs

    selection = AssetSelection.checks(*CHECKS) | AssetSelection.assets(*MADE).without_checks()
    job = define_asset_job("look", selection=selection)
    with instance(pipeline.home) as recorded:
        recorded.add_dynamic_partitions(str(home_exams.name), [exam])
        return (
            Definitions.merge(defs(), Definitions(jobs=[job]))
            .resolve_job_def("look")
            .execute_in_process(instance=recorded, partition_key=exam, raise_on_error=False)
        )


def judged(result: ExecuteInProcessResult) -> dict[str, AssetCheckEvaluation]:
    return {said.asset_key.to_user_string(): said for said in result.get_asset_check_evaluations()}


def observed(said: AssetCheckEvaluation) -> str:
    return str(said.metadata["observed"].value)


def made(result: ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_events()
    return {event.asset_key.to_user_string() for event in events if event.asset_key is not None}


def age(pipeline: Pipeline, hours: float) -> None:
    """Make the last load of every source so old."""
    with pipeline.engine.begin() as connection:
        connection.execute(
            text("update telemetry.source_loads set loaded_at = now() - make_interval(hours => :hours)"),
            {"hours": int(hours)},
        )


@pytest.fixture(scope="module")
def loaded(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Exams LIVE and STATIC, imported; a learner begins a quiz of LIVE; one drain found nothing."""
    files = write_exam(tmp_path_factory.mktemp("files"), persons=20, items=4, easy=False)
    for exam in ("LIVE", "STATIC"):
        pipeline.import_files(exam, *files)
    with pipeline.engine.begin() as connection:
        connection.execute(
            insert(QuizSession).values(
                user_id=uuid.uuid4(), tenant_id=TENANT, exam_code="LIVE", num_questions=5
            )
        )
        source_loads.note(connection, "drain", "log:events.qbank", 0)
    return pipeline


def test_what_was_loaded_lately_is_fresh(loaded: Pipeline) -> None:
    age(loaded, 1)
    result = look(loaded, "LIVE")
    assert {name: said.passed for name, said in judged(result).items()} == {
        "telemetry_events": True,
        "user_responses": True,
    }
    assert "delivered now" in observed(judged(result)["telemetry_events"])
    assert set(MADE) <= made(result)


def test_a_stopped_drain_holds_back_the_exam_that_is_delivered(loaded: Pipeline) -> None:
    age(loaded, 100)
    result = look(loaded, "LIVE")
    assert not result.success
    for said in judged(result).values():
        assert (said.passed, said.severity.value) == (False, "ERROR")
        assert "last loaded 4 days" in observed(said)
    assert made(result) == {"user_responses"}


def test_between_the_limits_it_warns_and_holds_nothing_back(loaded: Pipeline) -> None:
    age(loaded, 20)
    result = look(loaded, "LIVE")
    assert result.success
    assert {(said.passed, said.severity.value) for said in judged(result).values()} == {(False, "WARN")}
    assert set(MADE) <= made(result)


def test_an_import_keeps_responses_fresh_and_not_events(loaded: Pipeline) -> None:
    age(loaded, 100)
    with loaded.engine.begin() as connection:
        source_loads.note(connection, "import", "LIVE", 0)
    said = judged(look(loaded, "LIVE"))
    assert {name: one.passed for name, one in said.items()} == {
        "telemetry_events": False,
        "user_responses": True,
    }


def test_a_static_import_is_never_late_and_says_that_it_is_static(loaded: Pipeline) -> None:
    age(loaded, 24 * 900)
    result = look(loaded, "STATIC")
    assert result.success
    for said in judged(result).values():
        assert said.passed
        assert "static: no quiz was begun in the last 7 days" in observed(said)
    assert set(MADE) <= made(result)


def test_who_is_delivered_and_was_never_drained_is_held_back(loaded: Pipeline) -> None:
    with loaded.engine.begin() as connection:
        connection.execute(text("delete from telemetry.source_loads"))
    result = look(loaded, "LIVE")
    assert not result.success
    assert {observed(said).partition(";")[0] for said in judged(result).values()} == {"never loaded"}


def test_a_drain_that_finds_nothing_keeps_the_nightly_run_going(loaded: Pipeline, tmp_path: Path) -> None:
    """The run's own drain counts: what stood still was nobody's events."""
    loaded.import_files("NIGHTLY", *write_exam(tmp_path, persons=300, items=12, easy=False))
    with loaded.engine.begin() as connection:
        connection.execute(
            insert(QuizSession).values(
                user_id=uuid.uuid4(), tenant_id=TENANT, exam_code="NIGHTLY", num_questions=5
            )
        )
    age(loaded, 100)
    outcome = loaded.run("NIGHTLY")
    assert outcome.success, outcome.faults
    fresh = [check for check in outcome.checks if check.name.endswith(": is_fresh")]
    assert [check.passed for check in fresh] == [True, True]


def test_a_quiz_of_another_exam_or_of_long_ago_makes_no_exam_live(loaded: Pipeline) -> None:
    with loaded.engine.begin() as connection:
        assert source_loads.is_delivered(connection, "LIVE", 7)
        assert source_loads.is_delivered(connection, None, 7)
        assert not source_loads.is_delivered(connection, "STATIC", 7)
        connection.execute(
            insert(QuizSession).values(
                user_id=uuid.uuid4(),
                tenant_id=TENANT,
                exam_code="STATIC",
                num_questions=5,
                started_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=8),
            )
        )
        assert not source_loads.is_delivered(connection, "STATIC", 7)
        assert source_loads.is_delivered(connection, "STATIC", 9)


def test_a_quiz_without_exam_makes_those_live_whose_questions_it_served(loaded: Pipeline) -> None:
    quiz = uuid.uuid4()
    with loaded.engine.begin() as connection:
        connection.execute(
            insert(QuizSession).values(id=quiz, user_id=uuid.uuid4(), tenant_id=TENANT, num_questions=5)
        )
        assert not source_loads.is_delivered(connection, "STATIC", 7)
        connection.execute(
            text(
                "insert into quiz_items (quiz_id, question_id, version, position, tenant_id) "
                "select :quiz, id, 1, 1, :tenant from questions where home_exam_code = 'STATIC' limit 1"
            ),
            {"quiz": quiz, "tenant": TENANT},
        )
        assert source_loads.is_delivered(connection, "STATIC", 7)


def test_each_source_that_is_watched_has_both_limits(loaded: Pipeline) -> None:
    watched = {entry["name"]: entry["config"] for entry in dbt_freshness.watched_sources()}
    assert set(watched) == {"events", "user_responses"}
    for config in watched.values():
        assert config["freshness"]["warn_after"]["count"] < config["freshness"]["error_after"]["count"]
