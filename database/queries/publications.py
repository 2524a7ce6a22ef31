"""Publishing a run: its candidates become what delivery reads, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from database.queries.calibrations import Row, Run, candidates, take_turns
from database.tables import (
    Base,
    CalibrationDecision,
    CalibrationRun,
    ItemCalibration,
    ItemCalibrationHistory,
    ItemCurvePoint,
    ItemDriftWeek,
    ItemFlag,
    ItemOptionStat,
    ItemStatsCtt,
    PersonAbility,
    PersonAbilityWindow,
    Question,
)


@dataclass(frozen=True)
class Publication:
    """What a publish puts in place of the exam's live rows, besides the run's candidates."""

    serving_model: str
    item_stats: Sequence[Row]
    option_stats: Sequence[Row]
    curve_points: Sequence[Row]
    drift_weeks: Sequence[Row]
    ability_windows: Sequence[Row]
    abilities: Sequence[Row]
    flags: Sequence[Row]
    policy: Mapping[str, Any]
    decided_by: str
    reason: str


def publish(connection: Connection, run: Run, publication: Publication) -> int:
    """Put a run's candidates live, in the caller's transaction; return the rows of item_calibration.

    All rows of the exam are replaced together: the rows of one model come from one fit. Rows that were set
    aside stay with the candidate. What was live remains in item_calibration_history.
    """
    take_turns(connection, run.exam_code)
    live = [row for row in candidates(connection, run.id) if row["status"] != "set aside"]
    exam_items = select(Question.id).where(Question.home_exam_code == run.exam_code)
    connection.execute(delete(ItemCalibration).where(ItemCalibration.question_id.in_(exam_items)))
    rows = [{**row, "serving": _may_serve(row, publication.serving_model)} for row in live]
    if rows:
        connection.execute(insert(ItemCalibration), rows)
        _keep_history(connection, rows)
    for table, statistics in (
        (ItemStatsCtt, publication.item_stats),
        (ItemOptionStat, publication.option_stats),
        (ItemCurvePoint, publication.curve_points),
        (ItemDriftWeek, publication.drift_weeks),
    ):
        _replace(connection, run, table, table.question_id.in_(exam_items), statistics)
    for scale, persons in (
        (PersonAbilityWindow, publication.ability_windows),
        (PersonAbility, publication.abilities),
    ):
        own = [{**row, "exam_code": run.exam_code} for row in persons]
        _replace(connection, run, scale, scale.exam_code == run.exam_code, own)
    _raise_flags(connection, run, publication.flags, exam_items)
    if not _is_live(connection, run):  # publishing what is live decides nothing anew
        _decide(connection, run, publication)
    _move_status(connection, run, publication.policy)
    return len(rows)


def _may_serve(row: Row, model: str) -> bool:
    """Tell whether delivery may use a row: information depends on a squared, so a <= 0 would look attractive."""
    return row["model"] == model and row["a"] is not None and row["a"] > 0


def _keep_history(connection: Connection, rows: Sequence[Row]) -> None:
    kept = upsert(ItemCalibrationHistory)
    key = {"run_id", "question_id", "version", "model"}
    connection.execute(
        kept.on_conflict_do_update(
            index_elements=sorted(key),
            set_={name: kept.excluded[name] for name in rows[0] if name not in key},
        ),
        [dict(row) for row in rows],
    )


def _replace(
    connection: Connection, run: Run, table: type[Base], of_exam: ColumnElement[bool], rows: Sequence[Row]
) -> None:
    """Put rows of the run in place of all that a table has of the exam."""
    connection.execute(delete(table).where(of_exam))
    if rows:
        own = {"run_id": run.id, "tenant_id": run.tenant_id}
        connection.execute(insert(table), [{**row, **own} for row in rows])


def _raise_flags(connection: Connection, run: Run, rows: Sequence[Row], exam_items: Any) -> None:
    """Raise flags anew; one that the data no longer raise is resolved, one that stands keeps its time."""
    standing = upsert(ItemFlag)
    for row in rows:
        connection.execute(
            standing.values({**row, "run_id": run.id, "tenant_id": run.tenant_id}).on_conflict_do_update(
                index_elements=["question_id", "version", "flag"],
                index_where=ItemFlag.resolved_at.is_(None),
                set_={"detail": standing.excluded.detail, "run_id": standing.excluded.run_id},
            )
        )
    raised = [(row["question_id"], row["version"], row["flag"]) for row in rows]
    stale = select(ItemFlag.id, ItemFlag.question_id, ItemFlag.version, ItemFlag.flag).where(
        ItemFlag.question_id.in_(exam_items), ItemFlag.resolved_at.is_(None), ItemFlag.flag == "miskeyed"
    )
    gone = [
        row.id for row in connection.execute(stale) if (row.question_id, row.version, row.flag) not in raised
    ]
    if gone:
        connection.execute(update(ItemFlag).where(ItemFlag.id.in_(gone)).values(resolved_at=func.now()))


def _move_status(connection: Connection, run: Run, policy: Row) -> None:
    connection.execute(
        update(CalibrationRun)
        .where(CalibrationRun.exam_code == run.exam_code, CalibrationRun.status == "published")
        .values(status="superseded")
    )
    connection.execute(
        update(CalibrationRun)
        .where(CalibrationRun.id == run.id)
        .values(status="published", published_at=func.now(), policy=policy)
    )


def _decide(connection: Connection, run: Run, publication: Publication) -> None:
    connection.execute(
        insert(CalibrationDecision).values(
            run_id=run.id,
            tenant_id=run.tenant_id,
            decision="publish",
            decided_by=publication.decided_by,
            reason=publication.reason,
        )
    )


def _is_live(connection: Connection, run: Run) -> bool:
    status = connection.scalar(select(CalibrationRun.status).where(CalibrationRun.id == run.id))
    return status == "published"
