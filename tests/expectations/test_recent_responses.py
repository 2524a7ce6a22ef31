"""The last day against the 28 before: what each expectation notices, and that good days raise no alarm."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import text

from database.engine import login_engine
from expectations import SuiteResult, load_suite, run_suite
from tests.simulations.recent_responses import option_z, p_z, study

from .conftest import not_passed, spoil
from .live_bank import EXAM

TODAY = "created_at >= now() - interval '1 day'"


def in_both(change: str, where: str) -> str:
    """A change of the raw rows of the last day and of the first attempts made from them."""
    return ";".join(
        (
            f"update user_responses set {change} where {TODAY} and {where}",
            f"update analytics.int_first_attempts f set {change}"
            f" where ts >= now() - interval '1 day' and {where}",
        )
    )


FIRST = "question_id = (select min(id) from questions)"
TEN = "question_id in (select id from questions order by id limit 10)"
LEAKED = "is_correct = true, option_label = 'a'"
# damage -> the expectations that must fail, no others
DAMAGES: dict[str, tuple[str, set[str]]] = {
    "a leaked item": (in_both(LEAKED, FIRST), {"p_value_steady", "option_shares_steady"}),
    "the keys of four items exchanged": (
        in_both(
            "is_correct = not is_correct", "question_id in (select id from questions order by id limit 2)"
        )
        + ";"
        + in_both(
            "is_correct = not is_correct",
            "question_id in (select id from questions order by id desc limit 2)",
        ),
        {"p_value_steady", "p_value_steady_for_most"},
    ),
    "right and wrong exchanged": (
        in_both("is_correct = (option_label = 'd')", "true"),
        # Easy items fall further than all do together.
        {"share_right_steady", "p_value_steady"},
    ),
    "seconds for milliseconds in one item": (
        in_both("time_taken_ms = time_taken_ms / 1000", FIRST),
        {"response_time_steady"},
    ),
    "seconds for milliseconds": (
        in_both("time_taken_ms = time_taken_ms / 1000", "true"),
        {"response_time_steady", "response_time_steady_for_most"},
    ),
    "options of one item reordered": (
        in_both("option_label = 'b'", f"{FIRST} and not is_correct"),
        {"option_shares_steady"},
    ),
    "options of ten items reordered": (
        in_both("option_label = 'b'", f"{TEN} and not is_correct"),
        {"option_shares_steady", "option_shares_steady_for_most"},
    ),
    "a truncated day": (
        f"delete from user_responses where {TODAY} and quiz_id not in"
        f" (select quiz_id from user_responses where {TODAY} group by 1 order by 1 limit 3)",
        {"volume_steady"},
    ),
}


def check(url: str, exam: str = EXAM) -> SuiteResult:
    return run_suite("recent_responses", url, query_parameters={"exam_code": exam})


def test_good_days_pass_with_figures(live_url: str) -> None:
    result = check(live_url)
    assert not_passed(result) == set()
    assert (result.rows, result.passed) == (12, True)
    observed = {each.id: each.observed for each in result.expectations}
    assert float(str(observed["volume_steady"])) == pytest.approx(720 / 240)
    assert 0 < float(str(observed["share_right_steady"])) < 0.05


def test_every_expectation_has_a_damage() -> None:
    ids = {each.id for each in load_suite("recent_responses").expectations}
    assert set().union(*(fails for _, fails in DAMAGES.values())) == ids


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_fails_its_expectations_alone(live_url: str, kind: str) -> None:
    statements, expected = DAMAGES[kind]
    spoil(live_url, statements)
    result = check(live_url)
    assert not_passed(result) == expected
    assert all(each.error is None for each in result.expectations)
    severities = {each.id: each.severity for each in result.expectations}
    assert result.passed == all(severities[each] == "warn" for each in expected)


@pytest.mark.parametrize("made_up", ["synthetic_at = true", "created_at = created_at - interval '90 days'"])
def test_what_is_not_recorded_or_not_recent_is_not_compared(live_url: str, made_up: str) -> None:
    spoil(live_url, f"update user_responses set {made_up}")
    result = check(live_url)
    assert (result.passed, result.rows, not_passed(result)) == (True, 0, set())
    assert "nothing recent" in str(result.expectations[0].observed)


def test_made_up_times_are_not_compared(live_url: str) -> None:
    spoil(live_url, DAMAGES["seconds for milliseconds"][0])
    spoil(live_url, "update analytics.int_first_attempts set synthetic_time = true")
    assert not_passed(check(live_url)) == set()


def test_an_item_with_few_answers_is_left_alone(live_url: str) -> None:
    spoil(live_url, in_both(LEAKED, FIRST))
    spoil(
        live_url,
        f"delete from user_responses where {TODAY} and {FIRST} and quiz_id in"
        f" (select quiz_id from user_responses where {TODAY} group by 1 order by 1 limit 11)",
    )
    assert not_passed(check(live_url)) == set()


def test_good_nights_of_500_items_hardly_ever_raise_an_alarm() -> None:
    """Fewer than one in twenty nights, at the fewest answers that are compared, where chance is widest."""
    nights = study(replications=300)
    assert (nights["alarms_a_night"] < 0.05).all(), nights


def test_the_figures_are_those_of_the_simulation(live_url: str) -> None:
    query = load_suite("recent_responses").query.replace("{marts}", "analytics")
    engine = login_engine(live_url)
    with engine.begin() as connection:
        connection.execute(text("select set_config('qbank.suite.exam_code', :exam, true)"), {"exam": EXAM})
        rows = connection.execute(text(query)).all()
    engine.dispose()
    assert len(rows) == 12
    common = np.array([(r.p_day - r.p_before) - r.p_shift for r in rows])
    assert common == pytest.approx(common[0])
    weights = np.array([1 / (1 / r.n_day + 1 / r.n_before) for r in rows])
    plain = np.array([p_z(r.p_day, r.p_before, r.n_day, r.n_before) for r in rows])
    arcs = plain / np.sqrt(weights)
    shifted = (arcs - np.average(arcs, weights=weights)) * np.sqrt(weights)
    assert [r.p_z for r in rows] == pytest.approx(shifted)
    for row in rows:
        pairs = [each.split(" ")[1].split("->") for each in row.shares.split(", ")]
        before, day = (np.array([[float(pair[side]) for pair in pairs]]) for side in (0, 1))
        # Shares are shown with two decimals.
        assert row.option_z == pytest.approx(
            float(option_z(day, before, row.n_chosen_day, row.n_chosen_before)[0]), abs=0.5
        )
