"""Our use of Great Expectations: a suite goes in, its raw results come out by expectation id.

Importing Great Expectations costs seconds, so nothing here does it before it is asked to validate.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, text

from database.tenancy import Role
from expectations.rows import SAMPLE, unexpected_rows_query
from expectations.suite import Expectation, Suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent.postgres_datasource import PostgresDatasource
    from great_expectations.expectations.expectation import Expectation as GreatExpectation

CHECKED = "checked_rows"
OPTIONS = f"-c role={Role.PIPELINE.value} -c timezone=UTC"
_OLD_MODULES = ("sre_constants", "sre_parse")
_GX_SEVERITY = {"error": "critical", "warn": "warning"}


def validate(
    suite: Suite, url: str, settings: Mapping[str, str]
) -> tuple[int, Mapping[str, ExpectationValidationResult]]:
    """Run every expectation of `suite` in SQL at `url`; return the number of rows, and results by id.

    The suite's rows are taken once, into a temporary table, so that all expectations see the same rows.
    `settings` are the server settings under which the query runs; its parameters are among them.
    """
    # Rows found by a query of ours come back only in the complete format, others only bounded below it.
    ours = [expectation for expectation in suite.expectations if expectation.unexpected is not None]
    theirs = [expectation for expectation in suite.expectations if expectation.unexpected is None]
    formats: tuple[tuple[Iterable[Expectation], dict[str, Any]], ...] = (
        (ours, {"result_format": "COMPLETE"}),
        (
            theirs,
            {
                "result_format": "SUMMARY",
                "partial_unexpected_count": SAMPLE,
                "unexpected_index_column_names": list(suite.keys),
                "return_unexpected_index_query": False,
            },
        ),
    )
    found: dict[str, ExpectationValidationResult] = {}
    with _source(url) as source:
        # Its own temporary tables are made anew for every validation, and a query of its own is fetched
        # whole only to learn the columns. It tries the table on one engine and works on another.
        _take_rows(source.get_engine(), suite, settings, "with no data")
        rows = _take_rows(source.get_execution_engine().engine, suite, settings, "with data")
        asset = source.add_table_asset(suite.name, table_name=CHECKED)
        batch = asset.add_batch_definition_whole_table("all rows").get_batch()
        for expectations, result_format in formats:
            made = _great_suite(suite, expectations)
            for result in batch.validate(made, result_format=result_format).results:
                found[_id(result)] = result
    return rows, found


def _take_rows(engine: Engine, suite: Suite, settings: Mapping[str, str], extent: str) -> int:
    with engine.begin() as connection:
        apply_settings(connection, settings)
        return connection.execute(
            text(f"create temporary table {CHECKED} as {suite.query} {extent}")
        ).rowcount


def apply_settings(connection: Connection, settings: Mapping[str, str]) -> None:
    """Give the transaction its server settings: values travel as values, never as text of a query."""
    for name, value in settings.items():
        connection.execute(text("select set_config(:name, :value, true)"), {"name": name, "value": value})


def _id(result: ExpectationValidationResult) -> str:
    # Results come back in another order than the suite's; only `meta` still tells them apart.
    config = result.expectation_config
    if config is None or config.meta is None:
        raise AssertionError("Great Expectations returned a result without its expectation")
    return str(config.meta["id"])


def _import() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read at import: nothing is ever sent anywhere
    with warnings.catch_warnings():
        for module in _OLD_MODULES:
            warnings.filterwarnings(
                "ignore", message=f"module '{module}' is deprecated", category=DeprecationWarning
            )
        import great_expectations  # noqa: PLC0415 - seconds of import, paid only where a suite runs
    return great_expectations


@contextmanager
def _source(url: str) -> Iterator[PostgresDatasource]:
    great_expectations = _import()
    from great_expectations.data_context.types.base import (  # noqa: PLC0415
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = great_expectations.get_context(project_config=config, mode="ephemeral")
    source: PostgresDatasource = context.data_sources.add_postgres(
        "qbank",
        connection_string=url,
        create_temp_table=False,
        # One connection and no other: the temporary table exists on it alone.
        kwargs={"connect_args": {"options": OPTIONS}, "pool_size": 1, "max_overflow": 0, "pool_timeout": 5},
    )
    try:
        yield source
    finally:
        # It keeps two engines, one to try the connection and one to work with; neither closes by itself.
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _great_suite(suite: Suite, expectations: Iterable[Expectation]) -> Any:
    made = [_great_expectation(suite, expectation) for expectation in expectations]
    return _import().ExpectationSuite(name=suite.name, expectations=made)


def _great_expectation(suite: Suite, expectation: Expectation) -> GreatExpectation:
    kinds = _import().expectations
    labels = {
        "meta": {"id": expectation.id},
        "description": expectation.description,
        "severity": _GX_SEVERITY[expectation.severity],
    }
    if expectation.unexpected is not None:
        query = unexpected_rows_query(expectation, suite.keys)
        made: GreatExpectation = kinds.UnexpectedRowsExpectation(unexpected_rows_query=query, **labels)
    else:
        made = getattr(kinds, str(expectation.kind))(**expectation.arguments, **labels)
    return made
