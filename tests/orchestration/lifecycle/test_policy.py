"""An exam's own rules: defaults, deviations, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.lifecycle.policy import Policy, PolicyError, policy


def test_an_exam_without_rules_of_its_own_has_the_defaults() -> None:
    assert policy("CARDIO", {}) == Policy()


def test_a_deviation_replaces_one_rule_and_no_other() -> None:
    found = policy("CARDIO", {"fewest_responses": 50, "dif_groups": ["mode", "cohort"]})
    assert (found.fewest_responses, found.dif_groups) == (50, ("mode", "cohort"))
    assert found.few_responses == Policy().few_responses


@pytest.mark.parametrize(
    ("deviations", "said"),
    [
        ({"fewest_answers": 5}, "fewest_answers"),
        ({"fewest_items": -1}, "fewest_items"),
        ({"drift_level": 1.5}, "drift_level"),
        ({"serving": "4PL"}, "serving must be one of by item, 2PL, 3PL"),
        ({"dif_groups": ["shoe size"]}, "shoe size"),
        ({"few_responses": 10}, "at least fewest_responses"),
        ({"strata": "many"}, "strata"),
    ],
)
def test_what_no_policy_has_is_refused_by_name(deviations: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match="model_policy of exam CARDIO") as refused:
        policy("CARDIO", deviations)
    assert said in str(refused.value)


def test_settings_are_plain_and_say_every_rule() -> None:
    plain = Policy().settings()
    assert set(plain) == set(Policy.__struct_fields__)
    assert policy("CARDIO", plain) == Policy()
