"""Rates at theta points stay at their target where maximum information alone breaks it; and the formulas."""

from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.selection.eligibility import (
    count_session,
    draw_eligible,
    eligibility_probability,
    eligible_now,
    nearest_point,
    point_weights,
)
from irt.selection.eligibility_counts import EligibilityCounts
from irt.simulation import draw_bank
from tests.irt.selection.controlled import Control, play
from tests.irt.selection.learners import Floats

POINTS = np.array([-1.5, -0.75, 0.0, 0.75, 1.5])
LENGTH, R_MAX = 20, 0.2
BANK = draw_bank(np.random.default_rng(1), 200, "3PL")


def rates(
    sessions_at_each: int, control: Control, *, bank: irt.ItemParameters = BANK, r_max: float = R_MAX
) -> tuple[Floats, float, int]:
    """(share of the learners at each true point who met each item, RMSE, infeasible sessions)."""
    rng = np.random.default_rng(3)
    theta = rng.permutation(np.repeat(POINTS, sessions_at_each))
    counts = EligibilityCounts.empty(POINTS, len(bank.items), r_max)
    found = play(bank, LENGTH, theta, control, counts, rng)
    met = np.array([found.met[theta == point].mean(axis=0) for point in POINTS])
    return met, float(np.sqrt(np.mean((found.theta - theta) ** 2))), int(found.infeasible.sum())


def test_conditional_rates_stay_at_the_target_where_maximum_information_breaks_it() -> None:
    n = 120
    controlled, rmse, infeasible = rates(n, "within reach")
    free, least_rmse, _ = rates(n, "none")
    # Some 300 rates are at their target: each scatters around it, and control by an estimate reaches some
    # learners of the neighbouring point.
    error = np.sqrt(R_MAX * (1.0 - R_MAX) / n)
    at_target = (controlled > R_MAX - error).sum()
    assert at_target > 150
    assert controlled.max() < R_MAX + 5.0 * error
    assert (controlled > R_MAX + 2.0 * error).sum() < 0.1 * at_target
    assert controlled.mean(axis=0).max() < R_MAX + 3.0 * error / np.sqrt(len(POINTS))
    assert (free.max(axis=1) == 1.0).all()
    assert (free > R_MAX + 5.0 * error).sum() > 80
    assert infeasible == 0
    assert least_rmse < rmse < 1.5 * least_rmse


def test_a_bank_too_small_for_its_target_is_opened_and_sessions_go_on() -> None:
    small = irt.ItemParameters(BANK.items[:25], BANK.a[:25], BANK.b[:25], BANK.c[:25])
    found, _, infeasible = rates(30, "within reach", bank=small, r_max=0.7)
    assert found.sum(axis=1) == pytest.approx(LENGTH)
    assert infeasible > 30


def counts_of(sessions: float, feasible: float, administered: float, opened: float) -> EligibilityCounts:
    return EligibilityCounts(
        points=np.array([0.0]),
        r_max=np.array([0.25]),
        sessions=np.array([sessions]),
        feasible=np.array([feasible]),
        administered=np.array([[administered]]),
        open=np.array([[opened]]),
    )


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((100, 100, 50, 100), 0.5),  # met by half of those who could: eligible to half
        ((100, 100, 20, 100), 1.0),  # never near the target
        ((100, 80, 50, 90), 1.0 - 1.25 + 0.25 * 90 / 50 * 1.25),
        ((100, 40, 90, 95), 0.0),  # sessions that opened everything used the rate up
        ((100, 100, 0, 30), 1.0),
        ((100, 0, 90, 100), 1.0),  # no feasible session to learn from
    ],
)
def test_probability_by_the_formula(counts: tuple[float, ...], expected: float) -> None:
    assert eligibility_probability(counts_of(*counts))[0, 0] == pytest.approx(expected)


def test_the_formula_brings_the_rate_to_its_target() -> None:
    """P(met) = P(met | open) P(open), and P(open) = 1 - (1 - P(eligible | feasible)) P(feasible)."""
    counts = counts_of(200.0, 150.0, 60.0, 120.0)
    eligible = eligibility_probability(counts)[0, 0]
    assert 0.0 < eligible < 1.0
    opened = 1.0 - (1.0 - eligible) * 150.0 / 200.0
    assert 60.0 / 120.0 * opened == pytest.approx(0.25)


def test_draws_follow_the_probabilities() -> None:
    probability = np.tile([0.0, 0.1, 0.7, 1.0], (3, 1))
    rng = np.random.default_rng(4)
    drawn = np.array([draw_eligible(probability, rng) for _ in range(2000)])
    share = drawn.mean(axis=0)
    assert (share[:, 0] == 0.0).all()
    assert (share[:, 3] == 1.0).all()
    assert np.abs(share - probability).max() < 4.0 * np.sqrt(0.25 / 2000)
    together = drawn.all(axis=1).mean(axis=0)
    assert np.abs(together - probability[0] ** 3).max() < 4.0 * np.sqrt(0.25 / 2000)


