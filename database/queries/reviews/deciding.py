"""Decisions on calibration runs: which one a run's standing allows, written down with a name and a reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from database.errors import ReviewError
from database.queries.calibrations import Run, find_run, take_turns
from database.tables import CalibrationDecision, CalibrationRun

Row = Mapping[str, Any]
PIPELINE = "pipeline"
LIVE_DECISIONS = ("publish", "approve", "rollback")
#: From which status a decision can be made, and what to do where it cannot.
_ALLOWED: Mapping[str, tuple[set[str], str]] = {
    "publish": ({"candidate", "blocked", "waiting", "superseded", "published"}, "approve another run"),
    "block": ({"candidate", "blocked", "waiting"}, "roll back where it should not be live"),
    "hold": ({"candidate", "blocked", "waiting", "superseded", "rejected"}, "roll back instead"),
    "approve": (
        {"candidate", "waiting", "rejected", "superseded", "published"},
        "mend what its checks found, or set the limit with `qbank calibrations policy`, and run the exam again",
    ),
    "reject": ({"candidate", "blocked", "waiting"}, "`qbank calibrations rollback` puts an earlier run live"),
    "rollback": ({"superseded"}, "only a run that was live before can be: `qbank calibrations list`"),
}
_CANNOT = {
    "publish": "it cannot be published",
    "block": "checks cannot hold it back",
    "hold": "it cannot wait for a decision",
    "approve": "it cannot be approved",
    "reject": "it cannot be rejected",
    "rollback": "it cannot be rolled back to",
}


def standing(connection: Connection, run_id: uuid.UUID) -> str:
    """Return a run's status, kept as it is until the transaction ends. Raises NoResultFound: no such run."""
    return str(
        connection.execute(
            select(CalibrationRun.status).where(CalibrationRun.id == run_id).with_for_update()
        ).scalar_one()
    )


def decisions(connection: Connection, run_id: uuid.UUID) -> list[Row]:
    """Return what was decided of a run, the oldest first: decision, decided_by, reason, decided_at."""
    table = CalibrationDecision
    rows = connection.execute(
        select(table.decision, table.decided_by, table.reason, table.decided_at)
        .where(table.run_id == run_id)
        .order_by(table.id)
    )
    return [dict(row._mapping) for row in rows]


def rolled_back(connection: Connection, exam: str) -> Row | None:
    """Return the rollback by which the exam's live run went live; None where it went live otherwise."""
    table = CalibrationDecision
    last = connection.execute(
        select(table.run_id, table.decision, table.decided_by, table.reason, table.decided_at)
        .join(CalibrationRun, CalibrationRun.id == table.run_id)
        .where(CalibrationRun.exam_code == exam, table.decision.in_(LIVE_DECISIONS))
        .order_by(table.id.desc())
        .limit(1)
    ).one_or_none()
    return dict(last._mapping) if last is not None and last.decision == "rollback" else None


def block(connection: Connection, run_id: uuid.UUID, reasons: Sequence[str]) -> bool:
    """Say that checks hold a run back, and why; False where it is live, was live, or a person rejected it."""
    take_turns(connection, find_run(connection, run_id).exam_code)
    if standing(connection, run_id) not in _ALLOWED["block"][0]:
        return False
    reason = "; ".join(reasons)
    said = decisions(connection, run_id)
    if not said or (said[-1]["decision"], said[-1]["reason"]) != ("block", reason):
        decide(connection, run_id, "block", PIPELINE, reason)
    set_status(connection, run_id, "blocked")
    return True


def decide(connection: Connection, run_id: uuid.UUID, decision: str, by: str, reason: str) -> None:
    """Write a decision down. What goes live is `publications.publish`'s to do, in the same transaction.

    Raises ReviewError as `check` does.
    """
    check(connection, run_id, decision, by, reason)
    run = find_run(connection, run_id)
    connection.execute(
        insert(CalibrationDecision).values(
            run_id=run_id,
            tenant_id=run.tenant_id,
            decision=decision,
            decided_by=by.strip(),
            reason=reason.strip(),
        )
    )
    if decision == "reject":
        set_status(connection, run_id, "rejected")


def check(connection: Connection, run_id: uuid.UUID, decision: str, by: str, reason: str) -> None:
    """Raise ReviewError where a decision cannot be made.

    That is where the run's status does not allow it, where it would approve a run whose checks have not all passed,
    and where name or reason is empty.
    """
    if not by.strip() or not reason.strip():
        raise ReviewError("a decision needs a name and a reason: --by NAME --reason TEXT")
    _allow(connection, find_run(connection, run_id), decision)


def _allow(connection: Connection, run: Run, decision: str) -> None:
    status = standing(connection, run.id)
    allowed, instead = _ALLOWED[decision]
    if status not in allowed:
        raise ReviewError(
            f"run {short(run.id)} of exam {run.exam_code} is {status}: {_CANNOT[decision]}; {instead}"
        )
    if decision != "approve":
        return
    if status == "published" and rolled_back(connection, run.exam_code) is None:
        raise ReviewError(
            f"run {short(run.id)} of exam {run.exam_code} is live, and nothing waits for a decision"
        )
    audited = any(said["decision"] in ("hold", *LIVE_DECISIONS) for said in decisions(connection, run.id))
    if not audited:
        raise ReviewError(
            f"run {short(run.id)} of exam {run.exam_code} has not passed its checks: "
            f"`qbank run --exam {run.exam_code}` runs them, and says what they found"
        )


def find(connection: Connection, start: str) -> uuid.UUID:
    """Return the id of the one run whose id starts so. Raises ReviewError where there is none, or more."""
    found = connection.scalars(
        text("select id from calibration_runs where starts_with(id::text, :start) order by id limit 3"),
        {"start": start.strip().lower()},
    ).all()
    if not start.strip() or not found:
        raise ReviewError(
            f"there is no calibration run {start!r}: `qbank calibrations list` shows all there are"
        )
    if len(found) > 1:
        raise ReviewError(f"more than one calibration run starts with {start!r}: give more of its id")
    return uuid.UUID(str(found[0]))


def short(run_id: uuid.UUID) -> str:
    """Return as much of a run's id as people read."""
    return str(run_id)[:8]


def set_status(connection: Connection, run_id: uuid.UUID, status: str) -> None:
    """Move a run to a status; whether it may is `decide`'s question."""
    connection.execute(update(CalibrationRun).where(CalibrationRun.id == run_id).values(status=status))
