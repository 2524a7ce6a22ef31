from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from irt.errors import InvalidArgument, InvalidParameters
from irt.information import item_information, standard_error
from irt.selection.feasibility import precision_feasibility, rate_feasibility
from irt.simulation import draw_bank

BANK = draw_bank(np.random.default_rng(1), 40, "3PL")
ITEMS = (BANK.a, BANK.b, BANK.c)
THETA = np.array([-2.0, 0.0, 1.3])


def test_a_rate_below_length_over_bank_cannot_be_kept() -> None:
    found = rate_feasibility(0.09, 20, 200)
    assert (found.feasible, found.asked, found.least) == (False, 0.09, 0.1)
    assert found.sentence == (
        "sessions of 20 from 200 items meet an item in 10 % of them on average; "
        "a highest rate of 9 % cannot be kept"
    )
    assert rate_feasibility(0.1, 20, 200).feasible
    assert rate_feasibility(20 / 207, 20, 207).feasible


def test_rates_of_single_items_count_together() -> None:
    assert rate_feasibility([1.0, 1.0, 0.5, 0.5], 3, 4).feasible
    found = rate_feasibility([1.0, 0.9, 0.5, 0.5], 3, 4)
    assert (found.feasible, found.asked) == (False, pytest.approx(0.725))


def test_the_least_standard_error_is_that_of_the_best_set() -> None:
    few = tuple(x[:9] for x in ITEMS)
    best = [
        min(
            float(standard_error(theta, *(x[list(chosen)] for x in few)))
            for chosen in combinations(range(9), 4)
        )
        for theta in THETA
    ]
    found = precision_feasibility(0.5, THETA, *few, length=4)
    assert found.least == pytest.approx(best, rel=1e-12)
    prior = precision_feasibility(0.5, THETA, *few, length=4, prior_sd=0.8)
    assert prior.least == pytest.approx(1.0 / np.sqrt(np.power(best, -2.0) + 0.8**-2.0), rel=1e-12)


def test_all_items_are_the_bound_without_a_length() -> None:
    assert precision_feasibility(0.5, THETA, *ITEMS).least == pytest.approx(standard_error(THETA, *ITEMS))


def test_the_fewest_items_reach_the_target_and_one_less_does_not() -> None:
    for se, prior_sd in ((0.4, None), (0.4, 1.0), (0.55, 1.0)):
        found = precision_feasibility(se, THETA, *ITEMS, prior_sd=prior_sd)
        for theta, fewest in zip(THETA, found.fewest, strict=True):
            if np.isfinite(fewest):
                n = int(fewest)
                assert precision_feasibility(se, theta, *ITEMS, length=n, prior_sd=prior_sd).feasible
                assert not precision_feasibility(se, theta, *ITEMS, length=n - 1, prior_sd=prior_sd).feasible
            else:
                assert not precision_feasibility(se, theta, *ITEMS, prior_sd=prior_sd).feasible
    assert np.isfinite(found.fewest).any()
    assert precision_feasibility(1.2, 0.0, *ITEMS, prior_sd=1.0).fewest.tolist() == [0.0]


def test_targets_exactly_at_the_bound_are_feasible() -> None:
    """Whatever the rounding of sums."""
    for n in range(1, 59):
        a, rate = 0.5 + n / 70, 1.0 if n % 2 else 0.97
        se = 1.0 / np.sqrt(n * item_information(0.0, a, 0.1, 0.15))
        found = precision_feasibility(float(se), 0.0, np.full(60, a), 0.1, 0.15, length=n, r_max=rate)
        assert found.feasible
        assert found.fewest.tolist() == [n]
        assert precision_feasibility(float(se), 0.0, np.full(n, a), 0.1, 0.15).fewest.tolist() == [n]
        assert rate_feasibility(np.full(60, n / 60), n, 60).feasible
        assert not rate_feasibility(np.full(60, 0.999 * n / 60), n, 60).feasible


def test_rates_bound_the_mean_information_as_linear_programming_says() -> None:
    rates = np.random.default_rng(2).uniform(0.05, 0.6, 40)
    found = precision_feasibility(0.3, THETA, *ITEMS, length=8, r_max=rates)
    for theta, least in zip(THETA, found.least, strict=True):
        value = item_information(theta, *ITEMS)
        solved = linprog(-value, A_eq=np.ones((1, 40)), b_eq=[8.0], bounds=[(0.0, r) for r in rates])
        assert least == pytest.approx(1.0 / np.sqrt(-solved.fun), rel=1e-9)
    free = precision_feasibility(0.3, THETA, *ITEMS, length=8)
    assert (found.least > free.least).all()
    assert (found.fewest >= free.fewest).all()


def test_it_says_in_words_where_and_what_is_possible() -> None:
    found = precision_feasibility(0.3, THETA, *ITEMS, length=20, r_max=0.8)
    assert not found.feasible
    worst = found.least.argmax()
    assert found.sentence == (
        "the best 20 items of the bank, none of them met by more than 80 % of the learners there, allow a "
        f"standard error of {found.least[worst]:.3g} at theta {THETA[worst]:.3g}; 0.3 is out of reach"
    )
    assert "all items of the bank allow" in precision_feasibility(5.0, 0.0, *ITEMS).sentence
    assert "within reach" in precision_feasibility(5.0, 0.0, *ITEMS).sentence


def test_items_that_tell_nothing_allow_no_standard_error() -> None:
    found = precision_feasibility(0.5, [0.0], [0.0, 0.0], 0.0, 0.0)
    assert (found.least[0], found.fewest[0], found.feasible) == (np.inf, np.inf, False)


@pytest.mark.parametrize("r_max", [0.0, 1.1, np.nan, [0.2, 0.2]])
def test_rates_that_are_none_are_refused(r_max: Any) -> None:
    with pytest.raises(
        InvalidArgument, match=r"r_max must lie in \(0, 1\], one for all or one for each of 3"
    ):
        rate_feasibility(r_max, 1, 3)


def test_what_cannot_be_asked_is_refused() -> None:
    for length in (0, 4, np.nan):
        with pytest.raises(InvalidArgument, match="at most the 3 items of the bank"):
            rate_feasibility(0.5, length, 3)
    for se, sd in ((0.0, None), (np.nan, None), (0.3, 0.0)):
        with pytest.raises(InvalidArgument, match="finite and above 0"):
            precision_feasibility(se, 0.0, *ITEMS, prior_sd=sd)
    for length in (0, 41):
        with pytest.raises(InvalidArgument, match="between 1 and the 40 items"):
            precision_feasibility(0.3, 0.0, *ITEMS, length=length)
    with pytest.raises(InvalidArgument, match="theta finite values"):
        precision_feasibility(0.3, [np.nan], *ITEMS)
    with pytest.raises(InvalidArgument, match="one for each of 40 items"):
        precision_feasibility(0.3, 0.0, BANK.a, BANK.b[:3], BANK.c)
    with pytest.raises(InvalidArgument, match="1 sets no limit"):
        precision_feasibility(0.3, 0.0, *ITEMS, r_max=0.0)
    with pytest.raises(InvalidParameters, match="leave out items without parameters"):
        precision_feasibility(0.3, 0.0, [1.0, np.nan], [0.0, 0.0], 0.0)
