from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irt.errors import InvalidArgument, InvalidParameters, NothingEligible
from irt.selection import RankedBank, expected_information

N = 6_000  # more than a stretch keeps in order


@pytest.fixture(scope="module")
def bank() -> tuple[RankedBank, list[np.ndarray]]:
    """Items of which some are alike, some uncertain, some mis-keyed."""
    random = np.random.default_rng(5)
    a, b, c = np.exp(random.normal(-0.1, 0.3, N)), random.normal(0.0, 1.0, N), random.beta(5, 20, N)
    se_b = np.where(random.random(N) < 0.2, random.uniform(0.05, 0.4, N), 0.0)
    se_b[:200] = 1.0
    a[:200], b[:200], c[:200] = 1.0, random.choice([-1.0, 0.0, 1.0], 200), 0.2  # by their labels alone
    a[200:220] *= -1.0
    a[220] = 0.0
    columns = [a, b, c, se_b]
    return RankedBank(*columns), columns


def by_asking_all(theta: float, columns: list[np.ndarray], allowed: np.ndarray, number: int) -> np.ndarray:
    values = np.where(allowed, expected_information(theta, *columns), -np.inf)
    return np.sort(values)[::-1][: min(number, int(allowed.sum()))]


@settings(max_examples=60, deadline=None)
@given(
    theta=st.floats(-9.0, 9.0),
    share=st.sampled_from([0.0005, 0.01, 0.3, 1.0]),
    number=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_finds_what_asking_all_would_find(
    bank: tuple[RankedBank, list[np.ndarray]], theta: float, share: float, number: int, seed: int
) -> None:
    ranked, columns = bank
    allowed = np.random.default_rng(seed).random(N) < share
    allowed[0] = True
    found = ranked.best(theta, allowed, number)
    np.testing.assert_allclose(
        found.values, by_asking_all(theta, columns, allowed, number), rtol=1e-9, atol=1e-300
    )
    assert allowed[found.places].all()
    assert len(set(found.places.tolist())) == len(found.places)
    own = expected_information(theta, *(column[found.places] for column in columns))
    np.testing.assert_allclose(found.values, own, rtol=1e-9, atol=1e-300)


def test_few_items_are_asked_and_the_same_ones_each_time(bank: tuple[RankedBank, list[np.ndarray]]) -> None:
    ranked, _ = bank
    asked = [ranked.best(theta, number=5).asked for theta in np.linspace(-3.0, 3.0, 61)]
    assert max(asked) < N / 20
    first, again = ranked.best(0.7, number=5), ranked.best(0.7, number=5)
    assert (first.places == again.places).all()
    assert (first.values == again.values).all()


def test_of_items_that_are_alike_the_lowest_place_comes_first() -> None:
    ranked = RankedBank(np.ones(9), np.tile([0.5, 0.0, 0.5], 3), 0.2, 0.5)
    allowed = np.ones(9, dtype=np.bool_)
    allowed[1] = False
    assert ranked.best(0.0, allowed, 4).places.tolist()[:2] == [4, 7]
    assert ranked.best(0.5, None, 7).places.tolist()[:6] == [0, 2, 3, 5, 6, 8]
    assert len(ranked.best(0.5, None, 20).places) == 9


def test_what_cannot_be_ranked_or_found_is_said() -> None:
    with pytest.raises(InvalidParameters, match="stand-in"):
        RankedBank([1.0, np.nan], [0.0, 0.0], 0.2)
    with pytest.raises(InvalidArgument, match="one value for each item"):
        RankedBank([1.0, 1.0], [0.0, 0.0, 0.0], 0.2)
    ranked = RankedBank([1.0, 1.0], [0.0, 0.0], 0.2)
    with pytest.raises(NothingEligible, match="no item is eligible"):
        ranked.best(0.0, np.zeros(2, dtype=np.bool_))
    with pytest.raises(NothingEligible):
        RankedBank([], [], []).best(0.0)
    with pytest.raises(InvalidArgument, match="2 booleans"):
        ranked.best(0.0, np.ones(3, dtype=np.bool_))
    with pytest.raises(InvalidArgument, match="theta must be finite"):
        ranked.best(np.nan)
