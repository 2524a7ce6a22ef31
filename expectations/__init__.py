"""Expectations: what a person demands of the data before calibration or delivery relies on it.

Suites are data (`expectations/suites`), run by Great Expectations in SQL on Postgres; results are plain
values. `load_suite` tells what a suite will check without running anything; `run_suite` runs it.

    result = run_suite("user_responses", url, query_parameters={"exam_code": "CARDIO"})
    result.passed, [each.id for each in result.failed]
"""

from __future__ import annotations

from expectations.errors import (
    ExpectationsError,
    ParameterError,
    SuiteFileError,
    SuiteRunError,
    UnknownSuite,
)
from expectations.results import ExpectationResult, SuiteResult
from expectations.runner import run_suite
from expectations.suite import Expectation, Suite, load_suite, suite_names

__all__ = [
    "Expectation",
    "ExpectationResult",
    "ExpectationsError",
    "ParameterError",
    "Suite",
    "SuiteFileError",
    "SuiteResult",
    "SuiteRunError",
    "UnknownSuite",
    "load_suite",
    "run_suite",
    "suite_names",
]
