"""Every expectation of the candidate suite can fail; one odd item warns, many block."""

from __future__ import annotations

import uuid

import pytest

from expectations import SuiteResult, load_suite, run_suite
from irt.results import A_AT_BOUND, ANCHOR, C_AT_BOUND, OK, SET_ASIDE
from orchestration.lifecycle.rows import CARRIED

from .conftest import Damage

UPDATE = "update item_calibration_candidate set "
ONE = (
    " where run_id = :run and model = '2PL' and question_id ="
    " (select min(question_id) from item_calibration_candidate where run_id = :run)"
)
TWO = (
    " where run_id = :run and model = '2PL' and question_id in (select question_id from"
    " item_calibration_candidate where run_id = :run and model = '2PL' order by 1 limit 2)"
)
ALL = " where run_id = :run"
# damage -> the expectations that must fail, no others
DAMAGES: dict[str, tuple[str, set[str]]] = {
    "a doubled row": (
        "insert into item_calibration_candidate (run_id, question_id, version, model, a, b, c, se_a, se_b,"
        " n_respondents) select run_id, question_id, version, model, a, b, c, se_a, se_b, n_respondents"
        " from item_calibration_candidate" + ONE,
        {"one_row_per_item_and_model"},
    ),
    "an item of another exam": (
        "insert into exams (code) values ('OTHER-' || cast(:run as text));"
        " update questions set home_exam_code = 'OTHER-' || cast(:run as text) where id ="
        " (select min(question_id) from item_calibration_candidate where run_id = :run)",
        {"item_of_the_exam"},
    ),
    "an unknown status": (UPDATE + "status = 'fine'" + ONE, {"status_known"}),
    "no reason": (UPDATE + "status = 'set aside', reason = ' ', a = null" + ONE, {"set_aside_has_reason"}),
    "nothing fitted": (UPDATE + "status = 'set aside', reason = 'few'" + ALL, {"not_everything_set_aside"}),
    "no a": (UPDATE + "a = null" + ONE, {"parameters_finite"}),
    "c not a number": (UPDATE + "c = 'NaN'" + ONE, {"parameters_finite", "c_in_range"}),
    "one negative a": (UPDATE + "a = -0.4" + ONE, {"a_in_range"}),
    "one steep a": (UPDATE + "a = 5.1" + ONE, {"a_in_range"}),
    "two negative a": (UPDATE + "a = -0.4" + TWO, {"a_in_range", "a_in_range_for_most"}),
    "a flat item": (UPDATE + "a = 0.19" + ONE, {"a_usual"}),
    "a steep item": (UPDATE + "a = 2.6" + ONE, {"a_usual"}),
    "one far b": (UPDATE + "b = -21" + ONE, {"b_usual"}),
    "two far b": (UPDATE + "b = 21" + TWO, {"b_usual", "b_in_range_for_most"}),
    "b somewhat far": (UPDATE + "b = 6.1" + ONE, {"b_usual"}),
    "one high c": (UPDATE + "c = 0.65" + ONE, {"c_in_range"}),
    "two high c": (UPDATE + "c = 0.65" + TWO, {"c_in_range", "c_in_range_for_most"}),
    "negative c": (UPDATE + "c = -0.01" + ONE, {"c_in_range"}),
    "se of 0": (UPDATE + "se_b = 0" + ONE, {"standard_errors_positive"}),
    "se not a number": (UPDATE + "se_c = 'NaN'" + ONE, {"standard_errors_positive"}),
    "one item without se": (UPDATE + "se_a = null" + ONE, {"standard_errors_present"}),
    "two items without se": (
        UPDATE + "se_b = null" + TWO,
        {"standard_errors_present", "standard_errors_present_for_most"},
    ),
    "one wide se": (UPDATE + "se_a = 1.1" + ONE, {"standard_errors_bounded"}),
    "two wide se": (
        UPDATE + "se_b = 2.1" + TWO,
        {"standard_errors_bounded", "standard_errors_bounded_for_most"},
    ),
    "few respondents": (UPDATE + "n_respondents = 99" + ONE, {"enough_respondents"}),
}


