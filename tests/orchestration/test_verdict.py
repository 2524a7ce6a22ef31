"""A failed run says of the calibration that it had fitted which checks hold it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    DagsterInstance,
    ExecuteInProcessResult,
    MaterializeResult,
    asset,
    asset_check,
    materialize,
)
from sqlalchemy import Engine

from database.queries import calibrations, reviews
from orchestration.verdict import hold_back
from tests.database.bank import add_exam
from tests.database.queries.test_publications import TENANT, run

FITTED = run(1).id


@asset
def item_calibration_candidate() -> MaterializeResult[None]:
    return MaterializeResult(metadata={"run": str(FITTED)})


@asset_check(asset=item_calibration_candidate, blocking=True)
def slopes_in_bounds() -> AssetCheckResult:
    return AssetCheckResult(passed=False, metadata={"observed": "a of I1 is 9.1"})


@asset_check(asset=item_calibration_candidate)
def errors_are_usual() -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, metadata={"observed": "3 %"})


@asset(deps=[item_calibration_candidate])
def item_calibration() -> None: ...


@asset(deps=[item_calibration])
def item_health() -> None: ...


@asset_check(asset=item_health, blocking=True)
def counts_add_up() -> AssetCheckResult:
    return AssetCheckResult(passed=False)


@asset(name="item_calibration_candidate")
def crashed() -> MaterializeResult[None]:
    raise ConnectionError("the database is away")


@pytest.fixture
def recorded() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def engine(pipeline_engine: Engine) -> Engine:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        calibrations.write_candidate(connection, run(1), [])
    return pipeline_engine


def ended(instance: DagsterInstance, *made: object) -> ExecuteInProcessResult:
    return materialize(list(made), instance=instance, raise_on_error=False)  # type: ignore[arg-type]


def said(engine: Engine, recorded: DagsterInstance, run_id: str) -> tuple[uuid.UUID | None, str, list[str]]:
    """What holding back returned, the status of the calibration then, and the reasons of what was decided."""
    with engine.begin() as connection:
        held = hold_back(recorded, run_id, connection)
        reasons = [each["reason"] for each in reviews.decisions(connection, FITTED)]
        return held, reviews.standing(connection, FITTED), reasons


def test_checks_that_block_hold_the_calibration_back_and_are_named(
    engine: Engine, recorded: DagsterInstance
) -> None:
    result = ended(recorded, item_calibration_candidate, slopes_in_bounds, errors_are_usual, item_calibration)
    assert not result.success
    why = "item_calibration_candidate: slopes_in_bounds (a of I1 is 9.1)"
    assert said(engine, recorded, result.run_id) == (FITTED, "blocked", [why])


def test_what_went_live_is_not_held_back_by_what_failed_after(
    engine: Engine, recorded: DagsterInstance
) -> None:
    result = ended(recorded, item_calibration_candidate, item_calibration, item_health, counts_add_up)
    assert [each.passed for each in result.get_asset_check_evaluations()] == [False]
    assert said(engine, recorded, result.run_id) == (None, "candidate", [])


def test_a_run_that_fitted_nothing_or_lost_its_connection_holds_nothing_back(
    engine: Engine, recorded: DagsterInstance
) -> None:
    for made in ((crashed, item_calibration), (item_calibration_candidate, errors_are_usual)):
        result = ended(recorded, *made)
        assert said(engine, recorded, result.run_id) == (None, "candidate", [])
