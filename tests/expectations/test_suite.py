"""Suites are files: what a good one says, and what is refused with a word on where."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from expectations import SuiteFileError, UnknownSuite, load_suite, suite_names
from expectations.suite import SUITES, NoRows, Tolerance, read_suite

from .conftest import write_suite

GOOD: dict[str, Any] = {
    "description": "A suite.",
    "parameters": [],
    "keys": ["id"],
    "thresholds": {"fewest": 3, "share": 0.1},
    "expectations": [
        {
            "id": "few",
            "severity": "warn",
            "description": "At least {fewest} rows.",
            "expectation": "ExpectTableRowCountToBeBetween",
            "arguments": {"min_value": "{fewest}"},
        },
        {
            "id": "odd",
            "severity": "error",
            "description": "Even.",
            "unexpected": "id % 2 = 1",
            "at_most": {"rows": 1, "share": "{share}", "per": ["id"]},
            "show": ["id"],
        },
    ],
}


def changed(**fields: Any) -> dict[str, Any]:
    first = {key: value for key, value in {**GOOD["expectations"][0], **fields}.items() if value is not None}
    return {**GOOD, "expectations": [first, GOOD["expectations"][1]]}


def test_thresholds_are_put_in_place(tmp_path: Path) -> None:
    few, odd = read_suite(write_suite(tmp_path, GOOD)).expectations
    assert few.arguments == {"min_value": 3}
    assert few.description == "At least 3 rows."
    assert odd.at_most == Tolerance(rows=1, share=0.1, of="true", per=("id",))


@pytest.mark.parametrize(
    ("content", "query", "says"),
    [
        ("{", "SELECT 1", "cannot be read"),
        ({**GOOD, "keys": ["id"], "extra": 1}, "SELECT 1", "fields must be exactly"),
        ({**GOOD, "empty_passes_when": {"condition": "true"}}, "SELECT 1", "needs condition and because"),
        (
            {**GOOD, "empty_passes_when": {"condition": "{gone}", "because": "so"}},
            "SELECT 1",
            "empty_passes_when refers to thresholds that are not set: gone",
        ),
        (GOOD, "SELECT {gone}", "query refers to thresholds that are not set: gone"),
        (GOOD, "WITH x AS (SELECT 1) SELECT 1", "must begin with SELECT"),
        (GOOD, "SELECT 1;", "without a semicolon"),
        (changed(id="odd"), "SELECT 1", "an id of its own"),
        (changed(severity="fatal"), "SELECT 1", "severity must be one of error, warn"),
        (changed(description=None), "SELECT 1", "expectation few lacks description"),
        (changed(colour="red"), "SELECT 1", "unknown fields: colour"),
        (changed(unexpected="true"), "SELECT 1", "either `expectation` or `unexpected`"),
        (changed(description="At least {most}."), "SELECT 1", "not set: most"),
        ({**GOOD, "thresholds": {**GOOD["thresholds"], "left": 1}}, "SELECT 1", "nothing refers to: left"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, content: object, query: str, says: str) -> None:
    with pytest.raises(SuiteFileError, match=re.escape(says)) as refused:
        read_suite(write_suite(tmp_path, content, query))
    assert "suite small" in str(refused.value)


def test_an_unknown_suite_names_those_that_exist() -> None:
    with pytest.raises(UnknownSuite, match=r"item_calibration_candidate, .*, user_responses"):
        load_suite("user_response")


@pytest.mark.parametrize("name", suite_names())
def test_a_shipped_suite_speaks_to_people(name: str) -> None:
    suite = load_suite(name)
    assert set(suite.parameters) <= {"exam_code", "run_id"}
    assert (SUITES / f"{name}.sql").exists()
    for expectation in suite.expectations:
        assert len(expectation.description) > 30
        assert "{" not in expectation.description
        assert re.fullmatch(r"[a-z0-9_]+", expectation.id)  # fits a Dagster check name


def test_the_query_refers_to_thresholds_and_leaves_the_schema_to_the_runner(tmp_path: Path) -> None:
    query = "SELECT id FROM {marts}.x WHERE id > {fewest} AND id < {most}"
    content = {**GOOD, "thresholds": {**GOOD["thresholds"], "most": 9}}
    suite = read_suite(write_suite(tmp_path, content, query))
    assert suite.query == "SELECT id FROM {marts}.x WHERE id > 3 AND id < 9"
    assert (suite.asset, suite.empty_passes_when) == ("small", None)


def test_no_rows_are_right_only_under_a_condition_with_a_reason(tmp_path: Path) -> None:
    allowed = {
        "condition": "not exists (select from {marts}.x where id > {fewest})",
        "because": "fewer than {fewest}",
    }
    suite = read_suite(write_suite(tmp_path, {**GOOD, "asset": "x", "empty_passes_when": allowed}))
    assert suite.asset == "x"
    assert suite.empty_passes_when == NoRows(
        "not exists (select from {marts}.x where id > 3)", "fewer than 3"
    )


def test_parameters_are_judged_in_the_stated_metric() -> None:
    on_a = [
        each for each in load_suite("item_calibration_candidate").expectations if each.id.startswith("a_")
    ]
    assert len(on_a) == 3
    assert all("D = 1.7 metric" in each.description for each in on_a)


def test_reading_suites_does_not_import_great_expectations() -> None:
    script = (
        "import sys, expectations; [expectations.load_suite(n) for n in expectations.suite_names()];"
        " sys.exit('great_expectations' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    assert (
        subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=root, check=False).returncode == 0
    )
