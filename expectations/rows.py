"""The SQL that finds rows at fault for an expectation that is a condition."""

from __future__ import annotations

from expectations.suite import Expectation, Tolerance

SAMPLE = 20
TOTAL = "rows_at_fault"


def unexpected_rows_query(expectation: Expectation, keys: tuple[str, ...]) -> str:
    """Return a query on Great Expectations' ``{batch}``: the first rows at fault, none where it passes.

    Each row holds the columns `keys` and `expectation.show`, and in the column TOTAL how many rows are at
    fault in all, so that no more than SAMPLE of them ever leave the database. A condition that is null for a
    row (a comparison with a missing value) does not put it at fault.
    """
    shown = ", ".join(dict.fromkeys((*keys, *expectation.show)))
    at_fault = f"SELECT *, ({expectation.unexpected}) IS TRUE AS at_fault FROM {{batch}}"
    too_many = "at_fault"
    if expectation.at_most is not None:
        at_fault, too_many = _tolerated(at_fault, expectation.at_most)
    return (
        f"SELECT {shown}, count(*) OVER () AS {TOTAL} FROM ({at_fault}) AS judged WHERE {too_many} "
        f"ORDER BY {', '.join(keys)} LIMIT {SAMPLE}"
    )


def _tolerated(judged: str, tolerance: Tolerance) -> tuple[str, str]:
    """The query `judged` with its counts by group, and the condition of a row that is one too many."""
    group = f"PARTITION BY {', '.join(tolerance.per)}" if tolerance.per else ""
    counted = (
        f"SELECT *, count(*) FILTER (WHERE at_fault) OVER ({group}) AS at_fault_in_group, "
        f"count(*) FILTER (WHERE {tolerance.of}) OVER ({group}) AS of_in_group FROM ({judged}) AS each_row"
    )
    return counted, (
        f"at_fault AND at_fault_in_group > greatest({tolerance.rows}, {tolerance.share} * of_in_group)"
    )
