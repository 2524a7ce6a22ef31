"""Simulees through the decisions of delivery: what they get, and that nothing but the delivery makes it differ."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import irt
from irt.errors import InvalidArgument
from irt.selection import (
    Blueprint,
    Classification,
    EligibilityCounts,
    Quotas,
    Rules,
    SelectionBank,
    StoppingRule,
)
from irt.selection.constraints import constraints
from irt.simulation import Delivered, Delivery, deliver, joined, played_alone, simulated_control
from irt.simulation.sitting import EXHAUSTED

ITEMS, SIMULEES, LENGTH = 120, 120, 16
RANDOM = np.random.default_rng(11)
A, B = np.exp(RANDOM.normal(-0.1, 0.25, ITEMS)), RANDOM.normal(0.0, 1.0, ITEMS)
TRUE = irt.ItemParameters(range(ITEMS), A, B)
BANK = SelectionBank(A, B, 0.0)
THETA = RANDOM.normal(size=SIMULEES)
PLAIN = Delivery(stopping=StoppingRule(length=LENGTH))


def clock() -> Callable[[], float]:
    ticks = itertools.count()
    return lambda: next(ticks) * 1e-5


def given(delivery: Delivery, bank: SelectionBank = BANK, seed: int = 3) -> Delivered:
    return deliver(bank, TRUE, delivery, THETA, seed, clock())


@pytest.fixture(scope="module")
def plain() -> Delivered:
    return given(PLAIN)


def test_theta_is_recovered_as_well_as_the_errors_say(plain: Delivered) -> None:
    assert (plain.length == LENGTH).all()
    assert plain.ended == {"length": SIMULEES}
    z = (plain.estimate - THETA) / plain.se
    assert 0.8 < float(np.sqrt((z**2).mean())) < 1.2
    assert abs(plain.bias) < 3.0 * plain.rmse / np.sqrt(SIMULEES)
    assert plain.exposure.rates.sum() == pytest.approx(LENGTH)
    assert len(plain.taken) == SIMULEES * LENGTH
    assert (plain.taken > 0.0).all()


def test_bands_of_theta_hold_everybody_once(plain: Delivered) -> None:
    bands = plain.by_theta(np.array([-1.0, 0.0, 1.0]))
    assert bands["n"].sum() == SIMULEES
    assert bands["theta_from"].to_list() == [None, -1.0, 0.0, 1.0]
    low = THETA < -1.0
    assert bands["bias"][0] == pytest.approx((plain.estimate - THETA)[low].mean())
    assert bands.select(pl.col("length").unique()).item() == LENGTH
    assert plain.by_theta(np.array([9.0]))["n"].to_list() == [SIMULEES]


def test_the_seed_decides_everything_and_luck_does_not_depend_on_the_delivery(plain: Delivered) -> None:
    again, other = given(PLAIN), given(PLAIN, seed=4)
    assert (again.estimate == plain.estimate).all()
    assert (other.estimate != plain.estimate).any()
    everything = Delivery(stopping=StoppingRule(length=ITEMS))
    random = replace(everything, rules=Rules(among=30))
    few = THETA[:5]
    whole, drawn = (deliver(BANK, TRUE, each, few, 3, clock()) for each in (everything, random))
    np.testing.assert_allclose(whole.estimate, drawn.estimate, rtol=1e-9)  # all items, in another order


def test_precision_ends_sessions(plain: Delivered) -> None:
    found = given(Delivery(stopping=StoppingRule(se=0.4, max_length=40)))
    assert set(found.ended) <= {"se", "max_length"}
    assert (found.se[found.length < 40] <= 0.4).all()
    assert found.length.min() < LENGTH


def test_simulees_are_told_apart_at_a_cut() -> None:
    rule = StoppingRule(classification=Classification(0.0, delta=0.3), max_length=60)
    found = given(Delivery(stopping=rule))
    assert set(found.ended) <= {"classified", "max_length"}
    far = np.abs(THETA) > 0.6
    right = (found.estimate > 0.0) == (THETA > 0.0)
    assert right[far].mean() > 0.93


def test_exposure_control_spreads_what_is_met_and_a_blueprint_is_kept(plain: Delivered) -> None:
    points = np.array([-1.5, -0.5, 0.5, 1.5])
    counts = EligibilityCounts.empty(points, ITEMS, 0.35)
    held = given(replace(PLAIN, counts=counts))
    assert plain.exposure.largest > 0.6
    assert held.exposure.largest < plain.exposure.largest - 0.15
    assert held.exposure.used > plain.exposure.used
    hard = B > 0.5
    rows = constraints(Blueprint(LENGTH, ITEMS, Quotas(["hard"], hard[None, :], [5], [6])))
    both = replace(PLAIN, counts=counts, rows=rows, budget=None)
    assert deliver(BANK, TRUE, both, THETA[:30], 3, clock()).violated == 0


def test_items_on_trial_count_for_nothing_but_exposure() -> None:
    trials = np.arange(ITEMS) < 10
    bank = SelectionBank(A, B, 0.0, pilot=trials)
    found = given(replace(PLAIN, rules=Rules(pilot_rate=0.2)), bank)
    assert (found.length >= LENGTH).all()
    served = found.exposure.rates[trials].sum()
    assert found.length.mean() == pytest.approx(LENGTH + served)
    assert 0.1 < served / (LENGTH + served) < 0.3
    alone = given(replace(PLAIN, rules=Rules(pilot_rate=0.0)), bank)
    assert (alone.estimate == found.estimate).all()


def test_a_bank_that_runs_out_ends_a_session() -> None:
    short = deliver(
        SelectionBank(A[:6], B[:6], 0.0),
        irt.ItemParameters(range(6), A[:6], B[:6]),
        PLAIN,
        THETA[:4],
        1,
        clock(),
    )
    assert short.ended == {EXHAUSTED: 4}
    assert (short.length == 6).all()


def test_progress_is_told_and_what_does_not_fit_is_said() -> None:
    done: list[int] = []
    deliver(BANK, TRUE, PLAIN, THETA[:3], 1, clock(), done.append)
    assert done == [1, 2, 3]
    with pytest.raises(InvalidArgument, match="120 items are needed"):
        deliver(BANK, irt.ItemParameters("ab", [1.0, 1.0], [0.0, 0.0]), PLAIN, THETA, 1, clock())
    with pytest.raises(InvalidArgument, match="at least one simulee"):
        deliver(BANK, TRUE, PLAIN, THETA[:0], 1, clock())


@pytest.mark.parametrize("control", [None, np.full(ITEMS, 0.6)])
def test_simulees_played_apart_are_the_same_as_together(control: np.ndarray | None, plain: Delivered) -> None:
    delivery = replace(PLAIN, control=control)
    parts = [
        deliver(BANK, TRUE, delivery, THETA[at], 3, clock(), first=at.start)
        for at in (slice(0, 50), slice(50, SIMULEES))
    ]
    found, whole = joined(parts), given(delivery)
    assert (found.estimate == whole.estimate).all()
    assert (found.exposure.rates == whole.exposure.rates).all()
    np.testing.assert_allclose(found.selected, whole.selected, rtol=1e-12)
    assert found.ended == whole.ended
    assert len(found.taken) == SIMULEES * LENGTH
    assert (control is None) == bool((found.estimate == plain.estimate).all())


def test_a_part_under_control_begins_with_what_the_one_before_has_left() -> None:
    held = replace(PLAIN, counts=EligibilityCounts.empty(np.array([-1.0, 0.0, 1.0]), ITEMS, 0.35))
    before = deliver(BANK, TRUE, held, THETA[:20], 3, clock())
    after = deliver(BANK, TRUE, replace(held, counts=before.counts), THETA[20:40], 3, clock(), first=20)
    whole = deliver(BANK, TRUE, held, THETA[:40], 3, clock())
    found = joined([before, after])
    assert (found.exposure.rates == whole.exposure.rates).all()
    assert found.counts is not None
    assert whole.counts is not None
    assert found.counts.plain() == whole.counts.plain()


def test_who_was_passed_over_counts_as_selected_and_does_not_come_back(plain: Delivered) -> None:
    held = given(replace(PLAIN, control=np.full(ITEMS, 0.5)))
    assert (plain.selected == plain.exposure.rates).all()
    assert (held.selected >= held.exposure.rates).all()
    # Half of what is selected is administered; a list that is gone through once more adds a little.
    assert held.exposure.rates.sum() / held.selected.sum() == pytest.approx(0.5, abs=0.03)


def test_control_parameters_keep_what_the_population_meets(plain: Delivered) -> None:
    play = played_alone(BANK, TRUE, THETA, 5, clock())
    found = simulated_control(play, PLAIN, ITEMS, 0.4)
    assert found.settled
    held = given(replace(PLAIN, control=found.parameters))
    assert plain.exposure.largest > 0.6
    assert held.exposure.largest < 0.4 + 4.0 * np.sqrt(0.4 * 0.6 / SIMULEES)


def test_a_classification_is_right_for_those_far_from_the_cut() -> None:
    rule = Classification(0.0, delta=0.3)
    found = given(Delivery(stopping=StoppingRule(classification=rule, max_length=60)))
    sides = found.ratio > 0.0
    assert found.classified(rule) == pytest.approx((sides == (THETA > 0.0)).mean(), abs=0.02)
    assert found.classified(rule) > 0.85
    assert (given(PLAIN).ratio == 0.0).all()
