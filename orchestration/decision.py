"""On whose word `publish` puts which run live: checks decide of the one that was just fitted, people of any other."""

import uuid
from typing import Literal

from dagster import AssetExecutionContext, Config, DagsterEventType
from pydantic import Field
from sqlalchemy import Connection

from database.queries import calibrations, reviews
from database.queries.calibrations import Run
from orchestration.verdict import CANDIDATE

#: The job that runs on a person's word alone.
PUBLISHING = "publishing"


class Decision(Config):
    """What a person decided of a run; without it checks decide of the run that was just fitted."""

    run_id: str = Field("", description="Run to put live; empty: the one that was fitted last.")
    decision: Literal["publish", "approve", "rollback"] = Field("publish", description="What was decided.")
    by: str = Field(reviews.PIPELINE, description="Who decided.")
    reason: str = Field("all blocking checks of the candidate passed", description="Why.")


class UndecidedError(ValueError):
    """It was not said which run is to go live on whose word; the text says what to do."""


def asked_for(context: AssetExecutionContext, connection: Connection, config: Decision, fitted: str) -> Run:
    """Return the run that is to go live, if it may: the one decided on, else the one that was `fitted`.

    Raises:
        UndecidedError: a run without a decision, a decision without a run, a run of another exam, or one that
            checks hold back and that was not fitted, and so not checked, by this run of Dagster's.
        ReviewError: the run's standing does not allow the decision.
    """
    by_person = config.decision != "publish"
    if by_person != bool(config.run_id) or (context.job_name == PUBLISHING and not by_person):
        raise UndecidedError(
            "a run goes live on a person's word only with run_id, decision (approve or rollback), by and reason: "
            "`qbank calibrations approve RUN --by NAME --reason TEXT`"
        )
    run = calibrations.find_run(connection, uuid.UUID(config.run_id or fitted))
    if run.exam_code != context.partition_key:
        raise UndecidedError(f"run {run.id} is of exam {run.exam_code}, not of {context.partition_key}")
    if by_person:
        reviews.check(connection, run.id, config.decision, config.by, config.reason)
    elif reviews.standing(connection, run.id) == "blocked" and not _fitted_by(context):
        raise UndecidedError(
            f"checks hold run {run.id} back, and this run does not run them again: materialize "
            f"item_calibration_candidate too, or `qbank run --exam {run.exam_code}`"
        )
    return run


def _fitted_by(context: AssetExecutionContext) -> bool:
    entries = context.instance.all_logs(context.run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)
    return any(entry.dagster_event and entry.dagster_event.asset_key == CANDIDATE for entry in entries)
