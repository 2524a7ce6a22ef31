"""The two dbt builds: before the fit, and after publishing."""

from collections.abc import Iterator, Mapping
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

from orchestration import dbt
from orchestration.resources import Database

UNIQUE_ID = "dagster_dbt/unique_id"
BEFORE_FIT, AFTER_PUBLISH = "tag:before_fit", "tag:after_publish"
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


@dbt_assets(manifest=dbt.manifest_path(), select=BEFORE_FIT, dagster_dbt_translator=QbankTranslator())
def marts_before_fit(context: AssetExecutionContext, database: Database) -> Iterator[Any]:
    """Build staging, first attempts and facts."""
    yield from _build(context, database, BEFORE_FIT)


@dbt_assets(manifest=dbt.manifest_path(), select=AFTER_PUBLISH, dagster_dbt_translator=QbankTranslator())
def marts_after_publish(context: AssetExecutionContext, database: Database) -> Iterator[Any]:
    """Build the item and learner marts on what was published."""
    yield from _build(context, database, AFTER_PUBLISH)


def _build(context: AssetExecutionContext, database: Database, everything: str) -> Iterator[Any]:
    """Build what is selected and tell Dagster of each model and test; a fault ends it with dbt's own words."""
    definition = context.assets_def
    models = {spec.metadata[UNIQUE_ID]: key for key, spec in definition.specs_by_key.items()}
    checks = {spec.metadata[UNIQUE_ID]: spec for spec in definition.check_specs if spec.metadata}
    chosen = context.selected_asset_keys
    whole = len(chosen) == len(models)
    select = (
        [everything] if whole else [uid.rsplit(".", 1)[-1] for uid, key in models.items() if key in chosen]
    )
    faults = []
    with database.exclusive("dbt build"):
        results = dbt.build(database.url(), select)
    for node in results:
        if node.status in _FAILED:
            faults.append(f"{node.unique_id}: {node.message}")
        if node.unique_id in models and node.status in _PASSED:
            yield _materialized(models[node.unique_id], node)
        elif node.unique_id in checks and node.status != "skipped":
            yield _checked(checks[node.unique_id], node)
    if faults:
        raise Failure(f"dbt: {len(faults)} of the nodes failed", metadata={"faults": "\n\n".join(faults)})


def _materialized(key: AssetKey, node: dbt.NodeResult) -> MaterializeResult[None]:
    rows = {} if node.rows is None else {"dagster/row_count": node.rows}
    return MaterializeResult(
        asset_key=key,
        metadata={"dagster/table_name": f"analytics.{key.path[-1]}", "seconds": node.seconds, **rows},
    )


def _checked(spec: Any, node: dbt.NodeResult) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=node.status in _PASSED,
        severity=AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR,
        metadata={"failures": node.failures or 0, "message": node.message, "seconds": node.seconds},
    )
