"""Which run goes live on whose word: no way around checks, and none around a name and a reason."""

from collections.abc import Callable
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    DagsterInstance,
    Definitions,
    MaterializeResult,
    asset,
    define_asset_job,
)
from sqlalchemy import Engine

from database.errors import ReviewError
from database.queries import calibrations, reviews
from orchestration.decision import Decision, UndecidedError, asked_for
from orchestration.partitions import home_exams
from tests.database.bank import add_exam
from tests.database.queries.test_publications import TENANT, run

FITTED, OTHER, FOREIGN = (str(run(number).id) for number in (1, 2, 9))
APPROVED = {"run_id": OTHER, "decision": "approve", "by": "Ada", "reason": "good"}
Ask = Callable[..., str]


@pytest.fixture
def ask(pipeline_engine: Engine) -> Ask:
    """Run a job of an asset that asks which run is meant; return its id. The first run of E is what was fitted."""
    with pipeline_engine.begin() as connection:
        for exam in ("E", "F"):
            add_exam(connection, exam, TENANT)
        for number, exam in ((1, "E"), (2, "E"), (9, "F")):
            calibrations.write_candidate(connection, run(number, exam), [])
        reviews.hold(connection, run(2), reviews.Hold("waiting", "manual"))
        reviews.hold(connection, run(9, "F"), reviews.Hold("waiting", "manual"))
    found: list[str] = []

    @asset(partitions_def=home_exams)
    def item_calibration_candidate() -> MaterializeResult[None]:
        return MaterializeResult(metadata={"run": FITTED})

    @asset(partitions_def=home_exams, deps=[item_calibration_candidate])
    def item_calibration(context: AssetExecutionContext, config: Decision) -> None:
        with pipeline_engine.begin() as connection:
            found.append(str(asked_for(context, connection, config, FITTED).id))

    def asked(job: str, *, fitted: bool = False, **config: Any) -> str:
        selection = [item_calibration_candidate, item_calibration] if fitted else [item_calibration]
        made = define_asset_job(job, selection=selection)
        loaded = Definitions(assets=[item_calibration_candidate, item_calibration], jobs=[made])
        with DagsterInstance.ephemeral() as instance:
            instance.add_dynamic_partitions(str(home_exams.name), ["E"])
            loaded.resolve_job_def(job).execute_in_process(
                instance=instance,
                partition_key="E",
                run_config={"ops": {"item_calibration": {"config": config}}},
            )
        return found[-1]

    return asked


def test_without_a_decision_it_is_what_was_fitted_with_one_the_run_that_was_named(ask: Ask) -> None:
    assert ask("nightly") == FITTED
    assert ask("publishing", **APPROVED) == OTHER


@pytest.mark.parametrize(
    ("job", "config"),
    [
        ("nightly", {"run_id": OTHER}),
        ("nightly", {"decision": "approve", "by": "Ada", "reason": "good"}),
        ("publishing", {}),
        ("publishing", {"run_id": OTHER}),
    ],
)
def test_a_run_without_a_decision_and_a_decision_without_a_run_are_refused(
    ask: Ask, job: str, config: dict[str, Any]
) -> None:
    with pytest.raises(UndecidedError, match="`qbank calibrations approve RUN --by NAME --reason TEXT`"):
        ask(job, **config)


def test_a_run_of_another_exam_is_refused(ask: Ask) -> None:
    with pytest.raises(UndecidedError, match="is of exam F, not of E"):
        ask("publishing", **APPROVED | {"run_id": FOREIGN})


def test_what_the_runs_standing_forbids_is_refused_before_anything_is_computed(ask: Ask) -> None:
    with pytest.raises(ReviewError, match="has not passed its checks"):
        ask("publishing", **APPROVED | {"run_id": FITTED})
    with pytest.raises(ReviewError, match="a name and a reason"):
        ask("publishing", **APPROVED | {"by": " "})


def test_what_checks_hold_back_goes_live_only_where_they_are_run_again(
    ask: Ask, pipeline_engine: Engine
) -> None:
    with pipeline_engine.begin() as connection:
        reviews.block(connection, run(1).id, ["a of I1 is 9.1"])
    with pytest.raises(UndecidedError, match="materialize item_calibration_candidate too"):
        ask("nightly")
    assert ask("nightly", fitted=True) == FITTED
