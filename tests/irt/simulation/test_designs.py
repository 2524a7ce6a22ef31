from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.simulation import (
    Adaptive,
    Booklets,
    Complete,
    Group,
    RandomItems,
    SelfSelected,
    administer,
    draw_bank,
    draw_population,
)


def each_item_once(met: np.ndarray) -> bool:
    ordered = np.sort(met, axis=1)
    return bool((ordered[:, 1:] != ordered[:, :-1]).all())


def test_complete_is_everything_in_order_or_shuffled() -> None:
    rng = np.random.default_rng(1)
    assert Complete().assign(rng, 2, 3).tolist() == [[0, 1, 2], [0, 1, 2]]
    shuffled = Complete(shuffled=True).assign(rng, 300, 6)
    assert (np.sort(shuffled, axis=1) == np.arange(6)).all()
    assert len({tuple(row) for row in shuffled.tolist()}) > 100


@pytest.mark.parametrize(("length", "items"), [(8, 100), (10, 12), (12, 12), (20, 81)])
def test_random_items_prefer_none_and_repeat_none(length: int, items: int) -> None:
    met = RandomItems(length).assign(np.random.default_rng(2), 5000, items)
    assert met.shape == (5000, length)
    assert each_item_once(met)
    share = np.bincount(met.ravel(), minlength=items) / 5000
    expected = length / items
    assert np.abs(share - expected).max() < 5 * np.sqrt(expected / 5000)
    # No place in the sequence prefers the early items of the bank either.
    assert met[:, 0].mean() == pytest.approx((items - 1) / 2, rel=0.05)


def test_booklets_share_the_common_items() -> None:
    met = Booklets(booklets=3, common=2).assign(np.random.default_rng(3), 600, 9)
    assert {tuple(row) for row in met.tolist()} == {(0, 1, 2, 5, 8), (0, 1, 3, 6, -1), (0, 1, 4, 7, -1)}


def test_self_selection_goes_by_history() -> None:
    rng = np.random.default_rng(4)
    population = draw_population(rng, [Group("all", 4000, mean=1.0, sd=2.0)])
    bank = draw_bank(rng, 300)
    session = administer(rng, population, bank, SelfSelected(20, correlation=0.9))
    assert session.history is not None
    assert np.corrcoef(session.history, session.theta)[0, 1] == pytest.approx(0.9, abs=0.02)
    data = session.responses
    met = np.bincount(data.person, bank.b[data.item]) / 20
    assert np.corrcoef(met, session.history)[0, 1] > 0.9
    assert (np.diff(data.starts) == 20).all()


def test_adaptive_items_come_near_the_ability() -> None:
    rng = np.random.default_rng(5)
    population = draw_population(rng, [Group("all", 1000)])
    bank = draw_bank(rng, 400)
    data = administer(rng, population, bank, Adaptive(25)).responses
    assert (np.diff(data.starts) == 25).all()
    assert each_item_once(data.item.reshape(1000, 25))
    random = administer(rng, population, bank, RandomItems(25)).responses
    misses = [np.abs(bank.b[d.item] - population.theta[d.person]).mean() for d in (data, random)]
    assert misses[0] < 0.6 * misses[1]
    # At the end of a bank there is less to choose from, not an item twice.
    assert administer(rng, population, draw_bank(rng, 6), Adaptive(6)).responses.n_responses == 6000


def test_designs_that_do_not_fit_the_bank() -> None:
    rng = np.random.default_rng(6)
    population, bank = draw_population(rng, [Group("all", 10)]), draw_bank(rng, 5)
    for design in (RandomItems(6), SelfSelected(0), Adaptive(6)):
        with pytest.raises(InvalidArgument, match="between 1 and the 5 items"):
            administer(rng, population, bank, design)
    with pytest.raises(InvalidArgument, match="common"):
        administer(rng, population, bank, Booklets(2, 6))
    with pytest.raises(InvalidArgument, match="correlation"):
        administer(rng, population, bank, SelfSelected(2, correlation=1.5))
    with pytest.raises(InvalidArgument, match="among"):
        administer(rng, population, bank, Adaptive(2, among=0))
