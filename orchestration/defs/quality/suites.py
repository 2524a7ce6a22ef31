"""Great Expectations suites as Dagster asset checks, one check an expectation; errors block, warnings do not."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetIn,
    MetadataValue,
    multi_asset_check,
)

import expectations
from orchestration.partitions import home_exams
from orchestration.resources import Database


def _specs(asset: str) -> list[AssetCheckSpec]:
    """Return one spec an expectation of the asset's suite, which bears the asset's name."""
    return [
        AssetCheckSpec(
            name=each.id,
            asset=asset,
            description=each.description,
            blocking=each.severity == "error",
            partitions_def=home_exams,
        )
        for each in expectations.load_suite(asset).expectations
    ]


@multi_asset_check(specs=_specs("user_responses"), name="expect_user_responses")
def user_responses_suite(
    context: AssetCheckExecutionContext, database: Database
) -> Iterator[AssetCheckResult]:
    """Check the responses of the exam before anything is built on them."""
    exam = context.run.tags["dagster/partition"]
    yield from _run("user_responses", database, {"exam_code": exam})


@multi_asset_check(
    specs=_specs("item_calibration_candidate"),
    name="expect_item_calibration_candidate",
    ins={"item_calibration_candidate": AssetIn("item_calibration_candidate")},
)
def candidate_suite(database: Database, item_calibration_candidate: str) -> Iterator[AssetCheckResult]:
    """Check the candidate before it is published."""
    yield from _run("item_calibration_candidate", database, {"run_id": item_calibration_candidate})


def _run(
    suite: str, database: Database, parameters: Mapping[str, expectations.runner.Parameter]
) -> Iterator[AssetCheckResult]:
    result = expectations.run_suite(suite, database.url(), query_parameters=parameters)
    keys = expectations.load_suite(suite).keys
    for each in result.expectations:
        yield AssetCheckResult(
            asset_key=suite,
            check_name=each.id,
            passed=each.passed,
            severity=AssetCheckSeverity.WARN if each.severity == "warn" else AssetCheckSeverity.ERROR,
            description=each.description,
            metadata={
                "rows": result.rows,
                "observed": str(each.observed),
                "unexpected": each.unexpected_count,
                **(_at_fault(each, keys) if each.sample else {}),
                **({"error": each.error} if each.error else {}),
            },
        )


def _at_fault(each: expectations.ExpectationResult, keys: tuple[str, ...]) -> dict[str, Any]:
    """Name the first rows at fault by the suite's keys, and show them whole."""
    names = [" ".join(str(row[key]) for key in keys if key in row) for row in each.sample]
    more = each.unexpected_count - len(names)
    return {
        "at fault": MetadataValue.text(", ".join(names) + (f" and {more:,} more" if more > 0 else "")),
        "sample": MetadataValue.json([dict(row) for row in each.sample]),
    }
