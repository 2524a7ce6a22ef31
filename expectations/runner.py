"""Runs a suite on Postgres, as the pipeline's role, and returns plain values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from database.engine import engine_as
from database.tenancy import Role
from expectations.errors import ParameterError, SuiteRunError
from expectations.great import apply_settings, validate
from expectations.outcome import not_evaluated, outcome
from expectations.results import SuiteResult
from expectations.suite import Suite, load_suite

Parameter = str | int | UUID
_SETTING = "qbank.suite."


def run_suite(name: str, url: str, *, query_parameters: Mapping[str, Parameter]) -> SuiteResult:
    """Check the rows that the suite's query selects with `query_parameters`, at the database `url`.

    Without rows nothing is checked: nearly everything is true of no rows, so every expectation comes back
    as not passed, with the reason. Raises UnknownSuite, SuiteFileError, ParameterError, SuiteRunError.
    """
    return run(load_suite(name), url, query_parameters=query_parameters)


def run(suite: Suite, url: str, *, query_parameters: Mapping[str, Parameter]) -> SuiteResult:
    """Run a suite that is already loaded; see `run_suite`."""
    began = time.perf_counter()
    settings = _settings(suite, query_parameters)
    try:
        rows, found = validate(suite, url, settings) if _any_row(suite, url, settings) else (0, {})
    except (SQLAlchemyError, ArgumentError) as fault:
        raise SuiteRunError(_explain(suite, url, fault)) from fault
    if rows:
        results = tuple(outcome(each, found.get(each.id), rows) for each in suite.expectations)
    else:
        asked = ", ".join(f"{key} {value}" for key, value in query_parameters.items())
        nothing = f"not checked: there are no rows for {asked}"
        results = tuple(not_evaluated(each, nothing) for each in suite.expectations)
    passed = not any(result.blocks for result in results)
    return SuiteResult(suite.name, results, rows, passed, time.perf_counter() - began)


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


def _any_row(suite: Suite, url: str, settings: Mapping[str, str]) -> bool:
    # Asked first and apart: without rows the seconds of importing Great Expectations can be saved.
    engine = engine_as(url, Role.PIPELINE)
    try:
        with engine.connect() as connection:
            apply_settings(connection, settings)
            return bool(connection.execute(text(f"select exists ({suite.query})")).scalar_one())
    finally:
        engine.dispose()


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
