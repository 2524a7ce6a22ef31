"""What a suite's run found, as plain values that any caller can show, store or count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warn"]
Plain = str | int | float | bool | None


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation's outcome.

    `observed` is a number or a short text. `unexpected_count` counts all rows at fault, 0 where the
    expectation is about the whole; `sample` holds the first of them, with the suite's key columns and
    the columns in question. `error` says why the expectation could not be evaluated; it has then not
    passed, whatever its severity.
    """

    id: str
    description: str
    severity: Severity
    passed: bool
    observed: Plain
    unexpected_count: int
    sample: tuple[Mapping[str, Plain], ...]
    error: str | None

    @property
    def blocks(self) -> bool:
        """Whether what stands downstream must not go on: an error that did not pass."""
        return self.severity == "error" and not self.passed


@dataclass(frozen=True)
class SuiteResult:
    """A suite's outcome over `rows` rows, expectations in the order of the suite's file.

    `passed` is False where an expectation of severity error did not pass; warnings leave it True.
    """

    name: str
    expectations: tuple[ExpectationResult, ...]
    rows: int
    passed: bool
    seconds: float

    @property
    def failed(self) -> tuple[ExpectationResult, ...]:
        """The expectations that block."""
        return tuple(result for result in self.expectations if result.blocks)

    @property
    def warned(self) -> tuple[ExpectationResult, ...]:
        """The expectations of severity warn that did not pass."""
        return tuple(result for result in self.expectations if not result.passed and not result.blocks)
