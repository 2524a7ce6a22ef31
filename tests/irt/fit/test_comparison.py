from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

import irt
from irt.fit import compare, compare_by_bootstrap
from irt.fit.comparison import chi_bar_square

NONE = irt.Priors.none()


def both(data: irt.Responses) -> tuple[irt.Calibration, irt.Calibration]:
    smaller, larger = (
        irt.calibrate(data, model, priors=NONE, standard_errors=False) for model in ("2PL", "3PL")
    )
    return smaller, larger


def test_chi_bar_square_is_the_mixture() -> None:
    # One asymptote: half a point at 0, half a chi-square of 1 (Self & Liang 1987, case 5).
    assert chi_bar_square(2.706, 1, 1) == pytest.approx(0.5 * chi2.sf(2.706, 1))
    # Two: a quarter at 0, half chi-square of 1, a quarter chi-square of 2.
    assert chi_bar_square(3.0, 2, 2) == pytest.approx(0.5 * chi2.sf(3, 1) + 0.25 * chi2.sf(3, 2))
    # A parameter that is free on both sides adds a degree of freedom to each.
    assert chi_bar_square(3.0, 2, 1) == pytest.approx(0.5 * chi2.sf(3, 1) + 0.5 * chi2.sf(3, 2))
    assert chi_bar_square(3.0, 4, 0) == pytest.approx(chi2.sf(3, 4))
    assert chi_bar_square(0.0, 3, 3) == 1.0


def test_mixture_weights_agree_with_projected_normals() -> None:
    """The statistic under independence: each asymptote adds the square of a normal, if positive."""
    z = np.random.default_rng(1).normal(size=(200_000, 6))
    statistic = (np.maximum(z, 0.0) ** 2).sum(axis=1)
    for at in (2.0, 6.0, 10.0):
        assert chi_bar_square(at, 6, 6) == pytest.approx((statistic >= at).mean(), abs=0.004)


def test_guessing_is_found_and_where_there_is_none_it_is_not(simulate) -> None:
    guessed = compare(*both(simulate(4000, 20, seed=51, c=0.25).responses))
    assert guessed.models == ("2PL", "3PL")
    assert (guessed.df, guessed.on_boundary, guessed.method) == (20, 20, "chi-bar-square")
    assert guessed.p < 0.001
    assert guessed.aic[1] < guessed.aic[0]
    plain = compare(*both(simulate(2000, 20, seed=52).responses))
    assert plain.p > 0.05
    assert plain.p < chi2.sf(plain.statistic, 20)
    assert plain.bic[0] < plain.bic[1]


def test_slopes_are_compared_by_chi_square(simulate) -> None:
    data = simulate(2000, 12, seed=56).responses
    smaller, larger = (irt.calibrate(data, model, standard_errors=False) for model in ("1PL", "2PL"))
    found = compare(smaller, larger)
    assert (found.df, found.on_boundary, found.method) == (11, 0, "chi-square")
    assert found.statistic == pytest.approx(2 * (larger.log_likelihood - smaller.log_likelihood))
    assert found.p == pytest.approx(chi2.sf(found.statistic, 11))
    assert found.p < 1e-6


def test_asymptotes_and_slopes_at_once(simulate) -> None:
    data = simulate(1500, 8, seed=57).responses
    smaller, larger = (irt.calibrate(data, model, priors=NONE) for model in ("1PL", "3PL"))
    found = compare(smaller, larger)
    assert (found.df, found.on_boundary) == (15, 8)


def test_bootstrap_agrees_with_the_mixture_in_the_clear_cases(simulate) -> None:
    guessed = simulate(2500, 10, seed=53, c=0.3).responses
    fits = both(guessed)
    found = compare_by_bootstrap(guessed, *fits, seed=1, replications=19)
    assert found.method == "bootstrap"
    assert found.p == pytest.approx(1 / 20)
    assert compare(*fits).p < 0.05
    plain = simulate(800, 8, seed=54).responses
    again = [compare_by_bootstrap(plain, *both(plain), seed=2, replications=19).p for _ in range(2)]
    assert again[0] == again[1] > 0.05


def test_refuses_what_is_not_comparable(simulate) -> None:
    data = simulate(600, 8, seed=55).responses
    smaller, larger = both(data)
    other = irt.calibrate(simulate(600, 8, seed=55, missing=0.1).responses, priors=NONE)
    for pair, why in (
        ((larger, smaller), "smaller model first"),
        ((smaller, smaller), "smaller model first"),
        ((other, larger), "the same answers"),
        ((smaller, irt.calibrate(data, "3PL")), "fitted with priors"),
        ((smaller, irt.calibrate(data, "3PL", priors=NONE, max_passes=1)), "not a maximum"),
    ):
        with pytest.raises(irt.errors.InvalidArgument, match=why):
            compare(*pair)
    with pytest.raises(irt.errors.InvalidArgument, match="19 replications"):
        compare_by_bootstrap(data, smaller, larger, seed=1, replications=5)
