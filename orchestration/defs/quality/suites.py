"""Great Expectations suites as Dagster asset checks, one check an expectation; errors block, warnings do not.

A suite names its asset and its parameters; what a parameter is filled with stands here, once for all suites.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetIn,
    MetadataValue,
    multi_asset_check,
)

import expectations
from database.queries import marts
from orchestration.partitions import home_exams
from orchestration.resources import Database
from orchestration.retries import repeated_when_lost

# A suite that asks for the run is handed the value of the asset that made it; the exam is the partition.
EXAM, RUN, RUN_FROM = "exam_code", "run_id", "item_calibration_candidate"


def _checks_of(name: str) -> AssetChecksDefinition:
    """Return the checks of a suite, run together: its rows are read once."""
    suite = expectations.load_suite(name)
    specs = [
        AssetCheckSpec(
            name=each.id,
            asset=suite.asset,
            description=each.description,
            blocking=each.severity == "error",
            partitions_def=home_exams if suite.parameters else None,
        )
        for each in suite.expectations
    ]

    @multi_asset_check(
        name=f"expect_{name}",
        specs=specs,
        description=suite.description,
        ins={RUN: AssetIn(RUN_FROM)} if RUN in suite.parameters else None,
    )
    def checks(
        context: AssetCheckExecutionContext, database: Database, **made: str
    ) -> Iterator[AssetCheckResult]:
        exam = {EXAM: context.run.tags["dagster/partition"]} if EXAM in suite.parameters else {}
        yield from _run(suite, database, {**exam, **made})

    return checks


suites = [_checks_of(name) for name in expectations.suite_names()]


def _run(
    suite: expectations.Suite,
    database: Database,
    parameters: Mapping[str, expectations.runner.Parameter],
) -> Iterator[AssetCheckResult]:
    with database.begin() as connection:
        built = marts.newest(connection)
    with repeated_when_lost():
        result = expectations.run_suite(suite.name, database.url(), query_parameters=parameters, marts=built)
    for each in result.expectations:
        yield AssetCheckResult(
            asset_key=suite.asset,
            check_name=each.id,
            passed=each.passed,
            severity=AssetCheckSeverity.WARN if each.severity == "warn" else AssetCheckSeverity.ERROR,
            description=each.description,
            metadata={
                "suite": suite.name,
                "rows": result.rows,
                "observed": str(each.observed),
                "unexpected": each.unexpected_count,
                "seconds of the suite": round(result.seconds, 3),
                **(_at_fault(each, suite.keys) if each.sample else {}),
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
