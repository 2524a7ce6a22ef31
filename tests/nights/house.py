"""The exam in the database, and a night's run of the lifecycle's assets on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult
from sqlalchemy import Connection, Engine, insert, text, update

from database.queries import calibrations, scales
from database.tables import Exam, Question, QuestionOption, QuestionVersion
from orchestration.lifecycle.remembered import Lifecycle, remembered
from orchestration.partitions import home_exams
from orchestration.progress import RUN_CONFIG
from tests.nights.world import KEYED, TRUE_KEY, Item

EXAM = "NIGHTS"
TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")
AUTHOR = uuid.UUID(int=1)
ASSETS = (
    "response_matrix", "item_calibration_candidate", "calibration_diagnostics", "simulation_gate",
    "item_calibration", "item_stats_ctt", "item_option_stats", "item_curve_points", "item_drift_weeks",
    "person_ability_windows", "person_ability",
)  # fmt: skip
_TABLE = """
create table analytics_candidate.int_first_attempts (
    user_id uuid, question_id bigint, version integer, exam_code text, tenant_id uuid, mode text, option_label text,
    is_correct boolean, ts timestamptz, position integer, person_id uuid, window_start date, recorded_time_ms integer,
    disposition text
)
"""
_BUILD = """
insert into mart_builds (run_id, schema_oid, project_hash, full_refresh, reason, below_xid, passed)
values ('nights', 'analytics_candidate'::regnamespace::oid::bigint, 'nights', true, 'nights', pg_current_xact_id(),
    array['before_fit', 'after_publish'])
"""


@dataclass(frozen=True)
class Night:
    """What a night left: whether it went through and which checks did not pass, its run, what is live, open flags."""

    day: int
    success: bool
    failed: tuple[str, ...]
    status: str
    lifecycle: Lifecycle
    live: list[dict[str, Any]]
    anchors: list[dict[str, Any]]
    flags: list[dict[str, Any]]


def furnish(connection: Connection, items: Iterable[Item], policy: Mapping[str, Any]) -> None:
    """Write the exam with its rules, and every version that is there before the first night."""
    connection.execute(
        insert(Exam).values(code=EXAM, tenant_id=TENANT, name="Nights", model_policy=dict(policy))
    )
    connection.execute(text(_TABLE))
    connection.execute(text(_BUILD))
    add(connection, [item for item in items if item.since < 0])


def add(connection: Connection, items: Iterable[Item]) -> None:
    """Write versions, questions of which it is the first, and options; what they replace is retired."""
    for item in items:
        if item.version == 1:
            connection.execute(
                insert(Question).values(
                    id=item.question_id, tenant_id=TENANT, external_ref=f"{EXAM}/I{item.question_id}",
                    home_exam_code=EXAM, created_by=AUTHOR,
                )
            )  # fmt: skip
        made = connection.execute(
            insert(QuestionVersion)
            .values(
                tenant_id=TENANT, question_id=item.question_id, version=item.version, state="draft",
                stem_md=f"Stem {item.key}", edit_kind=item.edit_kind, created_by=AUTHOR,
                based_on_version=item.version - 1 if item.version > 1 else None,
            )
            .returning(QuestionVersion.id)
        ).scalar_one()  # fmt: skip
        key = KEYED if item.miskeyed else TRUE_KEY
        connection.execute(
            insert(QuestionOption),
            [
                {"tenant_id": TENANT, "question_version_id": made, "option_label": label,
                 "option_text_md": f"Option {label}", "is_correct": label == key}
                for label in "ABCD"
            ],
        )  # fmt: skip
        connection.execute(
            update(QuestionVersion).where(QuestionVersion.id == made).values(state="published")
        )
        if item.version > 1:
            retire(connection, [(item.question_id, item.version - 1)])


def retire(connection: Connection, keys: Iterable[tuple[int, int]]) -> None:
    """Take versions out of use."""
    for question, version in keys:
        connection.execute(
            update(QuestionVersion)
            .where(QuestionVersion.question_id == question, QuestionVersion.version == version)
            .values(state="retired")
        )


def write_answers(connection: Connection, answers: pl.DataFrame) -> None:
    """Add a day's first attempts to what dbt would have built."""
    frame = answers.with_columns(
        exam_code=pl.lit(EXAM),
        tenant_id=pl.lit(str(TENANT)),
        mode=pl.lit("exam"),
        disposition=pl.lit("usable"),
    )
    columns = ", ".join(frame.columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    statement = f"copy analytics_candidate.int_first_attempts ({columns}) from stdin with (format csv)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(frame.write_csv(include_header=False).encode())


def run_night(loaded: Any, instance: DagsterInstance, engine: Engine, day: int) -> Night:
    """Run the assets with their checks, in this process, and read what they left."""
    instance.add_dynamic_partitions(str(home_exams.name), [EXAM])
    result = loaded.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        partition_key=EXAM,
        asset_selection=[AssetKey(name) for name in ASSETS],
        run_config=RUN_CONFIG,
        raise_on_error=False,
    )
    with engine.begin() as connection:
        run = calibrations.newest_run(connection, EXAM)
        return Night(
            day=day,
            success=result.success,
            failed=_failed(result),
            status="" if run is None else _status(connection, run.id),
            lifecycle=remembered({} if run is None else run.lifecycle),
            live=[dict(row) for row in calibrations.live_items(connection, EXAM) if row["serving"]],
            anchors=[dict(row) for row in scales.anchors(connection, EXAM)],
            flags=[dict(row) for row in calibrations.open_flags(connection, EXAM)],
        )


def _failed(result: ExecuteInProcessResult) -> tuple[str, ...]:
    faults = [
        f"{said.asset_key.to_user_string()}: {said.check_name}"
        for said in result.get_asset_check_evaluations()
        if not said.passed and said.severity.value == "ERROR"
    ]
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            error = event.step_failure_data.error
            faults.append(f"{event.step_key}: {(error.cause or error).message.strip()[:500]}")
    return tuple(faults)


def _status(connection: Connection, run: uuid.UUID) -> str:
    return str(connection.scalar(text("select status from calibration_runs where id = :run"), {"run": run}))
