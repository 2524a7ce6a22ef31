"""The pipeline's own checks, run by Dagster and dbt on a place: what each is named, and whether it passed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from dagster import AssetCheckKey, JobDefinition

from database.queries import marts
from orchestration import dbt
from orchestration.definitions import defs
from orchestration.instance import instance
from orchestration.partitions import home_exams
from orchestration.progress import RUN_CONFIG
from tests.damage.damage import EXAM
from tests.damage.place import Place

# Names of checks, each with whether it passed.
Verdicts = dict[str, bool]
Look = Callable[[Place], Verdicts]


@cache
def looks() -> dict[str, Look]:
    """Return every check of the project, in the groups that run together, by the name of the group."""
    return {
        **{name: dagster_checks(name, keys) for name, keys in _steps_of_checks().items()},
        "dbt tests before the fit": dbt_tests(marts.BEFORE_FIT),
        "dbt tests after publishing": dbt_tests(marts.AFTER_PUBLISH),
    }


def dagster_checks(step: str, keys: Iterable[AssetCheckKey]) -> Look:
    """Run the checks of one step for the damaged exam, as a run of that step alone."""
    chosen = frozenset(keys)

    def look(place: Place) -> Verdicts:
        with place.here(), instance(place.home) as recorded:
            recorded.add_dynamic_partitions(str(home_exams.name), [EXAM])
            result = (
                _job()
                .get_subset(asset_selection=set(), asset_check_selection=chosen)
                .execute_in_process(
                    instance=recorded, partition_key=EXAM, run_config=RUN_CONFIG, raise_on_error=False
                )
            )
        told = result.get_asset_check_evaluations()
        verdicts = {f"{one.asset_key.to_user_string()}: {one.check_name}": one.passed for one in told}
        # A step that broke down has said nothing of its checks, which is no way to pass.
        return verdicts if len(told) == len(chosen) else {**verdicts, f"step {step} broke down": False}

    return look


def dbt_tests(selection: str) -> Look:
    """Run the dbt tests of a selection, with its models as they are."""

    def look(place: Place) -> Verdicts:
        with place.here():
            return verdicts_of(
                dbt.build(place.url, [f"tag:{selection},resource_type:test"], full_refresh=False)
            )

    return look


def dbt_test(name: str) -> Look:
    """Run one dbt test, with the models as they are."""

    def look(place: Place) -> Verdicts:
        with place.here():
            return verdicts_of(dbt.build(place.url, [f"{name},resource_type:test"], full_refresh=False))

    return look


def verdicts_of(results: Iterable[dbt.NodeResult]) -> Verdicts:
    """Name what dbt did: a test or model by its name, without the hash that makes dbt's id of a test unique."""
    verdicts = {}
    for node in results:
        kind, _, name = node.unique_id.partition(".qbank.")
        verdicts[f"dbt {kind}: {name.split('.')[0]}"] = node.status in ("success", "pass", "skipped")
    return verdicts


@cache
def _job() -> JobDefinition:
    return defs().resolve_implicit_global_asset_job_def()


def _steps_of_checks() -> dict[str, set[AssetCheckKey]]:
    """Return the checks that steps of their own run, by step; dbt's are part of the steps that build."""
    return {each.node_def.name: set(each.check_keys) for each in defs().asset_checks or []}
