"""Every expectation of the suite response_matrix can fail, and passes on what the fit may see."""

from __future__ import annotations

import pytest

from expectations import SuiteResult, load_suite, run_suite

from .conftest import not_passed, spoil
from .live_bank import EXAM

TABLE = "analytics.int_first_attempts"
FIRST = "question_id = (select min(id) from questions)"
# damage -> the expectations that must fail, no others
DAMAGES: dict[str, tuple[str, set[str]]] = {
    "two items": (
        f"update calibration_runs set status = 'candidate';"
        f"delete from {TABLE} where question_id not in (select id from questions order by id limit 2)",
        {"enough_items"},
    ),
    "few persons": (
        "update calibration_runs set status = 'candidate';"
        f"delete from {TABLE} where user_id not in (select user_id from {TABLE} group by 1 order by 1 limit 29)",
        {"enough_persons"},
    ),
    "two items of one name": (
        "update questions set external_ref = null where id = 2;"
        "update questions set external_ref = 'LIVE/2' where id = 3",
        {"item_names_differ"},
    ),
    "a doubled response": (
        f"update {TABLE} f set person_id = (select person_id from {TABLE} g where g.question_id = f.question_id"
        f" and g.response_id <> f.response_id order by response_id limit 1)"
        f" where response_id = (select max(response_id) from {TABLE})",
        {"one_response_a_person_and_item"},
    ),
    "hardly any usable response in most items": (
        "update calibration_runs set status = 'candidate';"
        f"update {TABLE} set disposition = 'abandoned_quiz', reason = 'so' where question_id in"
        " (select id from questions order by id limit 7) and response_id % 100 > 0",
        {"enough_responses_for_most"},
    ),
    "a cut table": (
        f"delete from {TABLE} where response_id % 4 = 0 and question_id in"
        " (select id from questions order by id limit 12) and response_id % 5 < 6",
        {"responses_kept"},
    ),
    "one item lost its responses": (
        f"delete from {TABLE} where {FIRST} and response_id % 7 < 3",
        {"items_keep_their_responses"},
    ),
}  # fmt: skip


def check(url: str) -> SuiteResult:
    return run_suite("response_matrix", url, query_parameters={"exam_code": EXAM})


def test_good_data_passes(live_url: str) -> None:
    result = check(live_url)
    assert (not_passed(result), result.rows) == (set(), 12)
    observed = {each.id: each.observed for each in result.expectations}
    assert observed["has_items"] == 12
    assert float(str(observed["responses_kept"])) == pytest.approx(7440 / 6500)


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("response_matrix").expectations}
    assert set().union(*(fails for _, fails in DAMAGES.values())) | {"has_items"} == ids


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_fails_its_expectations_alone(live_url: str, kind: str) -> None:
    statements, expected = DAMAGES[kind]
    spoil(live_url, statements)
    assert not_passed(check(live_url)) == expected


def test_an_exam_too_small_for_any_fit_is_left_to_the_fit_to_explain(live_url: str) -> None:
    spoil(
        live_url,
        "update calibration_runs set status = 'candidate';"
        f"delete from {TABLE} where user_id not in (select user_id from {TABLE} group by 1 order by 1 limit 9)",
    )
    result = check(live_url)
    assert result.passed
    assert not_passed(result) == {"enough_responses_for_most"}


def test_an_emptied_table_fails_everything(live_url: str) -> None:
    spoil(live_url, f"delete from {TABLE}")
    assert "has_items" in {each.id for each in check(live_url).failed}
