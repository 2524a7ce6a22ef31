"""The page on the data behind a run: what came in, what was kept, and what the checks found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from reports.page import counted, render_page

FAILED = ("fail", "error")


class Check(Protocol):
    """An expectation's outcome, as `expectations.ExpectationResult` has it."""

    @property
    def id(self) -> str: ...  # noqa: D102 - the shape is the other room's
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def passed(self) -> bool: ...  # noqa: D102
    @property
    def observed(self) -> str | int | float | bool | None: ...  # noqa: D102
    @property
    def unexpected_count(self) -> int: ...  # noqa: D102
    @property
    def sample(self) -> Sequence[Mapping[str, Any]]: ...  # noqa: D102
    @property
    def error(self) -> str | None: ...  # noqa: D102


class CheckedSuite(Protocol):
    """A suite's outcome, as `expectations.SuiteResult` has it."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def expectations(self) -> Sequence[Check]: ...  # noqa: D102


@dataclass(frozen=True)
class Count:
    """How many rows have one name: a reason of rejection, or a disposition; `meaning` explains it."""

    name: str
    n: int
    meaning: str = ""


@dataclass(frozen=True)
class DbtTest:
    """A dbt test: status is pass, warn, fail, error or skipped; `failures` counts rows at fault."""

    name: str
    status: str
    failures: int = 0
    message: str = ""


@dataclass(frozen=True)
class DataQualityReport:
    """All that the page shows. `responses_read` counts rejected ones too.

    `synthetic_clock`: times of the responses were made up by an import without a clock.
    """

    exam: str
    checked_at: dt.datetime
    responses_read: int
    responses_rejected: int
    synthetic_clock: bool = False
    rejects: tuple[Count, ...] = ()
    rejects_file: str | None = None
    dispositions: tuple[Count, ...] = ()
    suites: tuple[CheckedSuite, ...] = ()
    dbt_tests: tuple[DbtTest, ...] = ()


def render(report: DataQualityReport) -> str:
    """Return the page as HTML that opens without a network."""
    checks = [check for suite in report.suites for check in suite.expectations]
    blocked = any(check.severity == "error" and not check.passed for check in checks) or any(
        test.status in FAILED for test in report.dbt_tests
    )
    attention = bool(report.responses_rejected) or not all(check.passed for check in checks)
    return render_page(
        "data_quality.html", report=report, summary=summary(report), blocked=blocked, attention=attention
    )


def summary(report: DataQualityReport) -> tuple[str, ...]:
    """Return what a person should know and do first, a sentence each, most urgent first."""
    checks = [(suite.name, check) for suite in report.suites for check in suite.expectations]
    failed = [
        f"{name}.{check.id}" for name, check in checks if not check.passed and check.severity == "error"
    ]
    warned = [f"{name}.{check.id}" for name, check in checks if not check.passed and check.severity == "warn"]
    broken = [test.name for test in report.dbt_tests if test.status in FAILED]
    said = []
    if failed:
        said.append(
            f"{counted(len(failed), 'check')} failed and stopped what builds on it:"
            f" {', '.join(failed)}. What was live before stays live."
        )
    if broken:
        said.append(f"{counted(len(broken), 'dbt test')} failed: {', '.join(broken)}.")
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
    ran = len(checks) + len(report.dbt_tests)
    said.append(f"{counted(ran, 'check')} ran on {counted(report.responses_read, 'response')}.")
    return tuple(said)
