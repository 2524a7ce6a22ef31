"""What the gate is to see: worse parameters measure worse, and the same parameters the same."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.simulation import Adaptive, compare_banks, draw_bank

BANK = draw_bank(np.random.default_rng(1), 200, "3PL")


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_a_bank_beside_itself_is_the_same_to_the_bit() -> None:
    found = compare_banks(rng(), BANK, BANK, learners=200, length=20)
    assert found.old == found.new
    assert (found.common, found.learners, found.length) == (200, 200, 20)
    assert all(isinstance(value, float | int) for value in asdict(found.old).values())


def test_se_tells_the_truth_where_the_parameters_do() -> None:
    found = compare_banks(rng(), BANK, BANK, learners=1500, length=20).new
    assert found.rmse == pytest.approx(found.se, rel=0.08)
    assert abs(found.bias) < 3.0 * found.rmse / np.sqrt(1500)


def test_wrong_parameters_show_in_the_error_and_not_in_the_se() -> None:
    noise = np.random.default_rng(2)
    wrong = irt.ItemParameters(
        BANK.items, BANK.a * np.exp(noise.normal(0.4, 0.5, 200)), BANK.b + noise.normal(0.0, 0.8, 200), BANK.c
    )
    found = compare_banks(rng(), BANK, wrong, learners=600, length=20, truth=BANK)
    assert found.new.se < found.old.se
    assert found.new.rmse > 1.2 * found.old.rmse


def test_a_shifted_scale_shows_as_bias() -> None:
    easier = irt.ItemParameters(BANK.items, BANK.a, BANK.b - 0.3, BANK.c)
    found = compare_banks(rng(), BANK, easier, learners=400, length=20, truth=BANK)
    assert found.new.bias - found.old.bias == pytest.approx(-0.3, abs=0.06)


def test_a_flat_bank_measures_less_and_a_narrow_choice_overlaps_more() -> None:
    flat = irt.ItemParameters(BANK.items, 0.5 * BANK.a, BANK.b, BANK.c)
    fewer = irt.ItemParameters(BANK.items[:30], BANK.a[:30], BANK.b[:30], BANK.c[:30])
    measured = compare_banks(rng(), BANK, flat, learners=300, length=20)
    assert measured.new.se > 1.3 * measured.old.se
    narrow = compare_banks(rng(), BANK, fewer, learners=300, length=20)
    assert narrow.new.overlap > narrow.old.overlap
    assert narrow.new.exposure >= narrow.old.exposure
    assert narrow.new.used == 1.0 > narrow.old.used
    assert (narrow.common, narrow.new.items) == (30, 30)


def test_overlap_and_exposure_are_those_of_the_sessions_pair_by_pair() -> None:
    """Everybody gets the same first item, and everybody all items of a bank as long as a session."""
    small = irt.ItemParameters(range(8), 1.0, np.linspace(-1.0, 1.0, 8))
    whole = compare_banks(rng(), small, small, learners=10, length=8).new
    assert (whole.overlap, whole.exposure, whole.used) == (1.0, 1.0, 1.0)
    one = compare_banks(rng(), small, small, learners=10, length=1).new
    assert (one.overlap, one.exposure, one.used) == (1.0, 1.0, 1 / 8)
    two = compare_banks(rng(), small, small, learners=10, length=2).new
    # After the same first item there are two ways on: n of 10 learners take one of them.
    ways = [0.5 + 0.5 * (n * (n - 1) + (10 - n) * (9 - n)) / 90 for n in range(11)]
    assert min(abs(two.overlap - way) for way in ways) < 1e-12


def test_the_prior_is_that_of_the_scale() -> None:
    moved = irt.ItemParameters(BANK.items, BANK.a / 1.5, 1.5 * BANK.b + 2.0, BANK.c)
    here = compare_banks(rng(), BANK, BANK, learners=200, length=15).new
    there = compare_banks(rng(), moved, moved, learners=200, length=15, mean=2.0, sd=1.5).new
    assert there.se == pytest.approx(1.5 * here.se, rel=1e-6)
    assert there.overlap == pytest.approx(here.overlap, abs=1e-12)


def test_items_that_cannot_be_chosen_are_left_out_and_new_ones_are_answered_by_their_own() -> None:
    a = BANK.a.copy()
    a[:50] = [np.nan, -0.3] * 25
    old = irt.ItemParameters(BANK.items, a, BANK.b, BANK.c)
    new = irt.ItemParameters([*BANK.items[100:], "new"], [*BANK.a[100:], 2.5], [*BANK.b[100:], 0.0])
    found = compare_banks(rng(), old, new, learners=100, length=10)
    assert (found.old.items, found.new.items, found.common) == (150, 101, 100)
    assert found.new.exposure == 1.0


def test_sessions_are_those_of_the_adaptive_design() -> None:
    theta = np.zeros(50)
    met = Adaptive(10, among=1, mean=0.5, sd=0.7).run(
        rng(), 50, BANK, lambda position, people, items: np.full(len(theta), position % 2 == 0)
    )
    assert (met == met[0]).all()
    assert len(set(met[0].tolist())) == 10


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="at least 2 learners, not 1"):
        compare_banks(rng(), BANK, BANK, learners=1)
    few = irt.ItemParameters(["x", "y", "z"], [1.0, np.nan, -1.0], 0.0)
    with pytest.raises(InvalidArgument, match="needs as many in the new bank, which has 1 with"):
        compare_banks(rng(), BANK, few, length=2)
