"""Calibration runs: the responses they read, the candidates they write, and what of them is live."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from database.queries.marts import hold_newest
from database.tables import (
    CalibrationRun,
    Exam,
    ItemCalibrationCandidate,
    Question,
)

Row = Mapping[str, Any]

# The table of questions is `q` and the one that has the version `i`.
ITEM_NAME = "item_name(q.external_ref, q.home_exam_code, q.id, i.version) as item"

_FIRST_ATTEMPTS = f"""
copy (
    select i.user_id, i.person_id, i.mode, i.window_start, i.question_id, i.version, {ITEM_NAME},
           i.is_correct::int as correct, i.option_label as option, i.disposition,
           i.recorded_time_ms, i.ts, date_trunc('week', i.ts at time zone 'UTC')::date as week, i.position
    from {{schema}}.int_first_attempts i join public.questions q on q.id = i.question_id
    where i.exam_code = %s and (%s::date is null or i.ts < (%s::date + 1)::timestamp at time zone 'UTC')
    order by i.question_id, i.version, i.user_id
) to stdout with (format csv, header)
"""

_KEYS = f"""
select {ITEM_NAME}, o.option_label as key
from question_options o join question_versions i on i.id = o.question_version_id
join questions q on q.id = i.question_id
where q.home_exam_code = :exam and o.is_correct
"""

_OPTION_COUNTS = f"""
select {ITEM_NAME}, count(*) as n
from question_options o join question_versions i on i.id = o.question_version_id
join questions q on q.id = i.question_id
where q.home_exam_code = :exam group by 1
"""


@dataclass(frozen=True)
class Run:
    """What identifies a run and what its fits said; `fits` maps a model to its figures.

    `lifecycle` is the plain form of `orchestration.lifecycle.Lifecycle`.
    """

    id: uuid.UUID
    tenant_id: uuid.UUID
    exam_code: str
    snapshot_hash: str
    code_version: str
    settings: Mapping[str, Any]
    fits: Mapping[str, Any]
    n_persons: int
    n_items: int
    n_responses: int
    scale_version: int | None = None
    serving_model: str | None = None
    lifecycle: Mapping[str, Any] = field(default_factory=dict)
    dispositions: Mapping[str, int] = field(default_factory=dict)
    first_response_at: dt.datetime | None = None
    last_response_at: dt.datetime | None = None
    as_of: dt.date | None = None


#: What a run says anew when the same data, code and settings are fitted again.
_SAID_ANEW = ("fits", "lifecycle", "serving_model", "scale_version")


def home_exams(connection: Connection) -> list[str]:
    """Codes of all exams that have questions, in order: the partitions of the pipeline."""
    return list(
        connection.scalars(
            select(Exam.code).where(Exam.code.in_(select(Question.home_exam_code))).order_by(Exam.code)
        )
    )


def exam_tenant(connection: Connection, exam: str) -> uuid.UUID | None:
    """Return the tenant that owns an exam; None where there is no such exam."""
    return connection.scalar(select(Exam.tenant_id).where(Exam.code == exam))


def exam_policy(connection: Connection, exam: str) -> dict[str, Any]:
    """Return an exam's deviations from the rules of calibration; none where there is no such exam."""
    return dict(connection.scalar(select(Exam.model_policy).where(Exam.code == exam)) or {})


def versions(connection: Connection, exam: str) -> list[Row]:
    """Return every version of the exam's questions that learners have met, with what it edits.

    Columns: question_id, version, item (its name), edit_kind and based_on (null for a first version).
    """
    return _rows(
        connection,
        f"select i.question_id, i.version, {ITEM_NAME}, i.edit_kind, i.based_on_version as based_on "
        "from question_versions i join questions q on q.id = i.question_id "
        "where q.home_exam_code = :exam and i.state in ('published', 'retired') "
        "order by i.question_id, i.version",
        {"exam": exam},
    )


