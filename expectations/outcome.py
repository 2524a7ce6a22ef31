"""From Great Expectations' raw result to ours: what was observed, which rows, or why it could not be told."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from expectations.results import ExpectationResult, Plain
from expectations.rows import TOTAL
from expectations.suite import Expectation

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult


def outcome(
    expectation: Expectation, raw: ExpectationValidationResult | None, rows: int
) -> ExpectationResult:
    """Return the result of `expectation` on `rows` rows; without a raw result it was not evaluated."""
    if raw is None:
        return not_evaluated(expectation, "Great Expectations returned no result for it")
    error = _raised(raw.exception_info or {})
    if error is not None:
        return not_evaluated(expectation, error)
    found: Mapping[str, Any] = raw.result or {}
    count, sample = _rows_at_fault(found)
    observed = plain(found["observed_value"]) if _aggregate(found) else f"{count:,} of {rows:,} rows at fault"
    return ExpectationResult(
        expectation.id,
        expectation.description,
        expectation.severity,
        bool(raw.success),
        observed,
        count,
        sample,
        None,
    )


def not_evaluated(expectation: Expectation, error: str) -> ExpectationResult:
    """Return the result of an expectation that could not be evaluated: it has not passed."""
    return ExpectationResult(
        expectation.id, expectation.description, expectation.severity, False, None, 0, (), error
    )


def nothing_to_check(expectation: Expectation, because: str) -> ExpectationResult:
    """Return the result of an expectation on no rows, where the suite says that there may be none."""
    return ExpectationResult(
        expectation.id,
        expectation.description,
        expectation.severity,
        True,
        f"no rows: {because}",
        0,
        (),
        None,
    )


def plain(value: object) -> Plain:
    """Return `value` as a number, text, truth value or None."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _raised(info: Mapping[str, Any]) -> str | None:
    """Messages of the exceptions in `info`, which holds one directly or one for each metric."""
    nested = [info] if "raised_exception" in info else [part for part in info.values() if part]
    messages = (
        str(part.get("exception_message") or "it raised an exception without a message")
        for part in nested
        if part.get("raised_exception")
    )
    # The same fault comes back for every metric that needed it; the first line is the fault itself.
    readable = dict.fromkeys(message.strip().splitlines()[0].removeprefix("Error: ") for message in messages)
    return "; ".join(readable) or None


def _aggregate(found: Mapping[str, Any]) -> bool:
    return "observed_value" in found and "details" not in found


def _rows_at_fault(found: Mapping[str, Any]) -> tuple[int, tuple[Mapping[str, Plain], ...]]:
    if "details" in found:  # a query of ours
        rows = found["details"]["unexpected_rows"]
        return (int(rows[0][TOTAL]) if rows else 0), _sample(rows)
    rows = found.get("partial_unexpected_index_list") or found.get("partial_unexpected_list") or []
    return int(found.get("unexpected_count") or 0), _sample(rows)


def _sample(rows: Iterable[Any]) -> tuple[Mapping[str, Plain], ...]:
    return tuple(
        {str(name): plain(value) for name, value in row.items() if name != TOTAL}
        for row in rows
        if isinstance(row, Mapping)
    )
