"""What the calibration page is made of: a run with all that it remembers, what people decided, what was live before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text

from database.queries.calibrations import ITEM_NAME, Row
from database.tables import CalibrationRun


@dataclass(frozen=True)
class ReportedRun:
    """A run as its page shows it; the columns of calibration_runs."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    exam_code: str
    status: str
    snapshot_hash: str
    code_version: str
    settings: Mapping[str, Any]
    fits: Mapping[str, Any]
    policy: Mapping[str, Any]
    scale_version: int | None
    as_of: dt.date | None
    first_response_at: dt.datetime | None
    last_response_at: dt.datetime | None
    dispositions: Mapping[str, Any]
    serving_model: str | None
    lifecycle: Mapping[str, Any]
    diagnostics: Mapping[str, Any]
    gate: Mapping[str, Any]
    n_persons: int
    n_items: int
    n_responses: int
    created_at: dt.datetime
    fitted_at: dt.datetime
    published_at: dt.datetime | None


def reported(connection: Connection, run_id: uuid.UUID) -> ReportedRun:
    """Return a run. Raises NoResultFound where there is none of this id."""
    columns = [getattr(CalibrationRun, name) for name in ReportedRun.__dataclass_fields__]
    row = connection.execute(select(*columns).where(CalibrationRun.id == run_id)).one()
    return ReportedRun(**row._mapping)


def to_report(connection: Connection, exam: str) -> list[ReportedRun]:
    """Return the runs of an exam that a person wants to read about: the live one first, then those that wait."""
    ids = connection.scalars(
        select(CalibrationRun.id)
        .where(CalibrationRun.exam_code == exam, CalibrationRun.status.in_(("published", "waiting")))
        .order_by(CalibrationRun.status, CalibrationRun.fitted_at.desc())
    )
    return [reported(connection, run_id) for run_id in list(ids)]


def predecessor(connection: Connection, run: ReportedRun) -> ReportedRun | None:
    """Return the run that was live before: of a live run the last one published earlier, else the live one."""
    earlier = select(CalibrationRun.id).where(
        CalibrationRun.exam_code == run.exam_code,
        CalibrationRun.id != run.id,
        CalibrationRun.published_at.is_not(None),
    )
    if run.status == "published" and run.published_at is not None:
        earlier = earlier.where(CalibrationRun.published_at < run.published_at)
    found = connection.scalar(earlier.order_by(CalibrationRun.published_at.desc()).limit(1))
    return None if found is None else reported(connection, found)


def served(connection: Connection, run_id: uuid.UUID) -> list[Row]:
    """Return what a run served when it was live, with the item's name: rows of item_calibration_history."""
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.* from item_calibration_history i join questions q on q.id = i.question_id "
        "where i.run_id = :run and i.serving order by i.question_id, i.version",
        {"run": run_id},
    )


def options(connection: Connection, exam: str) -> list[Row]:
    """Return the exam's rows of item_option_stats with the item's name: by item, its key first."""
    return _rows(
        connection,
        f"select {ITEM_NAME}, i.* from item_option_stats i join questions q on q.id = i.question_id "
        "where q.home_exam_code = :exam order by i.question_id, i.version, not i.is_key, i.option_label",
        {"exam": exam},
    )


def _rows(connection: Connection, statement: str, values: Row) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(text(statement), values)]
