"""Runs a suite on Postgres, as the pipeline's role, and returns plain values."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from database.engine import engine_as
from database.queries.marts import LIVE
from database.tenancy import Role
from expectations.errors import ParameterError, SuiteRunError
from expectations.great import apply_settings, validate
from expectations.outcome import not_evaluated, nothing_to_check, outcome
from expectations.results import ExpectationResult, SuiteResult
from expectations.suite import MARTS, Suite, load_suite

Parameter = str | int | UUID
_SETTING = "qbank.suite."
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]*")


def run_suite(
    name: str, url: str, *, query_parameters: Mapping[str, Parameter], marts: str = LIVE
) -> SuiteResult:
    """Check the rows that the suite's query selects with `query_parameters`, at the database `url`.

    `marts` is the schema of the marts to check, for suites that read them. Without rows nothing is checked:
    nearly everything is true of no rows, so every expectation comes back as not passed, with the reason,
    unless the suite says that there may be none. Raises UnknownSuite, SuiteFileError, ParameterError,
    SuiteRunError.
    """
    return run(load_suite(name), url, query_parameters=query_parameters, marts=marts)


def run(
    suite: Suite, url: str, *, query_parameters: Mapping[str, Parameter], marts: str = LIVE
) -> SuiteResult:
    """Run a suite that is already loaded; see `run_suite`."""
    began = time.perf_counter()
    settings = _settings(suite, query_parameters)
    asked = _of_schema(suite, marts)
    try:
        rows, may_be_empty = _look(asked, url, settings)
        count, found = validate(asked, url, settings) if rows else (0, {})
    except (SQLAlchemyError, ArgumentError) as fault:
        raise SuiteRunError(_explain(suite, url, fault)) from fault
    if count:
        results = tuple(outcome(each, found.get(each.id), count) for each in suite.expectations)
    else:
        results = _without_rows(suite, query_parameters, may_be_empty)
    passed = not any(result.blocks for result in results)
    return SuiteResult(suite.name, results, count, passed, time.perf_counter() - began)


def _without_rows(
    suite: Suite, asked: Mapping[str, Parameter], may_be_empty: bool
) -> tuple[ExpectationResult, ...]:
    if may_be_empty and suite.empty_passes_when is not None:
        because = suite.empty_passes_when.because
        return tuple(nothing_to_check(each, because) for each in suite.expectations)
    of = "".join(f" for {key} {value}" for key, value in asked.items())
    return tuple(not_evaluated(each, f"not checked: there are no rows{of}") for each in suite.expectations)


def _of_schema(suite: Suite, marts: str) -> Suite:
    """Return the suite with the schema of the marts in its place: a name, which no parameter of SQL can be."""
    if not _SCHEMA.fullmatch(marts):
        raise ParameterError(f"suite {suite.name}: {marts!r} is no name of a schema")
    no_rows = suite.empty_passes_when
    return replace(
        suite,
        query=suite.query.replace(MARTS, marts),
        empty_passes_when=None
        if no_rows is None
        else replace(no_rows, condition=no_rows.condition.replace(MARTS, marts)),
    )


def _settings(suite: Suite, given: Mapping[str, Parameter]) -> dict[str, str]:
    missing, unknown = set(suite.parameters) - set(given), set(given) - set(suite.parameters)
    if missing or unknown:
        raise ParameterError(
            f"suite {suite.name} asks for the query parameters {', '.join(suite.parameters)}"
            + (f"; missing: {', '.join(sorted(missing))}" if missing else "")
            + (f"; unknown: {', '.join(sorted(unknown))}" if unknown else "")
        )
    values = {name: str(value) for name, value in given.items()}
    unusable = sorted(name for name, value in values.items() if not value.strip() or "\0" in value)
    if unusable:
        raise ParameterError(
            f"suite {suite.name}: {', '.join(unusable)} is empty or holds a NUL; give a value"
        )
    return {_SETTING + name: value for name, value in values.items()}


def _look(suite: Suite, url: str, settings: Mapping[str, str]) -> tuple[bool, bool]:
    """Tell whether there is any row, and, where there is none, whether the suite accepts that."""
    # Asked first and apart: without rows the seconds of importing Great Expectations can be saved.
    engine = engine_as(url, Role.PIPELINE)
    try:
        with engine.connect() as connection:
            apply_settings(connection, settings)
            any_row = _is_true(connection, f"exists ({suite.query})")
            no_rows = suite.empty_passes_when
            accepted = not any_row and no_rows is not None and _is_true(connection, no_rows.condition)
            return any_row, accepted
    finally:
        engine.dispose()


def _is_true(connection: Connection, condition: str) -> bool:
    return bool(connection.execute(text(f"select ({condition}) is true")).scalar_one())


def _explain(suite: Suite, url: str, fault: Exception) -> str:
    reason = str(getattr(fault, "orig", None) or fault).strip().splitlines()[0]
    try:
        where = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return f"suite {suite.name} was not run: the database URL cannot be read; check QBANK_DATABASE_URL"
    return (
        f"suite {suite.name} was not run on {where}: {reason}. Check that the server answers"
        " (`qbank doctor`) and that its tables are up to date (`qbank migrate`)"
    )