def first_attempts_csv(connection: Connection, exam: str, as_of: dt.date | None = None) -> bytes:
    """Return the exam's first attempts, of the newest build, as CSV with a header, in a fixed order.

    `as_of`: only what was answered by the end of that day, UTC. No build and no swap of marts
    happens until the caller's transaction ends. Raises MartsError where the newest build did not pass its tests.

    Columns: user_id, person_id, mode, window_start, question_id, version, item (the importer's name),
    correct (0/1), option, disposition, recorded_time_ms (empty where it was made up), ts, week (its Monday),
    position (place in its quiz; empty where nobody wrote it down).
    """
    statement = _FIRST_ATTEMPTS.format(schema=hold_newest(connection))
    driver = connection.connection.driver_connection
    if driver is None:
        raise ValueError("the connection is closed")
    with driver.cursor() as cursor, cursor.copy(statement, (exam, as_of, as_of)) as copy:
        return b"".join(bytes(block) for block in copy)


def keys(connection: Connection, exam: str) -> dict[str, str]:
    """Return the correct option of each item of an exam; items without options are left out."""
    rows = connection.execute(text(_KEYS), {"exam": exam})
    return {row.item: row.key for row in rows}


def option_counts(connection: Connection, exam: str) -> dict[str, int]:
    """Return how many options each item of an exam has; items without options are left out."""
    rows = connection.execute(text(_OPTION_COUNTS), {"exam": exam})
    return {row.item: row.n for row in rows}


def live_names(connection: Connection, exam: str) -> dict[int, str]:
    """Return what people call each published question of an exam, in its live version."""
    rows = connection.execute(
        text(
            f"select distinct i.question_id, {ITEM_NAME} from question_versions i "
            "join questions q on q.id = i.question_id "
            "join question_publications p on p.question_id = i.question_id and p.live_version = i.version "
            "where q.home_exam_code = :exam"
        ),
        {"exam": exam},
    )
    return {row.question_id: row.item for row in rows}


def write_candidate(connection: Connection, run: Run, candidates: Sequence[Row]) -> None:
    """Store a run and its candidate rows, in place of what the same run wrote before.

    A run that is live stays so: its data, code and settings are the same, so are its rows.
    """
    take_turns(connection, run.exam_code)
    values = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    fresh = upsert(CalibrationRun).values(**values)
    anew = {name: fresh.excluded[name] for name in _SAID_ANEW}
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=[CalibrationRun.id], set_={**anew, "fitted_at": func.now()}
        )
    )
    connection.execute(delete(ItemCalibrationCandidate).where(ItemCalibrationCandidate.run_id == run.id))
    if candidates:
        own = {
            "run_id": run.id,
            "tenant_id": run.tenant_id,
            "code_version": run.code_version,
            "snapshot_hash": run.snapshot_hash,
        }
        connection.execute(insert(ItemCalibrationCandidate), [{**row, **own} for row in candidates])


def skip(connection: Connection, run_id: uuid.UUID, reason: str) -> None:
    """Write down that a run was not fitted anew, and why; the next fit of it takes that back."""
    said = func.jsonb_build_object(cast("skipped", Text), cast(reason, Text))
    together = CalibrationRun.lifecycle.op("||")(said)
    connection.execute(update(CalibrationRun).where(CalibrationRun.id == run_id).values(lifecycle=together))


def find_run(connection: Connection, run_id: uuid.UUID) -> Run:
    """Return a run. Raises NoResultFound where there is none of this id."""
    columns = [getattr(CalibrationRun, name) for name in Run.__dataclass_fields__]
    return Run(**connection.execute(select(*columns).where(CalibrationRun.id == run_id)).one()._mapping)


