"""Every expectation of the suite user_responses can fail, names its rows, and passes on good data."""

from __future__ import annotations

import pytest

from expectations import SuiteResult, load_suite, run_suite

from .conftest import Damage

ONE = (
    "id = (select min(r.id) from user_responses r join questions q on q.id = r.question_id"
    " where q.home_exam_code = :exam)"
)
ALL = "question_id in (select id from questions where home_exam_code = :exam)"
# expectation -> damage, and how many rows it puts at fault
DAMAGES = {
    "responses_kept": (
        "insert into calibration_runs (id, exam_code, status, snapshot_hash, code_version, n_persons, n_items,"
        " n_responses) values (gen_random_uuid(), :exam, 'published', 'hash', '0', 10, 12, 121)",
        0,
    ),
    "option_known": (
        f"update user_responses set option_label = 'Z' where {ALL} and option_label is not null"
        f" and quiz_id = (select min(quiz_id::text)::uuid from user_responses where {ALL})",
        8,
    ),
    "score_agrees_with_key": (
        f"update user_responses set is_correct = not is_correct where {ALL} and option_label is not null"
        f" and quiz_id = (select min(quiz_id::text)::uuid from user_responses where {ALL})",
        8,
    ),
    "time_within_session": (f"update user_responses set time_taken_ms = 7200001 where {ONE}", 1),
    "created_at_not_in_future": (
        f"update user_responses set created_at = now() + interval '1 hour' where {ONE}",
        1,
    ),
    "answered_after_serving": (f"update user_responses set origin = 'delivery' where {ONE}", 1),
    "answered_before_the_end": (
        "update quiz_sessions set sealed_at = now() - interval '2 days'"
        f" where id = (select quiz_id from user_responses where {ONE})",
        12,
    ),
    "share_correct_plausible": (
        f"update user_responses set is_correct = true, option_label = null where {ALL}",
        0,
    ),
}


def check(url: str, exam: str) -> SuiteResult:
    return run_suite("user_responses", url, query_parameters={"exam_code": exam})


def test_good_data_passes(unguarded_url: str, good_exam: str) -> None:
    result = check(unguarded_url, good_exam)
    assert [each.id for each in result.expectations if not each.passed] == []
    assert (result.passed, result.rows) == (True, 120)
    assert [each.id for each in result.expectations] == [
        each.id for each in load_suite("user_responses").expectations
    ]
    observed = {each.id: each.observed for each in result.expectations}
    assert observed["has_responses"] == 120
    assert observed["share_correct_plausible"] == pytest.approx(0.5)
    assert observed["created_at_not_in_future"] == "0 of 120 rows at fault"


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("user_responses").expectations}
    assert set(DAMAGES) | {"has_responses"} == ids  # which a test of its own leaves without rows


@pytest.mark.parametrize("expectation", DAMAGES)
def test_damage_fails_its_expectation_alone(
    unguarded_url: str, good_exam: str, damage: Damage, expectation: str
) -> None:
    statement, at_fault = DAMAGES[expectation]
    damage(statement, exam=good_exam)
    result = check(unguarded_url, good_exam)
    failed = [each for each in result.expectations if not each.passed]
    assert [each.id for each in failed] == [expectation]
    assert result.passed == (failed[0].severity == "warn")
    assert (failed[0].unexpected_count, len(failed[0].sample), failed[0].error) == (at_fault, at_fault, None)


def test_a_damaged_row_is_named(unguarded_url: str, good_exam: str, damage: Damage) -> None:
    damage(
        f"update quiz_sessions set expires_at = null; update user_responses set created_at = '2200-01-01' where {ONE}",
        exam=good_exam,
    )
    (failed,) = check(unguarded_url, good_exam).failed
    assert failed.id == "created_at_not_in_future"
    assert str(failed.sample[0]["created_at"]).startswith("2200-01-01")
    assert isinstance(failed.sample[0]["id"], int)


def test_only_the_exam_asked_for_is_checked(
    unguarded_url: str, good_exam: str, damage: Damage, request: pytest.FixtureRequest
) -> None:
    damage(
        "insert into exams (code) values (:exam || 'B');"
        "update questions set home_exam_code = :exam || 'B'"
        " where id = (select min(id) from questions where home_exam_code = :exam);"
        "update user_responses set created_at = '2200-01-01' where question_id in"
        " (select id from questions where home_exam_code = :exam || 'B')",
        exam=good_exam,
    )
    assert (check(unguarded_url, good_exam).passed, check(unguarded_url, good_exam).rows) == (True, 110)
    other = check(unguarded_url, good_exam + "B")
    assert (other.passed, other.rows, other.failed[0].unexpected_count) == (False, 10, 10)


def test_no_response_fails_everything_clearly(unguarded_url: str, good_exam: str, damage: Damage) -> None:
    damage(f"delete from user_responses where {ALL}", exam=good_exam)
    result = check(unguarded_url, good_exam)
    assert (result.passed, result.rows) == (False, 0)
    assert {each.error for each in result.expectations} == {
        f"not checked: there are no rows for exam_code {good_exam}"
    }
