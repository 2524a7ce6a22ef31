"""What a failed run of the job says of the calibration it had fitted: which checks hold it back from going live."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
)
from sqlalchemy import Connection

from database.queries import reviews

# What a check's metadata says in one line, in this order; the rest is for Dagster's pages.
SHOWN = ("observed", "at fault", "not converged", "message", "error")
CANDIDATE, LIVE = AssetKey("item_calibration_candidate"), AssetKey("item_calibration")


def observed(said: AssetCheckEvaluation) -> str:
    """Return in a line what a check has seen."""
    return "; ".join(str(said.metadata[name].value) for name in SHOWN if name in said.metadata)


def hold_back(instance: DagsterInstance, run_id: str, connection: Connection) -> uuid.UUID | None:
    """Write down which checks hold back the calibration that a run of Dagster's fitted; return its id.

    None where it fitted none, where the calibration went live, and where no check that blocks has failed: what a step
    left that could not do its work is a candidate still, and not one that can be approved.
    """
    made = {event.asset_key: event for event in _made(instance, run_id)}
    reasons = [_reason(said) for said in _evaluations(instance, run_id) if _blocks(said)]
    if CANDIDATE not in made or LIVE in made or not reasons:
        return None
    calibration = uuid.UUID(str(made[CANDIDATE].metadata["run"].value))
    return calibration if reviews.block(connection, calibration, reasons) else None


def _events(instance: DagsterInstance, run_id: str, kind: DagsterEventType) -> Iterator[DagsterEvent]:
    for entry in instance.all_logs(run_id, of_type=kind):
        if entry.dagster_event is not None:
            yield entry.dagster_event


def _made(instance: DagsterInstance, run_id: str) -> Iterator[AssetMaterialization]:
    for event in _events(instance, run_id, DagsterEventType.ASSET_MATERIALIZATION):
        yield event.step_materialization_data.materialization


def _evaluations(instance: DagsterInstance, run_id: str) -> Iterator[AssetCheckEvaluation]:
    for event in _events(instance, run_id, DagsterEventType.ASSET_CHECK_EVALUATION):
        yield event.asset_check_evaluation_data


def _blocks(said: AssetCheckEvaluation) -> bool:
    return not said.passed and said.severity is AssetCheckSeverity.ERROR


def _reason(said: AssetCheckEvaluation) -> str:
    what = observed(said) or (said.description or "")
    return f"{said.asset_key.to_user_string()}: {said.check_name}" + (f" ({what})" if what else "")
