"""Publishing a run: its candidates become what delivery reads, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from database.queries import reviews, scales
from database.queries.calibrations import Row, Run, candidates, take_turns
from database.queries.flags import raise_flags
from database.tables import (
    Base,
    CalibrationRun,
    CalibrationScale,
    ItemCalibration,
    ItemCalibrationHistory,
    ItemCurvePoint,
    ItemDriftWeek,
    ItemOptionStat,
    ItemStatsCtt,
    PersonAbility,
    PersonAbilityWindow,
    Question,
)


@dataclass(frozen=True)
class Publication:
    """What a publish puts in place of the exam's live rows, besides the run's parameters, and on whose word.

    policy: what becomes of calibration_runs.policy; None leaves it as it is.
    decision: "publish" where checks decide, "approve" or "rollback" where a person does.
    """

    item_stats: Sequence[Row]
    option_stats: Sequence[Row]
    curve_points: Sequence[Row]
    drift_weeks: Sequence[Row]
    ability_windows: Sequence[Row]
    abilities: Sequence[Row]
    flags: Sequence[Row]
    policy: Mapping[str, Any] | None
    decided_by: str
    reason: str
    decision: str = "publish"


def publish(connection: Connection, run: Run, publication: Publication) -> int:
    """Put a run live, in the caller's transaction; return the rows of item_calibration.

    All rows of the exam are replaced together: the rows of one model come from one fit. Rows that were set
    aside stay with the candidate. What was live remains in item_calibration_history; a run that is put live again
    by a person has its rows from there, as they were. Raises ReviewError where the run's standing forbids it.
    """
    take_turns(connection, run.exam_code)
    status = reviews.standing(connection, run.id)
    rows = parameters(connection, run)
    # Publishing what is live decides nothing anew.
    if status != "published" or publication.decision != "publish":
        reviews.decide(connection, run.id, publication.decision, publication.decided_by, publication.reason)
    exam_items = select(Question.id).where(Question.home_exam_code == run.exam_code)
    connection.execute(delete(ItemCalibration).where(ItemCalibration.question_id.in_(exam_items)))
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
    raise_flags(connection, run, publication.flags)
    if status != "superseded":  # what it says of the scale it said when it went live first
        scales.settle(connection, run)
    _move_status(connection, run, publication.policy)
    return len(rows)


def parameters(connection: Connection, run: Run) -> list[Row]:
    """Return the rows of item_calibration that a run has where it is live: those it had, if it ever was.

    Of a run that was never live they are its candidates without those set aside; the one row of an item serves that
    is of the run's serving model.
    """
    if reviews.standing(connection, run.id) == "superseded":
        history = ItemCalibrationHistory.__table__
        kept = connection.execute(
            select(*(column for column in history.c if column.name != "published_at"))
            .where(history.c.run_id == run.id)
            .order_by(history.c.question_id, history.c.version, history.c.model)
        )
        return [dict(row._mapping) for row in kept]
    return [
        {**row, "serving": _may_serve(row, run.serving_model)}
        for row in candidates(connection, run.id)
        if row["status"] != "set aside"
    ]


def prior_of_scores(connection: Connection, run: Run) -> tuple[float, float]:
    """Return mean and SD of ability under which learners are scored: fixed with the scale that the run lies on.

    The run that defines a scale has it at N(0, 1), as has one of before scales were kept.
    """
    fixed = connection.execute(
        select(CalibrationScale.prior_mean, CalibrationScale.prior_sd).where(
            CalibrationScale.exam_code == run.exam_code, CalibrationScale.scale_version == run.scale_version
        )
    ).one_or_none()
    return (0.0, 1.0) if fixed is None else (fixed.prior_mean, fixed.prior_sd)


def _may_serve(row: Row, model: str | None) -> bool:
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


def _move_status(connection: Connection, run: Run, policy: Row | None) -> None:
    """The run is live, what was live is superseded, and nobody need decide of what was fitted before."""
    fitted_at = select(CalibrationRun.fitted_at).where(CalibrationRun.id == run.id).scalar_subquery()
    connection.execute(
        update(CalibrationRun)
        .where(CalibrationRun.exam_code == run.exam_code, CalibrationRun.status == "waiting")
        .where(CalibrationRun.fitted_at < fitted_at)
        .values(status="candidate")
    )
    connection.execute(
        update(CalibrationRun)
        .where(CalibrationRun.exam_code == run.exam_code, CalibrationRun.status == "published")
        .values(status="superseded")
    )
    connection.execute(
        update(CalibrationRun)
        .where(CalibrationRun.id == run.id)
        .values(status="published", published_at=func.now(), **({} if policy is None else {"policy": policy}))
    )
