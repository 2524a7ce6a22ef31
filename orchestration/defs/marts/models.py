"""The two dbt builds: before the fit, and after publishing."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    Failure,
    MaterializeResult,
)
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from sqlalchemy import Connection

from database.queries import mart_plans, marts
from database.queries.marts import AFTER_PUBLISH, BEFORE_FIT
from orchestration import dbt
from orchestration.resources import Database

UNIQUE_ID = "dagster_dbt/unique_id"
_PASSED, _FAILED = {"success", "pass"}, {"error", "fail", "runtime error"}


class QbankTranslator(DagsterDbtTranslator):
    """Keys are table names, so that dbt's sources are the assets that write those tables."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Return the key of a model or source: its table's name, with the schema telemetry in front."""
        if dbt_resource_props["resource_type"] != "source":
            return AssetKey(dbt_resource_props["name"])
        table, schema = dbt_resource_props["identifier"], dbt_resource_props["schema"]
        return AssetKey(table if schema == "public" else f"{schema}_{table}")

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Analysts read the marts and own them."""
        return ["team:analytics"] if dbt_resource_props["resource_type"] == "model" else []


@dbt_assets(
    manifest=dbt.manifest_path(), select=f"tag:{BEFORE_FIT}", dagster_dbt_translator=QbankTranslator()
)
def marts_before_fit(context: AssetExecutionContext, database: Database) -> Iterator[Any]:
    """Build staging, first attempts and facts."""
    yield from _build(context, database, BEFORE_FIT)


@dbt_assets(
    manifest=dbt.manifest_path(), select=f"tag:{AFTER_PUBLISH}", dagster_dbt_translator=QbankTranslator()
)
def marts_after_publish(context: AssetExecutionContext, database: Database) -> Iterator[Any]:
    """Build the item and learner marts on what was published."""
    yield from _build(context, database, AFTER_PUBLISH)


def _build(context: AssetExecutionContext, database: Database, selection: str) -> Iterator[Any]:
    """Build what is selected and tell Dagster of each model and test; a fault ends it with dbt's own words.

    The step fails with any of its tests, and with it all that stands downstream: checks alone would not hold
    back what the same step has built.
    """
    definition, chosen = context.assets_def, context.selected_asset_keys
    # What is built besides, because it is read, is nothing that this step may tell of.
    models = {spec.metadata[UNIQUE_ID]: key for key, spec in definition.specs_by_key.items() if key in chosen}
    checks = {
        spec.metadata[UNIQUE_ID]: spec
        for spec in definition.check_specs
        if spec.metadata and spec.key in context.selected_asset_check_keys
    }
    with database.exclusive(marts.LOCK):
        with database.begin() as connection:
            plan = mart_plans.plan(connection, context.run.run_id, dbt.project_hash())
            if plan.full_refresh:
                mart_plans.drop_strangers(connection, dbt.model_names())
        whole = selections_of(selection, plan) if models.keys() == dbt.models_tagged(selection) else []
        select = [f"tag:{name}" for name in whole] or names_of(models)
        context.log.info(f"{'full' if plan.full_refresh else 'incremental'} build of {select}: {plan.reason}")
        results = dbt.build(database.url(), select, full_refresh=plan.full_refresh)
        faults = [f"{node.unique_id}: {node.message}" for node in results if node.status in _FAILED]
        with database.begin() as connection:
            if whole and not faults:
                mart_plans.mark_passed(connection, context.run.run_id, whole)
            rows = _rows(connection, results)
    for node in results:
        if node.unique_id in models and node.status in _PASSED:
            key = models[node.unique_id]
            yield _materialized(key, node, rows.get(key.path[-1], node.rows))
        elif node.unique_id in checks and node.status != "skipped":
            yield _checked(checks[node.unique_id], node)
    if faults:
        raise Failure(f"dbt: {len(faults)} of the nodes failed", metadata={"faults": "\n\n".join(faults)})


def selections_of(selection: str, plan: marts.Build) -> list[str]:
    """Return the selections to build for one of them.

    What is built after publishing reads what was built before the fit. Where that is not this run's, as in a step
    that is run alone or after another run has built, it is the work of an earlier night: build it, too.
    """
    if selection == BEFORE_FIT or BEFORE_FIT in plan.passed:
        return [selection]
    return [BEFORE_FIT, selection]


def names_of(chosen: Collection[str]) -> list[str]:
    """Return some models by name, with all that they read: it stands in the candidate as of an earlier night."""
    return [f"+{unique_id.rsplit('.', 1)[-1]}" for unique_id in sorted(chosen)]


def _rows(connection: Connection, results: list[dbt.NodeResult]) -> dict[str, int]:
    """Count the rows of incremental tables: of these dbt tells only how many it wrote."""
    grown = [
        node.unique_id.rsplit(".", 1)[-1] for node in results if node.incremental and node.status in _PASSED
    ]
    return marts.row_counts(connection, marts.CANDIDATE, grown)


def _materialized(key: AssetKey, node: dbt.NodeResult, rows: int | None) -> MaterializeResult[None]:
    written = {} if node.rows is None else {"rows written": node.rows}
    count = {} if rows is None else {"dagster/row_count": rows}
    return MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/table_name": f"{marts.LIVE}.{key.path[-1]}",
            "seconds": node.seconds,
            **written,
            **count,
        },
    )


def _checked(spec: Any, node: dbt.NodeResult) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=node.status in _PASSED,
        severity=AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR,
        metadata={"failures": node.failures or 0, "message": node.message, "seconds": node.seconds},
    )
