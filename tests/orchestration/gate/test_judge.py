"""What the gate lets through, and what it holds back, with a sentence that says what to look at."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from database.queries.bank import TopicRow
from database.queries.quotas import Labels
from delivery.errors import RulesError
from delivery.rules import DeliveryRules, Stopping, TestQuota
from delivery.topics import TopicTree
from orchestration.gate.judge import Verdict, judge
from orchestration.gate.sessions import Exam
from orchestration.lifecycle.policy import Policy

RUN = uuid.UUID(int=5)
POLICY = Policy(gate_learners=60, gate_length=10)
USUAL = Exam()
QUOTAS = (TestQuota(topic="heart", least=3), TestQuota(topic="lung", least=2, most=7))
TOPICS = TopicTree([TopicRow(1, None, "heart", "heart"), TopicRow(2, None, "lung", "lung")])
Rows = list[dict[str, Any]]


def bank(n: int = 60, *, slope: float = 1.0, first: int = 0) -> Rows:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(0.7, 1.3, n) * slope, np.linspace(-2.0, 2.0, n)
    return [
        {"question_id": i + first, "version": 1, "item": f"I{i + first}", "a": a[i], "b": b[i], "c": 0.0,
         "se_b": 0.1}
        for i in range(n)
    ]  # fmt: skip


def exam(heart: Sequence[int], rules: DeliveryRules, **tags: Any) -> Exam:
    """Of 60 items those of `heart` are about it, all others about the lung; tags by the item's number."""
    said = {
        (i, 1): Labels(
            1 if i in heart else 2, None, **{name: each.get(i, usual) for name, (each, usual) in tags.items()}
        )
        for i in range(60)
    }  # fmt: skip
    return Exam(rules, said, TOPICS)


def judged(live: Rows, new: Rows, of: Exam = USUAL, policy: Policy = POLICY) -> Verdict:
    return judge(RUN, live, new, of, policy, (0.0, 1.0))


def said(live: Rows, new: Rows, of: Exam = USUAL, policy: Policy = POLICY) -> dict[str, Any]:
    return judged(live, new, of, policy).said


def failed(verdict: dict[str, Any]) -> list[str]:
    return [each["name"] for each in verdict["limits"] if not each["passed"]]


def test_the_same_parameters_pass_and_say_so() -> None:
    found = said(bank(), bank())
    assert (found["passed"], found["reason"]) == (True, "within every limit")
    assert found["figures"]["old"] == found["figures"]["new"]
    assert found["settings"] | {"learners": 60, "length": 10, "blueprint": "none"} == found["settings"]
    assert found == said(bank(), bank())


def test_slopes_that_sank_measure_worse() -> None:
    found = said(bank(), bank(slope=0.6))
    assert not found["passed"]
    assert "standard error at the end" in failed(found)
    assert not {"bias", "items of a session", "rate of the item met most"} & set(failed(found))
    assert "lost their slope" in found["reason"]


def test_sessions_until_a_standard_error_take_more_items_of_slopes_that_sank() -> None:
    until = Exam(DeliveryRules(stopping=Stopping(se=0.5, max_length=40)))
    found = said(bank(), bank(slope=0.75), until)
    assert failed(found) == ["items of a session"]
    assert found["settings"]["length"] == 40
    assert found["figures"]["new"]["length"] > 1.2 * found["figures"]["old"]["length"]
    assert "Sessions would take" in found["reason"]


def test_where_few_items_are_left_to_choose_from_they_wear_out() -> None:
    new = bank(slope=0.1)
    new[24:36] = bank(slope=1.5)[24:36]
    found = said(bank(), new)
    assert {"items used", "overlap of two learners"} <= set(failed(found))
    assert "which became the most informative" in found["reason"]


def test_a_bank_that_grows_is_no_worse_for_it() -> None:
    assert said(bank(), [*bank(), *bank(60, first=60)])["passed"]


def test_all_is_well_under_the_rules_of_an_exam() -> None:
    """Blueprint, enemies, exposure control and a criterion over the posterior, as its deliveries keep to."""
    rules = DeliveryRules(quotas=QUOTAS, r_max=0.5, criterion="MPWI", stopping=Stopping(length=8))
    of = exam(range(0, 60, 2), rules, enemies=({4: ("twins",), 5: ("twins",)}, ()))
    policy = Policy(gate_learners=30)
    found = judged(bank(), bank(slope=1.02), of, policy)
    assert found.said["passed"], found.said["reason"]
    settings = found.said["settings"]
    assert (settings["length"], settings["criterion"], settings["r_max"]) == (8, "MPWI", 0.5)
    assert settings["blueprint"] == "greedy shadow tests"
    assert settings["rules"]["quotas"][0] == {"topic": "heart", "least": 3}
    for figures in found.said["figures"].values():
        assert figures["missed"] == 0.0
        assert figures["exposure"] < 0.75
    assert set(found.played) == {"live", "new"}
    assert found.said == judged(bank(), bank(slope=1.02), of, policy).said


