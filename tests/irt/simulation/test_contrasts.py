"""How far chance goes between two sides, held against what repetitions show; and what is beyond it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import irt
from irt.selection import StoppingRule
from irt.simulation import Delivered, Delivery, contrasts, draw_bank, on_side, united
from irt.simulation.contrasts import Contrast

BANK = draw_bank(np.random.default_rng(1), 80)
FLAT = irt.ItemParameters(BANK.items, 0.8 * BANK.a, BANK.b, BANK.c)
UNTIL = Delivery(stopping=StoppingRule(se=0.5, max_length=25))
REPETITIONS, SIMULEES = 30, 20
Asked = Callable[[Delivered, Delivered], Contrast]


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Delivered, Delivered]]:
    """Sessions by old and by flatter new parameters, again and again with other simulees."""
    sides = united(BANK, FLAT)
    made = []
    for seed in range(REPETITIONS):
        theta = np.random.default_rng([7, seed]).normal(size=SIMULEES)
        old, new = (
            on_side(sides, side, UNTIL, theta, seed, time.perf_counter) for side in (sides.old, sides.new)
        )
        made.append((old, new))
    return made


@pytest.mark.parametrize(
    "asked",
    [
        lambda old, new: contrasts.standard_error(old, new, ratio=1.1),
        lambda old, new: contrasts.length(old, new, ratio=1.1),
        lambda old, new: contrasts.rmse(old, new, ratio=1.1),
    ],
    ids=["standard error", "length", "rmse"],
)
def test_the_error_is_that_of_repetitions(pairs: list[tuple[Delivered, Delivered]], asked: Asked) -> None:
    found = [asked(old, new) for old, new in pairs]
    spread = float(np.std([each.new - each.limit for each in found], ddof=1))
    # The standard deviation of 30 repetitions is known to 13 %.
    assert float(np.mean([each.error for each in found])) == pytest.approx(spread, rel=0.4)


def test_the_error_of_shares_covers_that_of_repetitions(pairs: list[tuple[Delivered, Delivered]]) -> None:
    found = [contrasts.largest_exposure(old, new, rise=0.0) for old, new in pairs]
    assert all(each.old == each.new == 1.0 and each.error == 0.0 for each in found)  # all begin with one item
    old, new = pairs[0]
    each = contrasts.missed_blueprint(
        replace(old, full=SIMULEES, broken=0), replace(new, full=SIMULEES, broken=SIMULEES // 5), rise=0.02
    )
    assert (each.old, each.new, each.limit) == (0.0, 0.2, 0.02)
    # Of n simulees a fifth: the standard error of a share; as many more as chance explains are not beyond.
    assert each.error == pytest.approx(np.sqrt(0.2 * 0.8 / SIMULEES))
    assert each.exceeded
    few = contrasts.missed_blueprint(
        replace(old, full=20, broken=1), replace(new, full=15, broken=2), rise=0.02
    )
    assert not few.exceeded


def test_longer_sessions_are_beyond_and_the_same_ones_within(
    pairs: list[tuple[Delivered, Delivered]],
) -> None:
    longer = [contrasts.length(old, new, ratio=1.1).exceeded for old, new in pairs]
    assert np.mean(longer) > 0.9
    assert not any(contrasts.length(old, old, ratio=1.0).exceeded for old, _ in pairs)
    assert not any(contrasts.length(new, old, ratio=1.0).exceeded for old, new in pairs)


def test_chance_alone_seldom_goes_beyond(pairs: list[tuple[Delivered, Delivered]]) -> None:
    """One side's simulees against the next ones': the same bank, so whatever differs is chance."""
    beyond = [
        contrasts.rmse(one[0], other[0], ratio=1.0).exceeded for one, other in itertools.pairwise(pairs)
    ]
    assert np.mean(beyond) < 0.15


def test_bias_counts_whatever_its_sign(pairs: list[tuple[Delivered, Delivered]]) -> None:
    old, _ = pairs[0]
    for by in (-0.5, 0.5):
        off = replace(old, estimate=old.theta + by + 0.1 * (old.estimate - old.theta))
        each = contrasts.bias(old, off, rise=0.05)
        assert each.new == pytest.approx(0.5, abs=0.05)
        assert each.exceeded
        assert not contrasts.bias(off, old, rise=0.05).exceeded


def test_what_chance_explains_is_not_beyond() -> None:
    assert Contrast(0.5, 0.56, 0.55, 0.004).exceeded
    assert not Contrast(0.5, 0.56, 0.55, 0.006).exceeded


def test_a_standard_error_at_which_sessions_stop_is_no_worse_than_any(
    pairs: list[tuple[Delivered, Delivered]],
) -> None:
    """Who was measured better than asked for loses nothing that was promised."""
    old, new = pairs[0]
    known = replace(old, se=0.1 * old.se, estimate=old.theta + 0.01)
    half, worse = (replace(new, se=np.full(SIMULEES, se)) for se in (0.5, 0.6))
    assert contrasts.standard_error(known, half, ratio=1.1).exceeded
    assert not contrasts.standard_error(known, half, ratio=1.1, accepted=0.5).exceeded
    assert contrasts.standard_error(known, worse, ratio=1.1, accepted=0.5).exceeded
    assert contrasts.rmse(known, new, ratio=1.1).exceeded
    assert not contrasts.rmse(known, new, ratio=1.1, accepted=0.5).exceeded
    assert contrasts.rmse(known, replace(new, estimate=new.theta + 0.7), ratio=1.1, accepted=0.5).exceeded
