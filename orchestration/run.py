"""Jobs of one exam, run in this process, and what became of them in plain values."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dagster import (
    AssetCheckEvaluation,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
)

from orchestration import in_process
from orchestration.instance import instance
from orchestration.partitions import home_exams
from orchestration.progress import RUN_CONFIG, Step, listening
from orchestration.quality_page import write_page
from orchestration.resources import Database
from orchestration.turns import turn
from orchestration.verdict import hold_back, observed


@dataclass(frozen=True)
class CheckOutcome:
    """One evaluated check: `asset: name`, its severity, and what it observed."""

    name: str
    passed: bool
    severity: str
    description: str
    observed: str


@dataclass(frozen=True)
class RunOutcome:
    """What a run of the job did. `faults` holds one text for each step that failed."""

    run_id: str
    success: bool
    checks: tuple[CheckOutcome, ...]
    marts: dict[str, int | None]
    faults: tuple[str, ...]

    def why(self) -> list[str]:
        """Return what stopped it, a line each: failed checks that block, steps that could not do their work."""
        blocked = [check for check in self.checks if not check.passed and check.severity == "ERROR"]
        said = [f"  check {check.name} failed: {check.description} {check.observed}" for check in blocked]
        return said + [f"  {fault}" for fault in self.faults if "asset check failed" not in fault]


def run_nightly(exam: str, home: Path, listener: Callable[[Step], None]) -> RunOutcome:
    """Run `nightly_calibration` for one home exam; never raises for what the run itself did."""
    from orchestration.definitions import defs  # noqa: PLC0415 - reads the dbt manifest: not at import

    with instance(home) as recorded:
        loaded, database = defs(), Database()
        result = _execute(recorded, loaded, "nightly_calibration", exam, {}, listener)
        with database.begin() as connection:
            if not result.success:
                hold_back(recorded, result.run_id, connection)
            write_page(recorded, loaded.get_repository_def(), result.run_id, exam, home, connection)
    return _outcome(result)


def run_publishing(
    exam: str,
    run_id: uuid.UUID,
    decision: Literal["approve", "rollback"],
    by: str,
    reason: str,
    home: Path,
    listener: Callable[[Step], None],
) -> RunOutcome:
    """Run `publishing`: put a calibration run live on a person's word; never raises for what the run itself did."""
    from orchestration.definitions import defs  # noqa: PLC0415 - reads the dbt manifest: not at import

    said = {"run_id": str(run_id), "decision": decision, "by": by, "reason": reason}
    with instance(home) as recorded:
        config = {"ops": {"publish": {"config": said}}}
        result = _execute(recorded, defs(), "publishing", exam, config, listener)
    return _outcome(result)


def run_as_of(
    exam: str, day: dt.date, recorded: DagsterInstance, listener: Callable[[Step], None]
) -> RunOutcome:
    """Run `calibration_as_of`: what would have been found at the end of a past day, UTC; it publishes nothing."""
    from orchestration.definitions import defs  # noqa: PLC0415 - reads the dbt manifest: not at import

    config = {"ops": {"response_matrix": {"config": {"as_of": day.isoformat()}}}}
    return _outcome(_execute(recorded, defs(), "calibration_as_of", exam, config, listener))


def _execute(
    recorded: DagsterInstance,
    loaded: Definitions,
    job: str,
    exam: str,
    config: dict[str, Any],
    listener: Callable[[Step], None],
) -> ExecuteInProcessResult:
    """Run a job of one exam here, in its turn: the job's own executor, which waits for it, is not asked here."""
    recorded.add_dynamic_partitions(str(home_exams.name), [exam])
    with (
        listening(listener),
        turn(),
        in_process.alive(recorded, uuid.uuid4().hex) as tags,
    ):
        in_process.end_abandoned(recorded)
        return loaded.resolve_job_def(job).execute_in_process(
            instance=recorded,
            partition_key=exam,
            run_config={**RUN_CONFIG, **config},
            tags=tags,
            raise_on_error=False,
        )


def _outcome(result: ExecuteInProcessResult) -> RunOutcome:
    return RunOutcome(
        run_id=result.run_id,
        success=result.success,
        checks=tuple(check_outcome(said) for said in result.get_asset_check_evaluations()),
        marts=_marts(result),
        faults=tuple(faults_of(result.all_events)),
    )


def check_outcome(said: AssetCheckEvaluation) -> CheckOutcome:
    """Return what a check said in plain values."""
    return CheckOutcome(
        name=f"{said.asset_key.to_user_string()}: {said.check_name}",
        passed=said.passed,
        severity=said.severity.value,
        description=said.description or "",
        observed=observed(said),
    )


def _marts(result: ExecuteInProcessResult) -> dict[str, int | None]:
    """Rows of each dbt table that was built; views have none."""
    built: dict[str, int | None] = {}
    for event in result.all_events:
        if not event.is_step_materialization:
            continue
        metadata = event.step_materialization_data.materialization.metadata
        table = metadata.get("dagster/table_name")
        if table is not None and str(table.value).startswith("analytics."):
            rows = metadata.get("dagster/row_count")
            built[str(table.value).removeprefix("analytics.")] = (
                None if rows is None else int(str(rows.value))
            )
    # dbt builds side by side and ends in no fixed order; two runs must print the same.
    return dict(sorted(built.items()))


def faults_of(events: Iterable[DagsterEvent]) -> list[str]:
    """Return a text for each step that failed: its name, the cause below all causes, and what it tells besides."""
    faults = []
    for event in events:
        if event.event_type is DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            said = "" if error is None else error.message.strip()
            metadata = event.step_failure_data.user_failure_data
            detail = "" if metadata is None else "\n".join(str(v.value) for v in metadata.metadata.values())
            faults.append(f"{event.step_key}: {said}" + (f"\n{detail}" if detail else ""))
    return faults