def test_a_blueprint_that_new_parameters_cannot_meet_is_all_that_holds_them_back() -> None:
    """Of the topic's four items two were set aside: everything else is as good as before."""
    of = exam((10, 20, 30, 40), DeliveryRules(quotas=QUOTAS))
    new = [row | {"a": None} if row["question_id"] in (20, 40) else row for row in bank()]
    found = said(bank(), new, of)
    assert failed(found) == ["full tests that miss the blueprint"]
    assert "100% of the full tests would miss the exam's blueprint in place of 0%" in found["reason"]
    assert "topic heart" in found["reason"]
    assert found["settings"]["blueprint"] == "cannot be met"
    assert said(bank(), new)["passed"]


def test_sessions_that_end_early_miss_no_blueprint() -> None:
    """Steeper curves end sessions before their full test: that is no fault of theirs."""
    rules = DeliveryRules(
        quotas=(TestQuota(topic="heart", least=6),), stopping=Stopping(se=0.4, max_length=12)
    )
    found = judged(bank(), bank(slope=1.5), exam(range(0, 60, 3), rules), Policy(gate_learners=20))
    assert found.said["passed"]
    assert found.said["figures"]["new"]["length"] < found.said["figures"]["old"]["length"] < 12.0
    assert found.played["new"].violated > 0
    assert [each["missed"] for each in found.said["figures"].values()] == [0.0, 0.0]


def test_a_blueprint_that_neither_side_can_meet_is_said_and_holds_nothing_back() -> None:
    of = exam((10, 20), DeliveryRules(quotas=QUOTAS))
    found = said(bank(), bank(), of)
    assert found["passed"]
    assert "without the exam's blueprint, which no test of its items meets: " in found["reason"]
    assert "topic heart" in found["reason"]


def test_exposure_is_all_that_holds_back_the_last_item_of_a_topic() -> None:
    """All but one of the topic's twelve items were set aside: the blueprint now asks everybody that one."""
    heart = range(4, 60, 5)
    of = exam(heart, DeliveryRules(quotas=(TestQuota(topic="heart", least=1),), among=12))
    gone = set(heart) - {29}
    new = [row | {"a": None} if row["question_id"] in gone else row for row in bank()]
    found = said(bank(), new, of, Policy(gate_learners=60, gate_length=10))
    assert failed(found) == ["rate of the item met most"]
    assert "100% of the sessions would meet the item I29 in place of" in found["reason"]
    assert found["figures"]["new"]["missed"] == 0.0


def test_items_on_trial_are_chosen_on_neither_side() -> None:
    of = exam((), DeliveryRules(), pilot=(dict.fromkeys(range(20), True), False))
    found = judged(bank(), bank(), of)
    assert found.said["figures"]["new"]["items"] == 40
    assert found.said["passed"]


def test_each_side_serves_its_own_items() -> None:
    """New parameters come with ten excellent items more, and without ten others: sessions on neither side meet both."""
    better = [row | {"a": 3.0} for row in bank(10, first=60)]
    found = judged(bank(), [*bank()[10:], *better])
    assert found.said["passed"]
    assert (found.said["figures"]["old"]["items"], found.said["figures"]["new"]["items"]) == (60, 60)
    assert found.said["figures"]["new"]["se"] < 0.9 * found.said["figures"]["old"]["se"]
    rates = {name: one.exposure.rates for name, one in found.played.items()}
    assert (rates["new"] > 0.0).sum() > 10
    assert ((rates["live"] > 0.0) & (rates["new"] > 0.0)).sum() <= 50


def test_nothing_live_is_nothing_to_fall_behind() -> None:
    found = said([], bank(5))
    assert found["passed"]
    assert found["limits"] == []
    assert found["settings"]["length"] == 5
    assert set(found["figures"]) == {"new"}
    assert 0.0 < found["figures"]["new"]["se"] < 1.0


@pytest.mark.parametrize(
    ("quota", "fault"),
    [
        (TestQuota(topic="kidney", least=1), "no topic with the name or path 'kidney'"),
        (TestQuota(topic="heart", least=5, most=2), "'topic heart' asks for at least 5 and at most 2"),
    ],
)
def test_quotas_that_are_not_usable_are_said_with_what_to_do(quota: TestQuota, fault: str) -> None:
    of = Exam(DeliveryRules(quotas=(quota,)), {}, TOPICS, "CARDIO")
    with pytest.raises(RulesError, match=f"exam CARDIO are not usable.*{fault}.*qbank delivery CARDIO --set"):
        said(bank(), bank(), of)


@pytest.mark.parametrize(
    "new", [[], [{"question_id": 1, "version": 1, "item": "I1", "a": -0.4, "b": 0.0, "c": 0.0}]]
)
def test_a_run_without_a_bank_passes_only_where_none_is_live(new: Rows) -> None:
    assert said([], new)["passed"]
    found = said(bank(), new)
    assert not found["passed"]
    assert "0 items have usable parameters where 60 are live" in found["reason"]
