from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew

from irt.errors import InvalidArgument
from irt.simulation import Group, draw_bank, draw_population


def test_groups_have_the_moments_asked_for() -> None:
    groups = [Group("r", 60_000), Group("f", 40_000, mean=-1.0, sd=0.8, skew=-1.2)]
    drawn = draw_population(np.random.default_rng(1), groups)
    assert drawn.theta.shape == (100_000,)
    focal = drawn.theta[drawn.group == 1]
    assert len(focal) == 40_000
    assert focal.mean() == pytest.approx(-1.0, abs=0.02)
    assert focal.std() == pytest.approx(0.8, abs=0.02)
    assert skew(focal) == pytest.approx(-1.2, abs=0.1)
    assert skew(drawn.theta[drawn.group == 0]) == pytest.approx(0.0, abs=0.05)
    assert drawn.groups[:3] == tuple(drawn.labels[g] for g in drawn.group[:3])


def test_a_person_s_place_says_nothing_of_the_group() -> None:
    drawn = draw_population(np.random.default_rng(2), [Group("r", 5000), Group("f", 5000)])
    assert drawn.group[:5000].mean() == pytest.approx(0.5, abs=0.03)


def test_banks_follow_their_distributions() -> None:
    bank = draw_bank(np.random.default_rng(3), 20_000, "3PL", b=(0.5, 1.5))
    assert np.log(bank.a).mean() == pytest.approx(-0.2, abs=0.01)
    assert np.log(bank.a).std() == pytest.approx(0.3, abs=0.01)
    assert (bank.b.mean(), bank.b.std()) == pytest.approx((0.5, 1.5), abs=0.04)
    assert bank.c.mean() == pytest.approx(5 / 22, abs=0.005)
    assert draw_bank(np.random.default_rng(3), 5, "2PL").c.tolist() == [0.0] * 5
    assert len(set(draw_bank(np.random.default_rng(3), 5, "1PL").a)) == 1


def test_a_seed_gives_the_same_again() -> None:
    once, again = (draw_bank(np.random.default_rng(4), 5).b for _ in range(2))
    assert once.tolist() == again.tolist()


def test_what_cannot_be_drawn() -> None:
    rng = np.random.default_rng(5)
    with pytest.raises(InvalidArgument, match="at least 1 person"):
        Group("r", 0)
    with pytest.raises(InvalidArgument, match="sd >= 0"):
        Group("r", 5, sd=-1.0)
    with pytest.raises(InvalidArgument, match="different labels"):
        draw_population(rng, [Group("r", 5), Group("r", 5)])
    with pytest.raises(InvalidArgument, match="1PL, 2PL, 3PL"):
        draw_bank(rng, 5, "4PL")
    with pytest.raises(InvalidArgument, match="at least 1 item"):
        draw_bank(rng, 0)
