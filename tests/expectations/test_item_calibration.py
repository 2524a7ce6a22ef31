"""Every expectation of the suite item_calibration can fail: what delivery reads, seen after publishing."""

from __future__ import annotations

import pytest

from expectations import SuiteResult, load_suite, run_suite

from .conftest import not_passed, spoil
from .live_bank import EXAM, RUN

ONE = "question_id = (select min(id) from questions)"
UPDATE = "update item_calibration set "
ALTERED = "as_published"
# damage -> the expectations that must fail, no others
DAMAGES: dict[str, tuple[str, set[str]]] = {
    "a deleted row": (f"delete from item_calibration where {ONE}", {"served_where_fitted"}),
    "a row that no longer serves": (f"{UPDATE} serving = false where {ONE}", {"served_where_fitted"}),
    "two serving rows": (
        "insert into item_calibration (run_id, question_id, version, model, a, b, c, serving)"
        f" select run_id, question_id, version, '3PL', 1, 0, 0.2, true from item_calibration where {ONE};"
        "insert into item_calibration_history (run_id, question_id, version, model, a, b, c)"
        f" select run_id, question_id, version, '3PL', 1, 0, 0.2 from item_calibration_history where {ONE}",
        {"one_serving_row"},
    ),
    "a negative a": (f"{UPDATE} a = -0.5 where {ONE}", {"serving_a_positive", ALTERED}),
    "a huge a": (f"{UPDATE} a = 40 where {ONE}", {"serving_a_positive", ALTERED}),
    "a that is no number": (f"{UPDATE} a = 'NaN' where {ONE}", {"serving_a_positive", ALTERED}),
    "b that is endless": (f"{UPDATE} b = 'Infinity' where {ONE}", {"serving_b_in_range", ALTERED}),
    "no b": (f"{UPDATE} b = null where {ONE}", {"serving_b_in_range", ALTERED}),
    "a high c": (f"{UPDATE} c = 0.9 where {ONE}", {"serving_c_in_range", ALTERED}),
    "a shifted scale": (f"{UPDATE} b = b + 1", {ALTERED}),
    "a run that was withdrawn": (
        "update calibration_runs set status = 'superseded'",
        {"run_is_published"},
    ),
    "rows of another run": (
        "insert into calibration_runs (id, exam_code, snapshot_hash, code_version, n_persons, n_items, n_responses)"
        " values (gen_random_uuid(), :exam, 'other', '0', 1, 1, 1);"
        f"{UPDATE} run_id = (select id from calibration_runs where snapshot_hash = 'other') where {ONE}",
        {"run_is_published", "one_run_an_exam", ALTERED},
    ),
    "most items without parameters": (
        "delete from item_calibration_history where question_id > 5;"
        "delete from item_calibration where question_id > 5",
        {"most_items_are_served"},
    ),
}


def check(url: str) -> SuiteResult:
    return run_suite("item_calibration", url, query_parameters={"exam_code": EXAM})


def test_good_parameters_pass(live_url: str) -> None:
    result = check(live_url)
    assert (not_passed(result), result.rows) == (set(), 12)
    assert {each.id: each.observed for each in result.expectations}["one_run_an_exam"] == 1


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("item_calibration").expectations}
    assert set().union(*(fails for _, fails in DAMAGES.values())) | {"has_published_items"} == ids


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_fails_its_expectations_alone(live_url: str, kind: str) -> None:
    statements, expected = DAMAGES[kind]
    spoil(live_url, statements, exam=EXAM, run=RUN)
    result = check(live_url)
    assert not_passed(result) == expected
    assert all(each.error is None for each in result.expectations)


def test_an_emptied_table_is_noticed(live_url: str) -> None:
    spoil(live_url, "truncate item_calibration")
    assert {each.id for each in check(live_url).failed} == {"served_where_fitted"}


def test_without_published_items_everything_fails(live_url: str) -> None:
    spoil(live_url, "delete from question_publications; delete from item_calibration")
    assert "has_published_items" in {each.id for each in check(live_url).failed}


def test_an_item_that_was_set_aside_may_be_without_parameters(live_url: str) -> None:
    spoil(
        live_url, f"delete from item_calibration_history where {ONE};delete from item_calibration where {ONE}"
    )
    assert not_passed(check(live_url)) == set()
