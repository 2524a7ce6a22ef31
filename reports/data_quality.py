"""The page on the data behind a run: what came in, what was kept, what was checked, and what failed since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.page import counted, moment, render_page


@dataclass(frozen=True)
class Count:
    """How many rows have one name: a reason of rejection, or a disposition; `meaning` explains it."""

    name: str
    n: int
    meaning: str = ""


@dataclass(frozen=True)
class Check:
    """One check of an asset and what came of it.

    `family` gathers checks of one kind, such as a suite. `failing_since` is the time of the first of the
    `failing_runs` runs that it has not passed in a row. `sample` holds the first of `at_fault` rows.
    """

    family: str
    asset: str
    name: str
    severity: str
    passed: bool
    description: str = ""
    observed: str | int | float | None = None
    at_fault: int = 0
    sample: Sequence[Mapping[str, Any]] = ()
    error: str | None = None
    owners: tuple[str, ...] = ()
    failing_since: dt.datetime | None = None
    failing_runs: int = 0

    @property
    def blocks(self) -> bool:
        """Whether it stopped what builds on its asset."""
        return self.severity == "error" and not self.passed

    @property
    def full_name(self) -> str:
        """Its asset and name."""
        return f"{self.asset}.{self.name}"


@dataclass(frozen=True)
class Family:
    """Checks of one kind that passed, folded on the page; `rows` were looked at, where that is known."""

    name: str
    checks: tuple[Check, ...]
    rows: int | None = None


@dataclass(frozen=True)
class Load:
    """When a source was last read with success, and how many rows that added."""

    name: str
    loaded_at: dt.datetime
    n_rows: int


@dataclass(frozen=True)
class DataQualityReport:
    """All that the page shows. `responses_read` counts rejected ones too.

    `synthetic_clock`: times of the responses were made up by an import without a clock. `not_run` names families
    of checks that the run did not come to.
    """

    exam: str
    run_id: str
    checked_at: dt.datetime
    responses_read: int
    responses_rejected: int
    synthetic_clock: bool = False
    rejects: tuple[Count, ...] = ()
    rejects_file: str | None = None
    dispositions: tuple[Count, ...] = ()
    checks: tuple[Check, ...] = ()
    rows: Mapping[str, int] | None = None
    not_run: tuple[str, ...] = ()
    loads: tuple[Load, ...] = ()

    @property
    def failures(self) -> tuple[Check, ...]:
        """What did not pass: what blocks first, then what has failed for longest."""
        failed = [check for check in self.checks if not check.passed]
        return tuple(
            sorted(failed, key=lambda check: (not check.blocks, -check.failing_runs, check.full_name))
        )

    @property
    def families(self) -> tuple[Family, ...]:
        """What passed, by family."""
        passed: dict[str, list[Check]] = {}
        for check in self.checks:
            if check.passed:
                passed.setdefault(check.family, []).append(check)
        rows = self.rows or {}
        return tuple(Family(name, tuple(checks), rows.get(name)) for name, checks in sorted(passed.items()))


def render(report: DataQualityReport) -> str:
    """Return the page as HTML that opens without a network."""
    return render_page(
        "data_quality.html",
        report=report,
        summary=summary(report),
        blocked=any(check.blocks for check in report.failures),
        attention=bool(report.responses_rejected or report.failures),
    )


def summary(report: DataQualityReport) -> tuple[str, ...]:
    """Return what a person should know and do first, a sentence each, most urgent first."""
    failed = [check.full_name for check in report.failures if check.blocks]
    warned = [check.full_name for check in report.failures if not check.blocks]
    said = []
    if failed:
        said.append(
            f"{counted(len(failed), 'check')} failed and stopped what builds on it:"
            f" {', '.join(failed)}. What was live before stays live."
        )
    if report.responses_rejected:
        where = (
            f" They stand in {report.rejects_file}: correct them there and import that file."
            if report.rejects_file
            else ""
        )
        said.append(
            f"{report.responses_rejected:,} of {counted(report.responses_read, 'response')} rejected.{where}"
        )
    if warned:
        said.append(f"{counted(len(warned), 'warning')} to look at: {', '.join(warned)}.")
    if not said:
        said.append("Nothing needs a person's attention.")
    said.append(
        f"{counted(len(report.checks), 'check')} ran on {counted(report.responses_read, 'response')}."
    )
    if report.not_run:
        said.append(f"Not run: {', '.join(report.not_run)}.")
    return tuple(said)


def digest(report: DataQualityReport) -> str:
    """Return the page's beginning as Markdown: what to know first, and what did not pass."""
    lines = [*(f"{sentence}\n" for sentence in summary(report))]
    if report.failures:
        lines += ["| check | since | observed | owner |", "| --- | --- | --- | --- |"]
    for check in report.failures:
        since = moment(check.failing_since) if check.failing_since else "this run"
        observed = check.error if check.error is not None else check.observed
        cells = (f"{check.full_name} ({check.severity})", since, observed, ", ".join(check.owners))
        lines.append(
            "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        )
    return "\n".join(lines)
