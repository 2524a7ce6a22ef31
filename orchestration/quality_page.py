"""The page on the data behind a run, written whatever became of the run: a blocked one needs it most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster import AssetCheckEvaluation, DagsterEventType, DagsterInstance
from sqlalchemy import Connection

from database.queries import counts
from expectations import suite_names
from ingestion import imports
from reports import data_quality


@dataclass(frozen=True)
class _Check:
    id: str
    description: str
    severity: str
    passed: bool
    observed: str
    unexpected_count: int
    sample: Sequence[Mapping[str, Any]]
    error: str | None


@dataclass(frozen=True)
class _Suite:
    name: str
    rows: int
    expectations: tuple[_Check, ...]


def write_page(instance: DagsterInstance, run_id: str, exam: str, home: Path, connection: Connection) -> Path:
    """Write QBANK_HOME/reports/data-quality-EXAM.html from what the run's checks found; return its path."""
    evaluations = list(_evaluations(instance, run_id))
    found = counts.responses(connection, exam)
    imported = imports.last_import(home / "imports", exam) or {}
    report = data_quality.DataQualityReport(
        exam=exam,
        checked_at=dt.datetime.now(dt.UTC),
        responses_read=int(imported.get("read", found.responses)),
        responses_rejected=int(imported.get("rejected", 0)),
        synthetic_clock=found.synthetic_clock,
        rejects=_counts(imported.get("rejects", {})),
        rejects_file=imported.get("rejects_file"),
        dispositions=_counts(counts.dispositions(connection, exam)),
        suites=tuple(_suites(evaluations)),
        dbt_tests=tuple(_dbt_test(said) for said in evaluations if "failures" in said.metadata),
    )
    path = home / "reports" / f"data-quality-{exam}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data_quality.render(report), encoding="utf-8")
    return path


def _evaluations(instance: DagsterInstance, run_id: str) -> Iterator[AssetCheckEvaluation]:
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
        if entry.dagster_event is not None:
            yield entry.dagster_event.asset_check_evaluation_data


def _counts(numbers: Mapping[str, int]) -> tuple[data_quality.Count, ...]:
    return tuple(data_quality.Count(name, n) for name, n in numbers.items())


def _suites(evaluations: list[AssetCheckEvaluation]) -> Iterator[_Suite]:
    """Gather the checks of each suite that ran; a suite bears the name of its asset."""
    for name in suite_names():
        mine = [
            said
            for said in evaluations
            if said.asset_key.to_user_string() == name and "unexpected" in said.metadata
        ]
        if mine:
            rows = int(str(mine[0].metadata["rows"].value))
            yield _Suite(name, rows, tuple(_check(said) for said in mine))


def _check(said: AssetCheckEvaluation) -> _Check:
    values = {name: value.value for name, value in said.metadata.items()}
    return _Check(
        id=said.check_name,
        description=said.description or "",
        severity=said.severity.value.lower(),
        passed=said.passed,
        observed=str(values.get("observed", "")),
        unexpected_count=int(str(values.get("unexpected", 0))),
        sample=values.get("sample") or (),  # type: ignore[arg-type] # JSON that the check wrote itself
        error=None if "error" not in values else str(values["error"]),
    )


def _dbt_test(said: AssetCheckEvaluation) -> data_quality.DbtTest:
    status = "pass" if said.passed else ("warn" if said.severity.value == "WARN" else "fail")
    message = said.metadata.get("message")
    return data_quality.DbtTest(
        name=said.check_name,
        status=status,
        failures=int(str(said.metadata["failures"].value)),
        message="" if message is None else str(message.value),
    )
