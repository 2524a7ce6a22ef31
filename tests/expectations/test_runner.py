"""The runner: who it acts as, what it refuses, and how it tells of what went wrong."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from expectations import ParameterError, SuiteRunError, run_suite
from expectations.runner import run
from expectations.suite import read_suite

from .conftest import write_suite


def suite_of(*expectations: dict[str, Any], parameters: tuple[str, ...] = ()) -> dict[str, Any]:
    labelled = [{"severity": "error", "description": "As it should be.", **each} for each in expectations]
    return {
        "description": "Small.",
        "parameters": list(parameters),
        "keys": ["id"],
        "thresholds": {},
        "expectations": labelled,
    }


def test_it_acts_as_the_pipeline_in_utc(unguarded_url: str, tmp_path: Path) -> None:
    content = suite_of(
        {"id": "role", "unexpected": "acting <> 'qbank_pipeline'", "show": ["acting"]},
        {"id": "zone", "unexpected": "zone <> 'UTC'", "show": ["zone"]},
    )
    query = "SELECT 1 AS id, CAST(current_user AS text) AS acting, current_setting('timezone') AS zone"
    result = run(read_suite(write_suite(tmp_path, content, query)), unguarded_url, query_parameters={})
    assert [(each.passed, each.sample) for each in result.expectations] == [(True, ()), (True, ())]


def test_an_expectation_that_raises_is_readable_and_leaves_the_others(
    unguarded_url: str, tmp_path: Path
) -> None:
    content = suite_of(
        {"id": "column", "expectation": "ExpectColumnValuesToNotBeNull", "arguments": {"column": "missing"}},
        {"id": "sql", "severity": "warn", "unexpected": "absent > 1"},
        {"id": "fine", "expectation": "ExpectTableRowCountToEqual", "arguments": {"value": 1}},
    )
    result = run(read_suite(write_suite(tmp_path, content)), unguarded_url, query_parameters={})
    column, sql, fine = result.expectations
    assert column.error == 'The column "missing" in BatchData does not exist.'
    assert 'column "absent" does not exist' in str(sql.error)
    assert all("\n" not in str(each.error) for each in result.expectations)
    assert (column.passed, sql.passed, fine.passed, fine.error) == (False, False, True, None)
    assert (result.failed, result.warned) == ((column,), (sql,))


@pytest.mark.parametrize(
    "value",
    [
        "x' or true --",
        "a:b :c",
        "50% %s",
        r"back\slash",
        "two  words",
        "tab\tnewline\n",
        "{batch}",
        "ünï",
        "$HOME",
    ],
)
def test_a_parameter_arrives_as_it_is(unguarded_url: str, tmp_path: Path, value: str) -> None:
    content = suite_of(
        {
            "id": "same",
            "expectation": "ExpectColumnValuesToBeInSet",
            "arguments": {"column": "given", "value_set": ["arrived"]},
        },
        parameters=("given",),
    )
    # Compared as bytes: the value itself stands nowhere in what is asked.
    query = (
        "SELECT 1 AS id, CASE WHEN encode(convert_to(current_setting('qbank.suite.given'), 'UTF8'), 'hex') = "
        f"'{value.encode().hex()}' THEN 'arrived' ELSE 'changed' END AS given"
    )
    result = run(
        read_suite(write_suite(tmp_path, content, query)), unguarded_url, query_parameters={"given": value}
    )
    assert (result.rows, result.expectations[0].error, result.passed) == (1, None, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "missing: exam_code"),
        ({"exam_code": "A", "exam": "A"}, "unknown: exam"),
        ({"exam_code": "  "}, "exam_code is empty"),
    ],
)
def test_wrong_parameters_are_refused(unguarded_url: str, given: dict[str, str], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        run_suite("user_responses", unguarded_url, query_parameters=given)


def test_an_unreachable_server_is_a_clear_error_without_the_password() -> None:
    with pytest.raises(SuiteRunError) as refused:
        run_suite(
            "user_responses",
            "postgresql+psycopg://qbank:s3cret@127.0.0.1:1/qbank",
            query_parameters={"exam_code": "A"},
        )
    message = str(refused.value)
    assert "qbank doctor" in message
    assert "s3cret" not in message
    assert "\n" not in message


def test_a_database_without_tables_says_to_migrate(cluster_url: str) -> None:
    empty = make_url(cluster_url).set(database="template1").render_as_string(hide_password=False)
    with pytest.raises(SuiteRunError, match="qbank migrate"):
        run_suite("user_responses", empty, query_parameters={"exam_code": "A"})


def test_it_leaves_nothing_behind(
    unguarded_url: str, good_exam: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run_suite("user_responses", unguarded_url, query_parameters={"exam_code": good_exam})
    assert list(tmp_path.iterdir()) == []
    others = text(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(100):  # the server notices a closed connection a moment later
            left = connection.execute(others).scalar_one()
            if left == 0:
                break
            time.sleep(0.02)
    assert left == 0
