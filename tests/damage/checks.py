"""The pipeline's own checks, run on a place apart from the job: what each is named, and whether it passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagster import AssetChecksDefinition

import expectations
from orchestration import dbt
from orchestration.defs.quality import telemetry
from orchestration.defs.quality.convergence import fits_converged
from orchestration.resources import Database
from tests.damage.damage import AFTER_PUBLISH, BEFORE_FIT, EXAM
from tests.damage.good import Place

# Names of checks, each with whether it passed.
Verdicts = dict[str, bool]
Look = Callable[[Place], Verdicts]


def suite(name: str, parameter: str) -> Look:
    """Run a suite for the damaged exam, or for its last run."""

    def look(place: Place) -> Verdicts:
        given = EXAM if parameter == "exam_code" else _last_run(place)
        result = expectations.run_suite(name, place.url, query_parameters={parameter: given})
        return {f"{name}: {each.id}": each.passed for each in result.expectations}

    return look


def dbt_tests(selection: str) -> Look:
    """Run the dbt tests of a selection, with its models as they are."""
    return lambda place: _nodes(place, [f"{selection},resource_type:test"])


def dbt_build(place: Place, selection: str) -> Verdicts:
    """Build a selection and run its tests; a model that cannot be built has not passed."""
    return _nodes(place, [selection])


def told(check: AssetChecksDefinition, *arguments: Callable[[Place], Any]) -> Look:
    """Ask one of Dagster's asset checks that are functions of ours."""

    def look(place: Place) -> Verdicts:
        (key,) = check.check_keys
        with place.here():
            result = check(Database(), *(argument(place) for argument in arguments))
        assert hasattr(result, "passed")
        return {f"{key.asset_key.to_user_string()}: {key.name}": bool(result.passed)}

    return look


def _nodes(place: Place, select: list[str]) -> Verdicts:
    with place.here():
        results = dbt.build(place.url, select)
    verdicts = {}
    for node in results:
        # As Dagster names them: a test by its name, without the hash that makes dbt's id unique.
        kind, _, name = node.unique_id.partition(".qbank.")
        verdicts[f"dbt {kind}: {name.split('.')[0]}"] = node.status in ("success", "pass", "skipped")
    return verdicts


def _last_run(place: Place) -> str:
    with place.connect() as connection:
        found = connection.execute(
            "select id from calibration_runs where exam_code = %s order by fitted_at desc limit 1", [EXAM]
        ).fetchone()
    assert found is not None
    return str(found[0])


# Every check that reads what a place holds. What watches processes, lags for instance, has nothing to see here.
LOOKS: dict[str, Look] = {
    "suite user_responses": suite("user_responses", "exam_code"),
    "suite item_calibration_candidate": suite("item_calibration_candidate", "run_id"),
    "fits": told(fits_converged, _last_run),
    "dead letters": told(telemetry.dead_letter_share),
    "schema drift": told(telemetry.schema_drift),
    "answers": told(telemetry.answers_have_events),
    "attempts": told(telemetry.attempts_agree),
    "dbt tests before the fit": dbt_tests(BEFORE_FIT),
    "dbt tests after publishing": dbt_tests(AFTER_PUBLISH),
}
