"""An exam's scale and the items that hold it: read before a fit, settled when a run goes live."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from database.queries.calibrations import Row, Run, candidates

_SCALE = """
select exam_code, scale_version as version, run_id, prior_mean, prior_sd
from calibration_scales where exam_code = :exam order by scale_version desc limit 1
"""

_ANCHORS = """
select item_name(q.external_ref, q.home_exam_code, q.id, i.version) as item, i.*,
    case when i.state = 'dropped' then r.last_response_at end as dropped_after
from calibration_anchors i join questions q on q.id = i.question_id join calibration_runs r on r.id = i.last_run
where i.exam_code = :exam
and i.scale_version = (select max(scale_version) from calibration_scales where exam_code = :exam)
order by i.question_id, i.version
"""

_DEFINE = """
insert into calibration_scales (exam_code, scale_version, tenant_id, run_id)
values (:exam, :scale, :tenant, :run) on conflict do nothing
"""

_FREEZE = """
insert into calibration_anchors (exam_code, scale_version, question_id, version, tenant_id, state,
    a, b, c, se_a, se_b, n_responses, first_run, last_run)
values (:exam, :scale, :question_id, :version, :tenant, :state, :a, :b, :c, :se_a, :se_b, :n, :run, :run)
on conflict do nothing
"""

# The parameters of the run that promotes it rest on all the answers of its probation; as an anchor it keeps them.
_PROMOTE = """
update calibration_anchors i set
    a = :a, b = :b, c = :c, se_a = :se_a, se_b = :se_b, n_responses = :n, frozen_at = now()
where i.exam_code = :exam and i.scale_version = :scale and i.question_id = :question_id and i.version = :version
and i.state = 'probation'
"""

# A run that is published again, or after a later one, says nothing new of an anchor.
_SAY = """
update calibration_anchors i set
    state = coalesce(:state, i.state), reason = :reason, last_run = :run,
    runs_passed = i.runs_passed + :passed,
    changed_at = case when coalesce(:state, i.state) = i.state then i.changed_at else now() end
from calibration_runs earlier, calibration_runs own
where i.exam_code = :exam and i.scale_version = :scale and i.question_id = :question_id and i.version = :version
and i.state <> 'dropped' and earlier.id = i.last_run and own.id = :run and earlier.created_at < own.created_at
"""


@dataclass(frozen=True)
class Scale:
    """The scale in use: theta ~ N(0, 1) in the population of `run_id`, scores under N(prior_mean, prior_sd)."""

    exam_code: str
    version: int
    run_id: uuid.UUID
    prior_mean: float
    prior_sd: float


def scale(connection: Connection, exam: str) -> Scale | None:
    """Return the scale of an exam; None until a published run defined one."""
    row = connection.execute(text(_SCALE), {"exam": exam}).one_or_none()
    return None if row is None else Scale(**row._mapping)


def anchors(connection: Connection, exam: str) -> list[Row]:
    """Return the rows of calibration_anchors of the scale in use with the item's name, whatever their state.

    `dropped_after`: of a dropped one, the last answer that the run which dropped it had read.
    """
    return [dict(row._mapping) for row in connection.execute(text(_ANCHORS), {"exam": exam})]


def settle(connection: Connection, run: Run) -> None:
    """Write down what a run that goes live says of the scale and of those who hold it.

    Within the caller's transaction, after the run's rows are live. The run that defines a scale makes its
    well-known items anchors; those that later runs name "new" begin a probation, and take the parameters of the run
    that ends it. Publishing a run again, or
    an older one after a younger one, changes nothing.
    """
    if run.scale_version is None:
        return
    own = {"exam": run.exam_code, "scale": run.scale_version, "tenant": run.tenant_id, "run": run.id}
    defines = bool(run.lifecycle.get("defines_scale"))
    if defines:
        connection.execute(text(_DEFINE), own)
    serving = {
        (row["question_id"], row["version"]): row
        for row in candidates(connection, run.id)
        if row["model"] == run.serving_model
    }
    for said in run.lifecycle.get("anchors", ()):
        key = {"question_id": said["question_id"], "version": said["version"]}
        if said["verdict"] == "new":
            frozen = _frozen(serving[said["question_id"], said["version"]])
            state = "anchor" if defines else "probation"
            connection.execute(text(_FREEZE), {**own, **key, **frozen, "state": state})
        else:
            if said["verdict"] == "promoted":
                frozen = _frozen(serving[said["question_id"], said["version"]])
                connection.execute(text(_PROMOTE), {**own, **key, **frozen})
            connection.execute(text(_SAY), {**own, **key, **_change(said)})


def _frozen(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("a", "b", "c", "se_a", "se_b")} | {"n": row["n_respondents"]}


def _change(said: Mapping[str, Any]) -> dict[str, Any]:
    """State after a verdict, None: as it was; a run in which the item was compared, and stood, counts as passed."""
    dropped = said["verdict"] == "dropped"
    states = {"dropped": "dropped", "promoted": "anchor"}
    return {
        "state": states.get(said["verdict"]),
        "reason": said["reason"] if dropped else None,
        "passed": int(not dropped and said.get("distance") is not None),
    }
