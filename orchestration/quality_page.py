"""The page on the data behind a run, written whatever became of the run: a blocked one needs it most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetMaterialization,
    DagsterEventType,
    DagsterInstance,
    MetadataValue,
    RepositoryDefinition,
)
from sqlalchemy import Connection

from database.queries import counts, source_loads
from expectations import suite_names
from orchestration.check_history import Failing, failing
from reports import data_quality
from reports.data_quality import Check, DataQualityReport, Load

# A page is a few hundred kB; a month of nights is kept.
PAGES_KEPT = 30
_SUITE, _DBT, _RECONCILIATION, _OTHER = "suite {}", "dbt tests", "reconciliation", "flow of events, and fit"


def write_page(
    instance: DagsterInstance,
    repository: RepositoryDefinition,
    run_id: str,
    exam: str,
    home: Path,
    connection: Connection,
) -> Path:
    """Write the page of a run's checks and report it as the asset data_quality_report; return its path.

    QBANK_HOME/reports/data-quality-EXAM.html is the newest, data-quality-EXAM/ holds one for each run.
    """
    report = _report(instance, repository, run_id, exam, home, connection)
    page = data_quality.render(report)
    newest = home / "reports" / f"data-quality-{exam}.html"
    folder = newest.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / f"{report.checked_at:%Y-%m-%dT%H%M%S}-{run_id[:8]}.html"
    for path in (own, newest):
        path.write_text(page, encoding="utf-8")
    _prune(folder)
    instance.report_runless_asset_event(
        AssetMaterialization(
            asset_key="data_quality_report",
            partition=exam,
            metadata={
                "page": MetadataValue.path(str(own)),
                "what to do": MetadataValue.text("\n".join(data_quality.summary(report))),
                "digest": MetadataValue.md(data_quality.digest(report)),
                "failed": sum(check.blocks for check in report.failures),
                "warned": sum(not check.blocks for check in report.failures),
                "checks": len(report.checks),
                "run": MetadataValue.dagster_run(run_id),
            },
        )
    )
    return newest


def _prune(folder: Path) -> None:
    for old in sorted(folder.iterdir())[:-PAGES_KEPT]:
        old.unlink()


def _report(
    instance: DagsterInstance,
    repository: RepositoryDefinition,
    run_id: str,
    exam: str,
    home: Path,
    connection: Connection,
) -> DataQualityReport:
    from ingestion import imports  # noqa: PLC0415 - readers of files: loading the definitions does without

    evaluations = list(_evaluations(instance, run_id))
    found = counts.responses(connection, exam)
    imported = imports.last_import(home / "imports", exam) or {}
    checks = tuple(_check(said, instance, repository, exam) for said in evaluations)
    ran = {check.family for check in checks}
    return DataQualityReport(
        exam=exam,
        run_id=run_id,
        checked_at=dt.datetime.now(dt.UTC),
        responses_read=int(imported.get("read", found.responses)),
        responses_rejected=int(imported.get("rejected", 0)),
        synthetic_clock=found.synthetic_clock,
        rejects=_counts(imported.get("rejects", {})),
        rejects_file=imported.get("rejects_file"),
        dispositions=_counts(counts.dispositions(connection, exam)),
        checks=checks,
        rows={
            _family(said): int(_value(said, "rows", 0)) for said in evaluations if "suite" in said.metadata
        },
        not_run=tuple(family for family in (*map(_SUITE.format, suite_names()), _DBT) if family not in ran),
        loads=tuple(
            Load(f"{load.loader} {load.name}", load.loaded_at, load.n_rows)
            for load in source_loads.all_loads(connection)
        ),
    )


def _evaluations(instance: DagsterInstance, run_id: str) -> Iterator[AssetCheckEvaluation]:
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
        if entry.dagster_event is not None:
            yield entry.dagster_event.asset_check_evaluation_data


def _counts(numbers: Mapping[str, int]) -> tuple[data_quality.Count, ...]:
    return tuple(data_quality.Count(name, n) for name, n in numbers.items())


def _family(said: AssetCheckEvaluation) -> str:
    if "suite" in said.metadata:
        return _SUITE.format(_value(said, "suite", ""))
    if "failures" in said.metadata:
        return _DBT
    return _RECONCILIATION if "faults" in said.metadata else _OTHER


def _check(
    said: AssetCheckEvaluation, instance: DagsterInstance, repository: RepositoryDefinition, exam: str
) -> Check:
    key, graph = said.asset_check_key, repository.asset_graph
    series = None if said.passed else _failing(instance, key, exam)
    error = _value(said, "error", None)
    sample: Sequence[Mapping[str, Any]] = _value(said, "sample", ())
    counted = [int(_value(said, name, 0)) for name in ("unexpected", "failures", "faults")]
    return Check(
        family=_family(said),
        asset=said.asset_key.to_user_string(),
        name=said.check_name,
        severity=said.severity.value.lower(),
        passed=said.passed,
        description=said.description
        or (graph.get_check_spec(key).description if graph.has(key) else "")
        or "",
        observed=_observed(said),
        at_fault=max(counted),
        sample=sample,
        error=None if error is None else str(error),
        owners=tuple(graph.get(said.asset_key).owners) if graph.has(said.asset_key) else (),
        failing_since=None if series is None else series.since,
        failing_runs=0 if series is None else series.runs,
    )


def _failing(instance: DagsterInstance, key: AssetCheckKey, exam: str) -> Failing | None:
    """Checks of an exam have a history each exam; those of all exams have one."""
    return failing(instance, key, exam) or failing(instance, key, None)


def _observed(said: AssetCheckEvaluation) -> str:
    for name in ("observed", "not converged", "message"):
        if name in said.metadata:
            return str(_value(said, name, ""))
    failures = _value(said, "failures", None)
    return "" if failures is None else f"{failures} rows at fault"


def _value(said: AssetCheckEvaluation, name: str, default: Any) -> Any:
    value = said.metadata.get(name)
    return default if value is None else value.value
