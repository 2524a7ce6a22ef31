"""Item marts on the hand-made bank, and the exact percentiles on many times."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt_qbank.model_sql import emptied, run
from tests.dbt_qbank.rows import by_key

FACTS = """
    insert into fact_responses (user_id, quiz_id, question_id, version, exam_code, tenant_id, is_correct, ts,
        response_id, origin, synthetic_at, synthetic_time, mode, recorded_time_ms)
    select gen_random_uuid(), gen_random_uuid(), 1, 1, 'HOME', %(tenant)s, true, now(), row_number() over (),
        'delivery', false, false, 'tutor', ms
    from unnest(%(times)s::integer[]) as ms
"""
COUNTS = """
    insert into int_time_counts (question_id, version, bucket_ms, n, tenant_id)
    select question_id, version, case when recorded_time_ms < 10000 then recorded_time_ms / 100 * 100
        else recorded_time_ms / 1000 * 1000 end, count(*), tenant_id from fact_responses
    where recorded_time_ms is not null group by 1, 2, 3, 5
"""
EXPECTED = """
    select count(recorded_time_ms) as n_timed,
        round(percentile_cont(0.5) within group (order by recorded_time_ms))::integer as median_time_ms,
        round(percentile_cont(0.9) within group (order by recorded_time_ms))::integer as p90_time_ms
    from fact_responses
"""


def test_item_health_counts_all_attempts_and_recorded_times(bank: Any, builds: Any) -> None:
    health = by_key(bank.rows("item_health"), "question_id", "version")
    columns = ("n_attempts", "p_value", "median_time_ms", "p90_time_ms", "n_served", "skip_rate")
    said = {key: tuple(row[name] for name in columns) for key, row in health.items()}
    assert said == {
        (1, 1): (1, 1.0, 5000, 5000, 1, 0.0),
        (1, 2): (5, 0.6, 6000, 7800, 5, 0.0),
        (2, 1): (4, 0.75, 6000, 7700, 5, 0.2),  # Fay skipped it
        (3, 1): (2, 0.0, 7000, 7000, 3, 0.0),  # one of two times is made up; Fay omitted it
        (4, 1): (1, 0.0, None, None, 1, 0.0),
        (5, 1): (1, 1.0, 7000, 7000, 1, 0.0),
    }
    assert {key: (row["exam_code"], row["tenant_id"]) for key, row in health.items()} == {
        **dict.fromkeys([(1, 1), (1, 2), (2, 1), (3, 1)], ("HOME", bank.tenant_a)),
        **dict.fromkeys([(4, 1), (5, 1)], ("OTHER", bank.tenant_b)),
    }


def test_exposure_is_a_share_of_the_sessions_of_the_home_exam(bank: Any, builds: Any) -> None:
    # Seven quizzes served items of HOME, one of them of tenant B; it is the only one of OTHER.
    exposed = {key: row["exposure_rate"] for key, row in _health(bank).items()}
    assert exposed == pytest.approx(
        {(1, 1): 1 / 7, (1, 2): 5 / 7, (2, 1): 5 / 7, (3, 1): 3 / 7, (4, 1): 1.0, (5, 1): 1.0}
    )


def test_item_health_shows_what_serves_and_why_the_rest_does_not(bank: Any, builds: Any) -> None:
    columns = (
        "model",
        "a",
        "b",
        "c",
        "calibration_status",
        "calibration_reason",
        "flags",
        "r_point_biserial",
    )
    said = {key: tuple(row[name] for name in columns) for key, row in _health(bank).items()}
    never = (None, None, None, None, "never calibrated", None, None, None)
    assert said == {
        (1, 2): ("2PL", 1.2, 0.3, 0.0, "calibrated", None, "drift, miskeyed", 0.4),
        (2, 1): (*never[:4], "not serving", "fitted, but no parameters may serve", None, None),
        (3, 1): (*never[:4], "set aside", "all answers are wrong", None, None),
        **dict.fromkeys([(1, 1), (4, 1), (5, 1)], never),
    }


def test_options_curve_and_drift_are_shown_as_published(bank: Any, builds: Any) -> None:
    options = by_key(bank.rows("item_distractors"), "question_id", "version", "option_label")
    assert {key: (row["n"], row["is_key"], row["is_miskeyed_suspect"]) for key, row in options.items()} == {
        (1, 2, "A"): (1, True, True),
        (1, 2, "B"): (3, False, True),
    }
    curve = by_key(bank.rows("item_curve"), "question_id", "version", "model", "band")
    assert {key: (row["observed"], row["expected"], row["is_serving"]) for key, row in curve.items()} == {
        (1, 2, "2PL", 1): (0.5, 0.1, True),
        (1, 2, "2PL", 2): (None, 0.8, True),
        (1, 2, "3PL", 1): (0.5, 0.3, False),
    }
    (week,) = bank.rows("item_drift")
    assert (week["week"], week["difference"], week["is_drifted"]) == (dt.date(2026, 2, 23), 0.25, True)


def test_the_blueprint_beside_what_is_published(bank: Any, builds: Any) -> None:
    key = ("exam_code", "topic_id", "difficulty_label", "tenant_id")
    rows = by_key(bank.rows("blueprint_coverage"), *key)
    said = {
        k: (r["quota"], r["n_published"], r["n_calibrated"], r["n_flagged"], r["gap"])
        for k, r in rows.items()
    }
    assert said == {
        ("HOME", 1, None, bank.tenant_a): (3, 1, 0, 0, 2),
        ("HOME", 1, "easy", bank.tenant_a): (1, 0, 0, 0, 1),
        ("HOME", None, None, bank.tenant_a): (2, 2, 1, 1, 0),
        ("AWAY", 2, None, bank.tenant_a): (None, 1, 1, 1, None),
        ("HOME", 2, None, bank.tenant_b): (None, 1, 1, 1, None),
        ("OTHER", 3, None, bank.tenant_b): (None, 1, 0, 0, None),
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example undoes what it did
@given(
    times=st.one_of(
        st.lists(st.integers(0, 400), min_size=1, max_size=60),  # several in a bucket, and equal ones
        st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=60),
    )
)
def test_percentiles_are_those_that_postgres_finds_by_sorting(
    bank: Any, builds: Any, times: list[int]
) -> None:
    with emptied(bank, "fact_responses", "int_time_counts") as connection:
        connection.execute(FACTS, {"tenant": bank.tenant_a, "times": times})
        connection.execute(COUNTS)
        (found,) = run(bank, connection, "int_item_times")
        expected = connection.execute(EXPECTED).fetchone()
    assert {name: found[name] for name in expected} == expected


def _health(bank: Any) -> dict[Any, dict[str, Any]]:
    return by_key(bank.rows("item_health"), "question_id", "version")
