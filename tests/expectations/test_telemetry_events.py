"""Every expectation of the suite telemetry_events can fail; without delivery it may be empty."""

from __future__ import annotations

import pytest

from expectations import SuiteResult, load_suite, run_suite

from .conftest import not_passed, spoil

ONE = "event_id = (select min(event_id::text)::uuid from telemetry.events where ingested_at > now() - interval '1 day')"
UPDATE = "update telemetry.events set "
# damage -> the expectations that must fail, no others
DAMAGES: dict[str, tuple[str, set[str]]] = {
    "a clock that is ahead": (
        f"{UPDATE} occurred_at = occurred_at + interval '1 hour' where {ONE}",
        {"occurred_at_not_in_future"},
    ),
    "a clock that is behind": (
        f"{UPDATE} occurred_at = occurred_at - interval '4 days' where ingested_at > now() - interval '1 day'",
        {"events_arrive_in_time"},
    ),
    "another learner": (f"{UPDATE} user_id = gen_random_uuid() where {ONE}", {"event_of_the_quizs_learner"}),
    "another tenant": (f"{UPDATE} tenant_id = gen_random_uuid() where {ONE}", {"event_of_the_quizs_learner"}),
    "quizzes of another house": (
        f"{UPDATE} quiz_id = gen_random_uuid() where ingested_at > now() - interval '1 day'",
        {"quiz_known"},
    ),
    "versions that never existed": (
        f"{UPDATE} version = 9 where ingested_at > now() - interval '1 day'",
        {"item_known"},
    ),
    "microseconds for milliseconds": (
        f"{UPDATE} time_taken_ms = time_taken_ms * 1000 where {ONE}",
        {"event_time_within_session"},
    ),
}


def check(url: str) -> SuiteResult:
    return run_suite("telemetry_events", url, query_parameters={})


def test_good_events_pass(live_url: str) -> None:
    result = check(live_url)
    assert (not_passed(result), result.rows) == (set(), 12 * (60 + 6 * 20))


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("telemetry_events").expectations}
    assert set().union(*(fails for _, fails in DAMAGES.values())) | {"has_events"} == ids


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_fails_its_expectations_alone(live_url: str, kind: str) -> None:
    statement, expected = DAMAGES[kind]
    spoil(live_url, statement)
    result = check(live_url)
    assert not_passed(result) == expected
    assert all(each.error is None for each in result.expectations)


def test_a_few_foreign_events_are_tolerated(live_url: str) -> None:
    spoil(live_url, f"{UPDATE} quiz_id = gen_random_uuid(), question_id = 999, version = 9 where {ONE}")
    assert not_passed(check(live_url)) == set()


def test_no_events_block_where_answers_were_delivered(live_url: str) -> None:
    spoil(live_url, "truncate telemetry.events")
    result = check(live_url)
    assert "has_events" in {each.id for each in result.failed}
    assert result.expectations[0].error == "not checked: there are no rows"


@pytest.mark.parametrize(
    "static", ["update user_responses set origin = 'import'", "truncate user_responses cascade"]
)
def test_no_events_are_right_where_nothing_was_delivered(live_url: str, static: str) -> None:
    spoil(live_url, f"truncate telemetry.events; {static}")
    result = check(live_url)
    assert (result.passed, result.rows, not_passed(result)) == (True, 0, set())
    assert result.expectations[0].observed == "no rows: nothing was delivered in the last 7 days either"
