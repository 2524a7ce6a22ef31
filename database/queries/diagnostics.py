"""What a run found of itself before it was published: figures, findings by item, and what the gate said."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text, update

from database.queries.calibrations import ITEM_NAME, Row
from database.tables import CalibrationRun, ItemCalibrationCandidate, ItemDiagnostic

_FIT = ("question_id", "version", "model", "fit_p", "fit_rmsd")
_TESTED = """
update item_calibration_candidate set fit_p = :fit_p, fit_rmsd = :fit_rmsd
where run_id = :run and question_id = :question_id and version = :version and model = :model
"""

_KNOWN_OF_LIVE = """
select status = 'published' and diagnostics <> '{}' and gate <> '{}' and (
    serving_model is null or exists (
        select from item_calibration_candidate c where c.run_id = run.id and c.fit_p is not null
    )
) from calibration_runs run where run.id = :run
"""

_INSTITUTIONS = """
select m.user_id::text, min(i.name) as name from cohort_members m
join cohorts c on c.id = m.cohort_id join institutions i on i.id = c.institution_id
where i.tenant_id = (select tenant_id from exams where code = :exam)
group by m.user_id having count(distinct i.id) = 1
"""

_COHORTS = """
select m.user_id::text, min(i.name || ', ' || c.name) as name from cohort_members m
join cohorts c on c.id = m.cohort_id join institutions i on i.id = c.institution_id
where i.tenant_id = (select tenant_id from exams where code = :exam)
group by m.user_id having count(*) = 1
"""

_EXPOSURE = """
with met as (
    select s.id, s.user_id from quiz_sessions s
    where s.adaptive and exists (
        select from quiz_items i join questions q on q.id = i.question_id
        where i.quiz_id = s.id and q.home_exam_code = :exam
    )
)
select i.question_id, i.version, count(*) as n_met, (select count(*) from met) as n_sessions
from met join quiz_items i on i.quiz_id = met.id join questions q on q.id = i.question_id
where q.home_exam_code = :exam
group by i.question_id, i.version order by i.question_id, i.version
"""


def record_diagnostics(
    connection: Connection,
    run_id: uuid.UUID,
    figures: Mapping[str, Any],
    rows: Sequence[Row],
    fits: Sequence[Row] = (),
) -> None:
    """Store what a run found, in place of what it had found before.

    `rows` are of item_diagnostics without run and tenant. `fits` have question_id, version, model, fit_p and
    fit_rmsd: they go to the run's candidate rows, whose other ones are left untested.
    """
    tenant = connection.scalar(
        update(CalibrationRun)
        .where(CalibrationRun.id == run_id)
        .values(diagnostics=dict(figures))
        .returning(CalibrationRun.tenant_id)
    )
    connection.execute(delete(ItemDiagnostic).where(ItemDiagnostic.run_id == run_id))
    if rows:
        own = {"run_id": run_id, "tenant_id": tenant}
        connection.execute(insert(ItemDiagnostic), [{**row, **own} for row in rows])
    connection.execute(
        update(ItemCalibrationCandidate)
        .where(ItemCalibrationCandidate.run_id == run_id)
        .values(fit_p=None, fit_rmsd=None)
    )
    if fits:
        connection.execute(
            text(_TESTED),
            [{name: row[name] for name in _FIT} | {"run": run_id} for row in fits],
        )


def record_gate(connection: Connection, run_id: uuid.UUID, gate: Mapping[str, Any]) -> None:
    """Store what simulated sessions said of a run."""
    connection.execute(update(CalibrationRun).where(CalibrationRun.id == run_id).values(gate=dict(gate)))


def known_of_live(connection: Connection, run_id: uuid.UUID) -> bool:
    """Tell whether a run is live, and what was found of it before it went live stands with its rows.

    Asked again it would be compared with itself.
    """
    return bool(connection.scalar(text(_KNOWN_OF_LIVE), {"run": run_id}))


def figures(connection: Connection, run_id: uuid.UUID) -> dict[str, Any]:
    """Return what `record_diagnostics` stored of the whole run; empty where it did not."""
    return dict(
        connection.scalar(select(CalibrationRun.diagnostics).where(CalibrationRun.id == run_id)) or {}
    )


def gate(connection: Connection, run_id: uuid.UUID) -> dict[str, Any]:
    """Return what `record_gate` stored; empty where it did not."""
    return dict(connection.scalar(select(CalibrationRun.gate).where(CalibrationRun.id == run_id)) or {})


def findings(connection: Connection, run_id: uuid.UUID) -> list[Row]:
    """Return a run's findings with the item's name: by item, kind and contrast."""
    rows = connection.execute(
        text(
            f"select {ITEM_NAME}, i.* from item_diagnostics i join questions q on q.id = i.question_id "
            "where i.run_id = :run order by i.question_id, i.version, i.kind, i.contrast"
        ),
        {"run": run_id},
    )
    return [dict(row._mapping) for row in rows]


def members(connection: Connection, exam: str, by: str) -> dict[str, str]:
    """Return the institution, or the cohort (`by`), of each learner of the exam's tenant who is in exactly one.

    Learners by their user id as text. Who is in several belongs to no side of a comparison.
    """
    statement = {"institution": _INSTITUTIONS, "cohort": _COHORTS}[by]
    return {row.user_id: row.name for row in connection.execute(text(statement), {"exam": exam})}


def exposure(connection: Connection, exam: str) -> list[Row]:
    """Return how many adaptive sessions of an exam met each item: question_id, version, n_met, n_sessions."""
    rows = connection.execute(text(_EXPOSURE), {"exam": exam})
    return [dict(row._mapping) for row in rows]


def published_figures(connection: Connection, exam: str, most: int) -> list[Row]:
    """Return the newest runs of an exam that were ever live, oldest first, with what was found of each.

    Columns: id, published_at, n_persons, n_items, n_responses, diagnostics, gate.
    """
    rows = connection.execute(
        text(
            "select * from (select id, published_at, n_persons, n_items, n_responses, diagnostics, gate "
            "from calibration_runs where exam_code = :exam and published_at is not null "
            "order by published_at desc limit :most) newest order by published_at"
        ),
        {"exam": exam, "most": most},
    )
    return [dict(row._mapping) for row in rows]