def check(url: str, run: uuid.UUID) -> SuiteResult:
    return run_suite("item_calibration_candidate", url, query_parameters={"run_id": run})


def not_passed(result: SuiteResult) -> set[str]:
    return {each.id for each in result.expectations if not each.passed}


def test_a_good_fit_passes(unguarded_url: str, good_run: uuid.UUID) -> None:
    result = check(unguarded_url, good_run)
    assert not_passed(result) == set()
    assert (result.passed, result.rows, result.failed, result.warned) == (True, 24, (), ())


def test_honest_oddities_pass(unguarded_url: str, good_run: uuid.UUID, damage: Damage) -> None:
    damage(UPDATE + "status = 'c at bound', c = 0, se_c = null, reason = 'c at bound'" + ONE, run=good_run)
    damage(
        UPDATE + "status = 'set aside', reason = 'everybody got it right', a = null, b = null, c = null,"
        " se_a = null, se_b = null, se_c = null, n_respondents = 3 where run_id = :run and model = '3PL' and"
        " question_id = (select max(question_id) from item_calibration_candidate where run_id = :run)",
        run=good_run,
    )
    assert not_passed(check(unguarded_url, good_run)) == set()


def test_every_status_of_a_fit_is_known() -> None:
    (expectation,) = (
        each for each in load_suite("item_calibration_candidate").expectations if each.id == "status_known"
    )
    of_fits = {OK, C_AT_BOUND, A_AT_BOUND, ANCHOR, SET_ASIDE}
    assert set(expectation.arguments["value_set"]) == of_fits | {CARRIED}


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("item_calibration_candidate").expectations}
    assert set().union(*(fails for _, fails in DAMAGES.values())) | {"has_rows"} == ids


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_fails_its_expectations_alone(
    unguarded_url: str, good_run: uuid.UUID, damage: Damage, kind: str
) -> None:
    statement, expected = DAMAGES[kind]
    damage(statement, run=good_run)
    result = check(unguarded_url, good_run)
    assert not_passed(result) == expected
    severities = {each.id: each.severity for each in result.expectations}
    assert result.passed == all(severities[each] == "warn" for each in expected)
    for each in result.expectations:
        assert each.error is None
        assert (each.unexpected_count > 0) == (len(each.sample) > 0) == (not each.passed)


def test_a_miskeyed_item_is_named_and_does_not_hold_up_the_exam(
    unguarded_url: str, good_run: uuid.UUID, damage: Damage
) -> None:
    damage(UPDATE + "a = -0.4, b = 22" + ONE, run=good_run)
    result = check(unguarded_url, good_run)
    assert result.passed
    warned = {each.id: each for each in result.warned}
    assert set(warned) == {"a_in_range", "b_usual"}
    (row,) = warned["a_in_range"].sample
    assert (row["model"], row["a"], row["status"]) == ("2PL", -0.4, "ok")
    assert row["item"] == "Q1"
    assert "check its key" in warned["a_in_range"].description


def test_the_share_counts_within_each_model(unguarded_url: str, good_run: uuid.UUID, damage: Damage) -> None:
    # One odd item in each of two models is one odd item, not two.
    damage(UPDATE + "a = -0.4" + ONE.replace("model = '2PL' and ", ""), run=good_run)
    result = check(unguarded_url, good_run)
    assert (result.passed, not_passed(result)) == (True, {"a_in_range"})
    assert result.warned[0].unexpected_count == 2


def test_all_rows_at_fault_are_counted_but_only_some_shown(
    unguarded_url: str, good_run: uuid.UUID, damage: Damage
) -> None:
    damage(UPDATE + "n_respondents = 5" + ALL, run=good_run)
    (warned,) = check(unguarded_url, good_run).warned
    assert (warned.unexpected_count, len(warned.sample), warned.observed) == (
        24,
        20,
        "24 of 24 rows at fault",
    )


def test_a_run_without_rows_fails_clearly(unguarded_url: str) -> None:
    run = uuid.uuid4()
    result = check(unguarded_url, run)
    assert (result.passed, result.rows, len(result.failed) > 0) == (False, 0, True)
    assert result.expectations[0].error == f"not checked: there are no rows for run_id {run}"
