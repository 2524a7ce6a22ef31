"""Every expectation of the suite int_first_attempts can fail, and passes on what dbt built of good data."""

from __future__ import annotations

import pytest

from expectations import ParameterError, SuiteResult, SuiteRunError, load_suite, run_suite

from .conftest import not_passed, spoil
from .live_bank import EXAM

TABLE = "analytics.int_first_attempts"


def judged(disposition: str, of_ten: int) -> str:
    return (
        f"update {TABLE} set disposition = '{disposition}', reason = 'so' where response_id % 10 < {of_ten}"
    )


# damage -> the expectations that must fail, no others
DAMAGES: dict[str, tuple[str, set[str]]] = {
    "rows lost on the way": (f"delete from {TABLE} where response_id % 5 = 0", {"attempts_kept"}),
    "a rule that takes too much": (
        f"update {TABLE} set reason = 'so', "
        "disposition = (array['too_few_answers', 'too_few_answers', 'too_few_answers', "
        "'explanation_seen', 'explanation_seen', 'abandoned_quiz'])[response_id % 10 + 1] where response_id % 10 < 6",
        {"usable_share"},
    ),
    "rapid guesses": (judged("rapid_guess", 3), {"rapid_guess_share"}),
    "explanations": (judged("explanation_seen", 4), {"explanation_seen_share"}),
    "sessions that end too early": (judged("abandoned_quiz", 3), {"abandoned_quiz_share"}),
    "one learner under several ids": (judged("too_few_answers", 5), {"too_few_answers_share"}),
    "flagged learners": (judged("flagged_user", 2), {"flagged_user_share"}),
}


def check(url: str, marts: str = "analytics") -> SuiteResult:
    return run_suite("int_first_attempts", url, query_parameters={"exam_code": EXAM}, marts=marts)


def test_good_data_passes(live_url: str) -> None:
    result = check(live_url)
    assert (not_passed(result), result.rows) == (set(), 7440)
    observed = {each.id: each.observed for each in result.expectations}
    assert float(str(observed["attempts_kept"])) == pytest.approx(7440 / 6500)


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("int_first_attempts").expectations}
    assert set().union(*(fails for _, fails in DAMAGES.values())) | {"has_first_attempts"} == ids


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_fails_its_expectations_alone(live_url: str, kind: str) -> None:
    statement, expected = DAMAGES[kind]
    spoil(live_url, statement)
    assert not_passed(check(live_url)) == expected


def test_no_row_fails_everything(live_url: str) -> None:
    spoil(live_url, f"delete from {TABLE}")
    assert "has_first_attempts" in {each.id for each in check(live_url).failed}


def test_forgotten_learners_are_not_missed(live_url: str) -> None:
    spoil(live_url, f"delete from {TABLE} where response_id % 5 = 0")
    forget = "insert into forgotten_learners (learner_hash, key_check, tenant_id)"
    hashes = "select sha256(k::text::bytea), sha256('key'),"
    spoil(
        live_url,
        f"{forget} {hashes} (select min(tenant_id::text)::uuid from exams) from generate_series(1, 50) k",
    )
    # 5,952 left of 6,500, of which 50 learners may have taken 600 with them.
    assert not_passed(check(live_url)) == set()
    spoil(live_url, f"delete from {TABLE} where response_id % 50 = 1")
    assert not_passed(check(live_url)) == {"attempts_kept"}


def test_an_exam_that_was_never_published_has_nothing_to_keep(live_url: str) -> None:
    spoil(live_url, "update calibration_runs set status = 'candidate'")
    spoil(live_url, f"delete from {TABLE} where response_id % 2 = 0")
    assert not_passed(check(live_url)) == set()


def test_it_checks_the_schema_that_it_is_given(live_url: str) -> None:
    with pytest.raises(SuiteRunError, match="nowhere"):
        check(live_url, "nowhere")
    with pytest.raises(ParameterError, match="no name of a schema"):
        check(live_url, 'analytics"; drop table x')
