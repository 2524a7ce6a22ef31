"""The pipeline's own checks, run on a place apart from the job: what each is named, and whether it passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagster import AssetChecksDefinition

import expectations
from database.queries import marts
from orchestration import dbt
from orchestration.defs.quality import telemetry
from orchestration.defs.quality.convergence import fits_converged
from orchestration.resources import Database
from tests.damage.damage import EXAM
from tests.damage.place import Place

# Names of checks, each with whether it passed.
Verdicts = dict[str, bool]
Look = Callable[[Place], Verdicts]
_GOOD = ("success", "pass", "skipped")


def suite(name: str) -> Look:
    """Run a suite for the damaged exam, or for its last run; suites of marts look at those to be published."""
    known = expectations.load_suite(name)

    def look(place: Place) -> Verdicts:
        could_ask: dict[str, Callable[[], str]] = {
            "exam_code": lambda: EXAM,
            "run_id": lambda: _last_run(place),
        }
        asked = {parameter: could_ask[parameter]() for parameter in known.parameters}
        result = expectations.run_suite(name, place.url, query_parameters=asked, marts=marts.CANDIDATE)
        return {f"{known.asset}: {each.id}": each.passed for each in result.expectations}

    return look


def dbt_tests(selection: str) -> Look:
    """Run the dbt tests of a selection, with its models as they are."""

    def look(place: Place) -> Verdicts:
        with place.here():
            return verdicts_of(
                dbt.build(place.url, [f"tag:{selection},resource_type:test"], full_refresh=False)
            )

    return look


def told(check: AssetChecksDefinition, *arguments: Callable[[Place], Any]) -> Look:
    """Ask one of Dagster's asset checks that are functions of ours."""

    def look(place: Place) -> Verdicts:
        (key,) = check.check_keys
        with place.here():
            result = check(Database(), *(argument(place) for argument in arguments))
        assert hasattr(result, "passed")
        return {f"{key.asset_key.to_user_string()}: {key.name}": bool(result.passed)}

    return look


def verdicts_of(results: list[dbt.NodeResult]) -> Verdicts:
    """Name what dbt did: a test or model by its name, without the hash that makes dbt's id of a test unique."""
    verdicts = {}
    for node in results:
        kind, _, name = node.unique_id.partition(".qbank.")
        verdicts[f"dbt {kind}: {name.split('.')[0]}"] = node.status in _GOOD
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
    **{f"suite {name}": suite(name) for name in expectations.suite_names()},
    "fits": told(fits_converged, _last_run),
    "dead letters": told(telemetry.dead_letter_share),
    "schema drift": told(telemetry.schema_drift),
    "answers": told(telemetry.answers_have_events),
    "attempts": told(telemetry.attempts_agree),
    "dbt tests before the fit": dbt_tests(marts.BEFORE_FIT),
    "dbt tests after publishing": dbt_tests(marts.AFTER_PUBLISH),
}
