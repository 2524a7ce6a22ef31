"""What a bank cannot give is said when it is asked for."""

from __future__ import annotations

import numpy as np

from api_min.feasible import findings
from delivery.rules import DeliveryRules, Stopping, TestQuota
from tests.api_min.made import bank

BANK = bank([1.0] * 40, np.linspace(-2, 2, 40), difficulty=(np.arange(40) % 3).astype(np.int8))


def test_nothing_asked_nothing_found():
    assert findings(BANK, DeliveryRules(), 20) == []


def test_each_demand_is_held_against_the_bank():
    asked = DeliveryRules(
        r_max=0.4, stopping=Stopping(se=0.1), quotas=(TestQuota(difficulty="easy", least=15),)
    )
    found = {one.demand: one for one in findings(BANK, asked, 20)}
    assert not found["exposure rate"].feasible  # 20 of 40 are met by half of the sessions
    assert "50 %" in found["exposure rate"].sentence
    assert not found["standard error"].feasible
    assert not found["blueprint"].feasible
    assert "difficulty easy" in found["blueprint"].sentence
    assert [name for name, one in found.items() if one.refuses] == ["blueprint"]


def test_a_rate_over_all_sessions_takes_no_information_away_at_one_ability():
    asked = {"r_max": 0.6, "stopping": Stopping(se=0.38)}
    by_ability = {one.demand: one for one in findings(BANK, DeliveryRules(**asked), 20)}
    over_all = {
        one.demand: one for one in findings(BANK, DeliveryRules(**asked, control="sympson-hetter"), 20)
    }
    assert by_ability["exposure rate"] == over_all["exposure rate"]
    assert "met by more than 60 %" in by_ability["standard error"].sentence
    assert "met by more than" not in over_all["standard error"].sentence


def test_demands_that_can_be_met():
    asked = DeliveryRules(
        r_max=0.6, stopping=Stopping(se=0.6), quotas=(TestQuota(difficulty="easy", least=5),)
    )
    assert all(one.feasible for one in findings(BANK, asked, 20))
