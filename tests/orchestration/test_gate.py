"""What the gate lets through, and what it holds back, with a sentence that says what to look at."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pytest

from orchestration.gate import judge
from orchestration.lifecycle.policy import Policy

RUN = uuid.UUID(int=5)
POLICY = Policy(gate_learners=200, gate_length=10)


def bank(n: int = 60, *, slope: float = 1.0, first: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(0.7, 1.3, n) * slope, np.linspace(-2.0, 2.0, n)
    return [{"item": f"I{i + first}", "a": a[i], "b": b[i], "c": 0.0} for i in range(n)]


def failed(said: dict[str, Any]) -> list[str]:
    return [each["name"] for each in said["limits"] if not each["passed"]]


def test_the_same_parameters_pass_and_say_so() -> None:
    said = judge(RUN, bank(), bank(), POLICY, (0.0, 1.0))
    assert (said["passed"], said["reason"]) == (True, "within every limit")
    assert said["figures"]["old"] == said["figures"]["new"]
    assert said == judge(RUN, bank(), bank(), POLICY, (0.0, 1.0))


def test_slopes_that_sank_measure_worse() -> None:
    said = judge(RUN, bank(), bank(slope=0.6), POLICY, (0.0, 1.0))
    assert not said["passed"]
    assert failed(said) == ["standard error at the end"]
    assert "lost their slope" in said["reason"]


def test_where_few_items_are_left_to_choose_from_they_wear_out() -> None:
    new = bank(slope=0.1)
    new[24:36] = bank(slope=1.5)[24:36]
    said = judge(RUN, bank(), new, POLICY, (0.0, 1.0))
    assert {"items used", "overlap of two learners"} <= set(failed(said))
    assert "which became the most informative" in said["reason"]


def test_a_bank_that_grows_is_no_worse_for_it() -> None:
    assert judge(RUN, bank(), [*bank(), *bank(60, first=60)], POLICY, (0.0, 1.0))["passed"]


def test_nothing_live_is_nothing_to_fall_behind() -> None:
    said = judge(RUN, [], bank(5), POLICY, (0.0, 1.0))
    assert said["passed"]
    assert said["limits"] == []
    assert said["settings"]["length"] == 5
    assert 0.0 < said["figures"]["new"]["se"] < 1.0


@pytest.mark.parametrize("new", [[], [{"item": "I1", "a": -0.4, "b": 0.0, "c": 0.0}]])
def test_a_run_without_a_bank_passes_only_where_none_is_live(new: list[dict[str, Any]]) -> None:
    assert judge(RUN, [], new, POLICY, (0.0, 1.0))["passed"]
    said = judge(RUN, bank(), new, POLICY, (0.0, 1.0))
    assert not said["passed"]
    assert "0 items have usable parameters where 60 are live" in said["reason"]