def newest_run(connection: Connection, exam: str) -> Run | None:
    """Return the run of an exam that was fitted last; None where there is none."""
    columns = [getattr(CalibrationRun, name) for name in Run.__dataclass_fields__]
    row = connection.execute(
        select(*columns)
        .where(CalibrationRun.exam_code == exam)
        .order_by(CalibrationRun.fitted_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Run(**row._mapping)


def take_turns(connection: Connection, exam: str) -> None:
    """Wait until no other transaction writes calibrations of the exam; held to the end of this one.

    Two at once would each delete what the other could not see yet, and then collide on its rows.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"calibrations of {exam}"))))


def candidates(connection: Connection, run_id: uuid.UUID) -> list[Row]:
    """Return a run's candidate rows."""
    found = connection.execute(
        select(ItemCalibrationCandidate.__table__)
        .where(ItemCalibrationCandidate.run_id == run_id)
        .order_by(ItemCalibrationCandidate.question_id, ItemCalibrationCandidate.version)
    )
    return [dict(row._mapping) for row in found]


@dataclass(frozen=True)
class LiveRun:
    """The run whose rows are live."""

    id: uuid.UUID
    settings: Mapping[str, Any]
    fits: Mapping[str, Any]
    policy: Mapping[str, Any]
    fitted_at: dt.datetime
    published_at: dt.datetime
    n_persons: int
    n_items: int
    n_responses: int
    snapshot_hash: str


def live_run(connection: Connection, exam: str) -> LiveRun | None:
    """Return the exam's published run, or None."""
    columns = [getattr(CalibrationRun, name) for name in LiveRun.__dataclass_fields__]
    row = connection.execute(
        select(*columns).where(CalibrationRun.exam_code == exam, CalibrationRun.status == "published")
    ).one_or_none()
    return None if row is None else LiveRun(**row._mapping)


def live_items(connection: Connection, exam: str) -> list[Row]:
    """Return the exam's rows of item_calibration with the item's name, in the order of import."""
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.* from item_calibration i join questions q on q.id = i.question_id "
        "where q.home_exam_code = :exam order by i.question_id, i.version, i.model",
        {"exam": exam},
    )


def fitted_items(connection: Connection, run_id: uuid.UUID) -> list[Row]:
    """Return every candidate row of a run, set aside or not, with the item's name and classical statistics.

    `serving` tells whether delivery reads the row's item and model now.
    """
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.*, s.p_value, s.r_point_biserial, s.n_responses, "
        "coalesce(live.serving, false) as serving "
        "from item_calibration_candidate i join questions q on q.id = i.question_id "
        "left join item_stats_ctt s on s.question_id = i.question_id and s.version = i.version "
        "left join item_calibration live on live.question_id = i.question_id "
        "and live.version = i.version and live.model = i.model "
        "where i.run_id = :run order by i.question_id, i.version, i.model",
        {"run": run_id},
    )


def open_flags(connection: Connection, exam: str) -> list[Row]:
    """Return the exam's open flags with the item's name."""
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.* from item_flags i join questions q on q.id = i.question_id "
        "where q.home_exam_code = :exam and i.resolved_at is null order by i.question_id, i.version, i.flag",
        {"exam": exam},
    )


def drift_weeks(connection: Connection, exam: str) -> list[Row]:
    """Return the weeks of each item of an exam beside its live curve, with the item's name."""
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.week, i.n, i.observed, i.expected, i.se, i.z, i.drifted "
        "from item_drift_weeks i join questions q on q.id = i.question_id "
        "where q.home_exam_code = :exam order by i.question_id, i.version, i.week",
        {"exam": exam},
    )


def set_aside(connection: Connection, run_id: uuid.UUID) -> list[Row]:
    """Return the candidate rows of a run that were set aside: item, model, reason."""
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.model, i.reason from item_calibration_candidate i "
        "join questions q on q.id = i.question_id "
        "where i.run_id = :run and i.status = 'set aside' order by i.question_id, i.version, i.model",
        {"run": run_id},
    )


def _rows(connection: Connection, statement: str, values: Row) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(text(statement), values)]
