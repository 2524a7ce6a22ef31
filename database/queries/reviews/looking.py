"""Calibration runs to look at: which there are, what each says of itself, where two differ item by item."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

Row = Mapping[str, Any]

_RUNS = """
select r.id, r.exam_code, r.status, r.serving_model, r.scale_version, r.as_of, r.n_persons, r.n_items, r.n_responses,
       r.fitted_at, r.published_at, r.code_version, r.snapshot_hash, r.first_response_at, r.last_response_at,
       last.decision, last.decided_by, last.reason, last.decided_at
from calibration_runs r
left join lateral (
    select d.decision, d.decided_by, d.reason, d.decided_at from calibration_decisions d
    where d.run_id = r.id order by d.id desc limit 1
) last on true
"""

# What a run serves or would serve: as history has it where it was live, else by the rule of publishing.
_SERVED = """
select h.question_id, h.version, h.model, h.item_model, h.a, h.b, h.c, h.se_a, h.se_b, h.n_respondents, h.status
from item_calibration_history h where h.run_id = :{run} and h.serving
union all
select c.question_id, c.version, c.model, c.item_model, c.a, c.b, c.c, c.se_a, c.se_b, c.n_respondents, c.status
from item_calibration_candidate c join calibration_runs r on r.id = c.run_id
where c.run_id = :{run} and r.published_at is null and c.model = r.serving_model and c.a > 0 and c.status <> 'set aside'
"""
_FIGURES = ("model", "item_model", "a", "b", "c", "se_a", "se_b", "n_respondents", "status")
_DIFFERENCE = f"""
select item_name(q.external_ref, q.home_exam_code, q.id, version) as item, question_id, version,
       {", ".join(f"o.{name} as old_{name}, n.{name} as new_{name}" for name in _FIGURES)}
from ({_SERVED.format(run="old")}) o full join ({_SERVED.format(run="new")}) n using (question_id, version)
join questions q on q.id = question_id
order by question_id, version
"""


def runs(
    connection: Connection, *, exam: str | None = None, status: str | None = None, limit: int = 50
) -> list[Row]:
    """Return runs with the last decision on each, those fitted last first."""
    rows = connection.execute(
        text(
            f"{_RUNS} where (cast(:exam as text) is null or r.exam_code = :exam) "
            "and (cast(:status as text) is null or r.status = :status) "
            "order by r.fitted_at desc, r.id limit :limit"
        ),
        {"exam": exam, "status": status, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def run(connection: Connection, run_id: uuid.UUID) -> Row:
    """Return one run with the last decision on it, its settings, fits, lifecycle, diagnostics, gate, dispositions.

    Raises NoResultFound where there is none of this id.
    """
    row = connection.execute(text(f"{_RUNS} where r.id = :id"), {"id": run_id}).one()
    more = connection.execute(
        text(
            "select settings, fits, lifecycle, diagnostics, gate, dispositions from calibration_runs where id = :id"
        ),
        {"id": run_id},
    ).one()
    return {**row._mapping, **more._mapping}


def difference(connection: Connection, old: uuid.UUID, new: uuid.UUID) -> list[Row]:
    """Return each item that one of two runs serves, or would serve, with what either says of it.

    Columns: item, question_id, version, and old_* and new_* of model, item_model, a, b, c (D = 1.7 metric), se_a,
    se_b, n_respondents, status; null where a run does not serve the item.
    """
    rows = connection.execute(text(_DIFFERENCE), {"old": old, "new": new})
    return [dict(row._mapping) for row in rows]
