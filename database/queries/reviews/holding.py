"""What keeps a calibration run that passed its checks from going live by itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from database.queries.calibrations import Run, take_turns
from database.queries.reviews.deciding import (
    PIPELINE,
    decide,
    decisions,
    rolled_back,
    set_status,
    short,
    standing,
)
from database.tables import CalibrationRun, Exam


@dataclass(frozen=True)
class Hold:
    """Why a run that passed its checks does not go live by itself, and the status it has meanwhile."""

    status: str
    reason: str


def held(connection: Connection, run: Run) -> Hold | None:
    """Return what keeps a run that passed its checks from going live by itself; None: it may.

    A run that is live may be published again: nothing is decided anew.
    """
    status = standing(connection, run.id)
    if status == "published":
        return None
    kept = "superseded" if status == "superseded" else "waiting"
    if status == "rejected":
        last = decisions(connection, run.id)[-1]
        return Hold("rejected", f"{last['decided_by']} rejected it: {last['reason']}")
    if run.as_of is not None:
        return Hold(
            "candidate", f"it was calibrated as of {run.as_of:%Y-%m-%d}, not on all answers there are"
        )
    back = rolled_back(connection, run.exam_code)
    if back is not None:
        return Hold(
            kept,
            f"{back['decided_by']} rolled the exam back to run {short(back['run_id'])} ({back['reason']}), and a "
            "person has approved none since",
        )
    manual = select(Exam.approval_mode == "manual").where(Exam.code == run.exam_code)
    if connection.scalar(manual):
        return Hold(kept, "the exam's approval is manual: a psychometrician decides")
    return None


def hold(connection: Connection, run: Run, why: Hold) -> None:
    """Keep a run from going live until a person approves it; say so once. Older runs no longer wait."""
    take_turns(connection, run.exam_code)
    if why.status == "waiting":
        connection.execute(
            update(CalibrationRun)
            .where(CalibrationRun.exam_code == run.exam_code, CalibrationRun.status == "waiting")
            .where(CalibrationRun.id != run.id)
            .values(status="candidate")
        )
    said = decisions(connection, run.id)
    if said and (said[-1]["decision"], said[-1]["reason"]) == ("hold", why.reason):
        return
    if why.status != "rejected":
        decide(connection, run.id, "hold", PIPELINE, why.reason)
        set_status(connection, run.id, why.status)
