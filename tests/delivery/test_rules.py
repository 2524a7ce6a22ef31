"""Rules of delivery: what an exam sets, and what is refused."""

from __future__ import annotations

import pytest

from delivery.errors import RulesError
from delivery.rules import DeliveryRules, Stopping, read_rules, rules_of


def test_nothing_set_is_the_usual_rules_and_stays_nothing():
    usual = rules_of("exam demo", {}, {}, {})
    assert usual == DeliveryRules()
    assert usual.plain() == {}
    assert usual.stopping.rule(40) is None


def test_what_is_set_comes_back_from_what_a_quiz_keeps():
    rules = rules_of(
        "exam demo",
        {"criterion": "KL", "r_max": 0.2, "points": [-1, 1], "mean": 0},
        {"se": 0.3, "min_length": 5, "classification": {"cut": 0.5}},
        {"quotas": [{"topic": "Heart", "least": 2}, {"difficulty": "hard", "bloom": 3, "most": 4}]},
    )
    assert read_rules("quiz", rules.plain()) == rules
    assert [quota.name for quota in rules.quotas] == ["topic Heart", "difficulty hard, cognitive level 3"]
    rule = rules.stopping.rule(40)
    assert rule is not None
    assert (rule.se, rule.min_length, rule.max_length) == (0.3, 5, 40)
    assert rule.classification is not None


def test_a_quiz_may_stop_earlier_than_its_number_of_questions_says_and_not_later():
    assert Stopping(se=0.3, max_length=20).rule(40).max_length == 20
    assert Stopping(se=0.3, min_length=10).rule(5).max_length == 10


def test_one_kind_of_control_keeps_the_rate():
    by_default, parameters = DeliveryRules(r_max=0.2), DeliveryRules(r_max=0.2, control="sympson-hetter")
    assert (by_default.eligibility_rate, by_default.sympson_hetter_rate) == (0.2, None)
    assert (parameters.eligibility_rate, parameters.sympson_hetter_rate) == (None, 0.2)
    assert read_rules("quiz", parameters.plain()) == parameters


@pytest.mark.parametrize(
    ("selection", "stopping", "says"),
    [
        ({"criterion": "luck"}, {}, "criterion"),
        ({"r_max": 1.5}, {}, "r_max"),
        ({"colour": 1}, {}, "colour"),
        ({"points": [1, 0]}, {}, "points must ascend"),
        ({"among": True}, {}, "among"),
        ({"control": "sympson-hetter"}, {}, "needs r_max"),
        ({"control": "sympson-hetter", "r_max": 0.2, "among": 3}, {}, "in place of among"),
        ({"control": "hope", "r_max": 0.2}, {}, "control"),
        ({}, {"se": -1}, "stopping: se must be a finite number above 0"),
        ({}, {"length": 3, "min_length": 5}, "min_length"),
    ],
)
def test_what_is_not_usable_is_named(selection, stopping, says):
    with pytest.raises(RulesError, match="exam demo") as refused:
        rules_of("exam demo", selection, stopping, {})
    assert says in str(refused.value)