def test_counts_fade_only_where_a_session_belongs() -> None:
    counts = EligibilityCounts.empty([0.0, 1.0], 2, 0.2, fade=0.9)
    drawn = np.array([[True, False], [True, True]])
    met = np.array([True, False])
    once = count_session(counts, np.array([1.0, 0.0]), met, drawn, feasible=True)
    assert once.sessions.tolist() == [1.0, 0.0]
    assert once.open.tolist() == [[1.0, 0.0], [0.0, 0.0]]
    twice = count_session(once, np.array([0.25, 0.75]), ~met, drawn, feasible=False)
    assert twice.sessions == pytest.approx([0.9**0.25 + 0.25, 0.75])
    assert twice.feasible == pytest.approx([0.9**0.25, 0.0])
    assert twice.administered[0] == pytest.approx([0.9**0.25, 0.25])
    assert twice.open[0] == pytest.approx([0.9**0.25 + 0.25, 0.25])
    assert twice.open[1] == pytest.approx([0.75, 0.75])
    assert counts.sessions.tolist() == [0.0, 0.0]


def test_weights_of_points() -> None:
    assert nearest_point(0.4, [0.0, 1.0]).tolist() == [1.0, 0.0]
    assert nearest_point(0.5, [0.0, 1.0]).tolist() == [1.0, 0.0]
    assert nearest_point(9.0, [0.0, 1.0]).tolist() == [0.0, 1.0]
    nodes = np.array([-2.0, 0.4, 0.5, 0.6, 3.0])
    weights = point_weights([1.0, 1.0, 2.0, 2.0, 2.0], nodes, [0.0, 1.0, 5.0])
    assert weights == pytest.approx([0.5, 0.25 + 0.25, 0.0])
    assert point_weights([1.0, 3.0], [0.0, 9.0], [1.0]).tolist() == [1.0]
    for theta in nodes:
        assert (point_weights(nodes == theta, nodes, [0.0, 1.0]) == nearest_point(theta, [0.0, 1.0])).all()


def test_every_point_within_reach_must_agree_unless_too_few_are_left() -> None:
    drawn = np.array([[1, 1, 0, 0, 1], [0, 1, 1, 1, 1], [1, 0, 1, 0, 1]], dtype=bool)
    weights, available = np.array([0.3, 0.69, 0.01]), np.array([1, 1, 1, 1, 0], dtype=bool)

    def now(needed: int, reach: float = 0.02) -> tuple[list[int], bool]:
        mask, feasible = eligible_now(drawn, weights, available, needed, reach=reach)
        return np.flatnonzero(mask).tolist(), feasible

    assert now(1) == ([1], True)
    assert now(1, reach=0.5) == ([1, 2, 3], True)
    assert now(1, reach=0.005) == ([1], True)  # all three points agree on none that is available
    assert now(3) == ([1, 2, 3], True)
    assert now(4) == ([0, 1, 2, 3], False)
    assert now(1, reach=1.0) == ([1, 2, 3], True)


def test_what_does_not_fit_is_refused() -> None:
    drawn, items = np.ones((2, 3), dtype=bool), np.ones(3, dtype=bool)
    counts, weights = EligibilityCounts.empty([0.0, 1.0], 3, 0.2), np.array([0.5, 0.5])
    with pytest.raises(InvalidArgument, match="2 points and 4 items need draws"):
        eligible_now(drawn, weights, np.ones(4, dtype=bool), 1)
    for needed, reach in ((0, 0.02), (1, 0.0), (1, 1.1)):
        with pytest.raises(InvalidArgument, match="needed must be at least 1 and reach in"):
            eligible_now(drawn, weights, items, needed, reach=reach)
    with pytest.raises(InvalidArgument, match="need weights and draws alike"):
        count_session(counts, np.ones(3) / 3, items, drawn, feasible=True)
    with pytest.raises(InvalidArgument, match="3 items need one flag each"):
        count_session(counts, weights, np.ones(2, dtype=bool), drawn, feasible=True)
    with pytest.raises(InvalidArgument, match="sum to 1"):
        count_session(counts, np.array([0.5, 0.6]), items, drawn, feasible=True)
    with pytest.raises(InvalidArgument, match="theta must be finite"):
        nearest_point(np.nan, [0.0])
    with pytest.raises(InvalidArgument, match="one weight each"):
        point_weights([1.0], [0.0, 1.0], [0.0])
    for weight in ([0.0, 0.0], [-1.0, 2.0], [np.nan, 1.0]):
        with pytest.raises(InvalidArgument, match="finite, at least 0"):
            point_weights(weight, [0.0, 1.0], [0.0])
