"""What the gate is to see: worse parameters measure worse, the same ones the same, and no side serves the other's."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.models import Floats
from irt.selection import EligibilityCounts, Rules, StoppingRule
from irt.simulation import Delivered, Delivery, Sides, deliver, draw_bank, on_side, united

BANK = draw_bank(np.random.default_rng(1), 120, "3PL")
THETA = np.random.default_rng(5).normal(size=70)
PLAIN = Delivery(stopping=StoppingRule(length=12))


def clock() -> Callable[[], float]:
    ticks = itertools.count()
    return lambda: next(ticks) * 1e-5


def both(sides: Sides, delivery: Delivery = PLAIN, theta: Floats = THETA) -> tuple[Delivered, Delivered]:
    old, new = (on_side(sides, side, delivery, theta, 3, clock()) for side in (sides.old, sides.new))
    return old, new


def part(bank: irt.ItemParameters, kept: slice) -> irt.ItemParameters:
    return irt.ItemParameters(bank.items[kept], bank.a[kept], bank.b[kept], bank.c[kept])


def test_a_bank_beside_itself_is_the_same_to_the_bit() -> None:
    sides = united(BANK, BANK)
    old, new = both(sides, theta=THETA[:20])
    assert (old.estimate == new.estimate).all()
    assert (old.exposure.rates == new.exposure.rates).all()
    assert (sides.common, sides.old.items, sides.new.items) == (120, 120, 120)


def test_the_mask_keeps_each_side_to_its_own_items() -> None:
    """Sessions on one side of a union are those on its items alone; the other side's best ones are out of reach."""
    brilliant = irt.ItemParameters([f"new {k}" for k in range(30)], 4.0, np.linspace(-2.0, 2.0, 30))
    sides = united(BANK, brilliant)
    assert (sides.old.items, sides.new.items, sides.common, len(sides.items)) == (120, 30, 0, 150)
    controlled = replace(PLAIN, counts=EligibilityCounts.empty([-1.0, 0.0, 1.0], 150, 0.7))
    for delivery in (PLAIN, controlled):
        old, new = both(sides, delivery, THETA[:40])
        for one, side in ((old, sides.old), (new, sides.new)):
            assert (one.exposure.rates[~side.servable] == 0.0).all()
            assert (one.selected[~side.servable] == 0.0).all()
            assert one.length.min() == 12
        assert new.se.mean() < 0.6 * old.se.mean()


def test_sessions_on_a_side_are_those_on_its_items_alone() -> None:
    """A side whose items come first has the same luck with them, and nothing of the other side's bears on it."""
    first, others = part(BANK, slice(0, 70)), part(BANK, slice(70, 120))
    sides = united(others, first)
    assert sides.items[:70] == first.items
    alone = deliver(sides_bank(first), first, PLAIN, THETA[:30], 3, clock())
    within = on_side(sides, sides.new, PLAIN, THETA[:30], 3, clock())
    np.testing.assert_array_equal(within.estimate, alone.estimate)
    np.testing.assert_array_equal(within.exposure.rates[:70], alone.exposure.rates)


def sides_bank(bank: irt.ItemParameters) -> irt.selection.SelectionBank:
    return irt.selection.SelectionBank(bank.a, bank.b, bank.c)


def test_a_side_that_runs_out_of_items_of_its_own_ends() -> None:
    sides = united(BANK, part(BANK, slice(0, 6)))
    old, new = both(sides, theta=THETA[:10])
    assert (old.length.max(), new.length.max(), new.ended) == (12, 6, {"no item left": 10})


def test_simulees_answer_by_the_new_parameters_and_old_ones_of_items_that_have_none() -> None:
    new = irt.ItemParameters([*BANK.items[60:], "new"], [*(2.0 * BANK.a[60:]), 2.5], [*BANK.b[60:], 0.0])
    sides = united(BANK, new)
    at = {item: place for place, item in enumerate(sides.items)}
    assert sides.true.a[at[BANK.items[80]]] == 2.0 * BANK.a[80]
    assert sides.true.a[at[BANK.items[10]]] == BANK.a[10]
    assert (sides.true.a[at["new"]], sides.common) == (2.5, 60)


def test_wrong_parameters_show_in_the_error_and_not_in_the_se() -> None:
    noise = np.random.default_rng(2)
    wrong = irt.ItemParameters(
        BANK.items, BANK.a * np.exp(noise.normal(0.4, 0.5, 120)), BANK.b + noise.normal(0.0, 0.8, 120), BANK.c
    )
    old, new = both(united(wrong, BANK))
    assert old.se.mean() < new.se.mean()
    assert old.rmse > 1.2 * new.rmse


def test_a_shifted_scale_shows_as_bias() -> None:
    easier = irt.ItemParameters(BANK.items, BANK.a, BANK.b - 0.3, BANK.c)
    old, new = both(united(easier, BANK))
    assert old.bias - new.bias == pytest.approx(-0.3, abs=0.1)


def test_errors_of_b_make_a_side_choose_by_what_it_knows() -> None:
    unsure = np.where(np.arange(120) % 2 == 0, 1.5, 0.0)
    sides = united(BANK, BANK, new_se_b=unsure)
    old, new = both(sides)
    sure_share = [one.exposure.rates[unsure == 0.0].sum() / one.exposure.rates.sum() for one in (old, new)]
    assert sure_share[1] > sure_share[0] + 0.1


def test_items_that_cannot_be_chosen_are_left_out_or_have_the_other_sides_parameters() -> None:
    a = BANK.a.copy()
    a[:50] = [np.nan, -0.3] * 25
    sides = united(irt.ItemParameters(BANK.items, a, BANK.b, BANK.c), part(BANK, slice(20, 120)))
    assert (sides.old.items, sides.new.items, len(sides.items)) == (70, 100, 100)
    old, _ = both(sides, replace(PLAIN, rules=Rules(criterion="MPWI")), THETA[:20])
    assert (old.exposure.rates[~sides.old.servable] == 0.0).all()


def test_what_is_no_bank_or_no_mask_of_it_is_refused() -> None:
    none = irt.ItemParameters(["x", "y"], [np.nan, -1.0], 0.0)
    with pytest.raises(InvalidArgument, match="neither set of parameters has an item"):
        united(none, none)
    sides = united(BANK, BANK)
    with pytest.raises(InvalidArgument, match=r"one flag for each of the bank's 120 items, not shape \(3,\)"):
        deliver(
            sides.new.bank, sides.true, replace(PLAIN, servable=np.ones(3, dtype=np.bool_)), THETA, 3, clock()
        )
