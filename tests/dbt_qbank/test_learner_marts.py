"""Learner marts on the hand-made bank: mastery with its interval, the roll-up, ability and its trend."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from scipy.stats import binomtest

from tests.dbt_qbank.rows import by_key

HEART, LUNG, OF_B = 1, 2, 3


def test_topic_mastery_counts_every_attempt_with_a_topic(bank: Any, builds: Any) -> None:
    mastery = by_key(bank.rows("topic_mastery"), "user_id", "topic_id")
    columns = ("accuracy", "n_attempts", "avg_time_ms", "tenant_id")
    said = {key: tuple(row[name] for name in columns) for key, row in mastery.items()}
    assert said == {
        (bank.ann, HEART): (1.0, 2, 3000.0, bank.tenant_a),
        (bank.ann, LUNG): (0.0, 1, 4000.0, bank.tenant_a),
        (bank.ben, HEART): (0.0, 1, 8000.0, bank.tenant_a),
        (bank.ben, LUNG): (1.0, 1, 6000.0, bank.tenant_a),
        (bank.cas, HEART): (1.0, 1, 7000.0, bank.tenant_a),
        (bank.eve, HEART): (1.0, 1, 5000.0, bank.tenant_a),
        (bank.eve, LUNG): (1.0, 1, 6000.0, bank.tenant_a),
        (bank.fay, LUNG): (0.0, 1, 9000.0, bank.tenant_a),
        (bank.dan, LUNG): (1.0, 1, 3000.0, bank.tenant_b),
        (bank.dan, OF_B): (0.0, 1, None, bank.tenant_b),
    }


def test_mastery_is_drawn_towards_the_learners_own_accuracy(bank: Any, builds: Any) -> None:
    mastery = by_key(bank.rows("topic_mastery"), "user_id", "topic_id")
    overall = (2 + 5) / (4 + 10)  # Ann: two right of four, one of them without a topic
    assert mastery[bank.ann, HEART]["mastery"] == pytest.approx((2 + 10 * overall) / 12)
    assert mastery[bank.ann, LUNG]["mastery"] == pytest.approx((0 + 10 * overall) / 11)
    assert mastery[bank.ann, HEART]["mastery"] < 1.0


@pytest.mark.parametrize("relation", ["topic_mastery", "topic_mastery_rollup"])
def test_intervals_are_wilsons(bank: Any, builds: Any, relation: str) -> None:
    for row in bank.rows(relation):
        right = round(row["accuracy"] * row["n_attempts"])
        wilson = binomtest(right, row["n_attempts"]).proportion_ci(0.95, method="wilson")
        assert (row["accuracy_low"], row["accuracy_high"]) == pytest.approx(
            (wilson.low, wilson.high), abs=1e-12
        )


def test_the_rollup_holds_what_a_learner_answered_of_other_tenants(bank: Any, builds: Any) -> None:
    rollup = by_key(bank.rows("topic_mastery_rollup"), "user_id", "topic_id")
    mastery = by_key(bank.rows("topic_mastery"), "user_id", "topic_id")
    # The bank's topics have no other above them.
    assert {k: r["n_attempts"] for k, r in rollup.items()} == {k: r["n_attempts"] for k, r in mastery.items()}
    of_b = bank.rows("topic_mastery_rollup", "qbank_api", bank.tenant_b)
    assert {(row["user_id"], row["topic_id"]) for row in of_b} == {(bank.dan, LUNG), (bank.dan, OF_B)}


def test_ability_with_its_trend(bank: Any, builds: Any) -> None:
    (ability,) = bank.rows("user_ability")
    assert (ability["user_id"], ability["exam_code"], ability["theta"]) == (bank.ann, "HOME", 0.4)
    assert (ability["trend"], ability["trend_se"], ability["trend_z"]) == pytest.approx((1.0, 0.5, 2.0))
    assert (ability["first_window"], ability["last_window"]) == (dt.date(2026, 1, 30), dt.date(2026, 3, 1))
