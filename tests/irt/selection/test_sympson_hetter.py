from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from irt.errors import InvalidArgument, NothingEligible
from irt.selection.sympson_hetter import Batch, administered_among, find_control
from irt.simulation import draw_bank
from tests.irt.selection.learners import Bools, Floats, Learners

ITEMS, LENGTH, SESSIONS, R_MAX = 200, 15, 150, 0.25


def simulator(rng: np.random.Generator) -> Callable[[Floats], Batch]:
    learners = Learners(draw_bank(np.random.default_rng(1), ITEMS, "3PL"), LENGTH)

    def administer(control: Floats) -> Batch:
        selected, administered = np.zeros(ITEMS), np.zeros(ITEMS)
        for theta in rng.normal(size=SESSIONS):
            passed_over = np.zeros(ITEMS, dtype=np.bool_)

            def choose(values: Floats, posterior: Floats, used: Bools, out: Bools = passed_over) -> int:
                ranked = np.argsort(np.where(used | out, np.inf, -values), kind="stable")
                item, passed = administered_among(ranked[: (~used & ~out).sum()], control, rng)
                out[passed] = True
                return item

            items = learners.play(theta, choose, rng).items
            administered[items] += 1
            selected[items] += 1
            selected[passed_over] += 1
        return Batch(SESSIONS, selected, administered)

    return administer


def test_parameters_found_by_simulation_keep_the_rates() -> None:
    administer = simulator(np.random.default_rng(2))
    found = find_control(administer, ITEMS, R_MAX, LENGTH, batches=20)
    assert found.settled
    assert found.largest[0] == 1.0
    fresh = administer(found.parameters)
    error = np.sqrt(R_MAX * (1.0 - R_MAX) / SESSIONS)
    assert fresh.administered.max() / SESSIONS < R_MAX + 4.0 * error
    assert fresh.administered.sum() == LENGTH * SESSIONS
    assert (found.parameters == 1.0).sum() >= LENGTH
    assert ((found.parameters > 0.0) & (found.parameters <= 1.0)).all()


def test_the_best_batch_is_kept_where_none_settles() -> None:
    rates = iter([0.9, 0.5, 0.7])

    def administer(control: Floats) -> Batch:
        seen.append(control)
        top = next(rates)
        return Batch(100, np.array([100.0, 50.0, 10.0, 10.0]), np.array([100.0 * top, 5.0, 5.0, 5.0]))

    seen: list[Floats] = []
    found = find_control(administer, 4, 0.4, 1, batches=3, tolerance=0.0)
    assert not found.settled
    assert found.largest.tolist() == [0.9, 0.5, 0.7]
    assert (found.parameters == seen[1]).all()
    assert seen[0].tolist() == [1.0] * 4
    assert seen[1] == pytest.approx([0.4, 0.8, 1.0, 1.0])


def test_as_many_items_as_a_session_has_are_never_passed_over() -> None:
    seen: list[Floats] = []

    def administer(control: Floats) -> Batch:
        seen.append(control)
        return Batch(10, np.array([10.0, 8.0, 5.0, 9.0]), np.full(4, 10.0))

    find_control(administer, 4, 0.5, 2, batches=2)
    assert seen[1] == pytest.approx([0.5, 1.0, 1.0, 0.5 / 0.9])


def test_candidates_are_administered_by_their_parameters() -> None:
    rng = np.random.default_rng(5)
    control = np.array([0.5, 1.0, 0.2, 1.0])
    ranked = np.array([2, 0, 1, 3])
    drawn = [administered_among(ranked, control, rng) for _ in range(8000)]
    share = np.bincount([item for item, _ in drawn], minlength=4) / 8000
    assert share == pytest.approx([0.8 * 0.5, 0.8 * 0.5, 0.2, 0.0], abs=4.0 * np.sqrt(0.25 / 8000))
    for item, passed in drawn[:50]:
        assert passed.tolist() == ranked[: ranked.tolist().index(item)].tolist()


def test_a_list_of_improbable_items_is_gone_through_anew() -> None:
    rng = np.random.default_rng(6)
    control = np.array([0.1, 0.3])
    drawn = [administered_among(np.array([0, 1]), control, rng)[0] for _ in range(8000)]
    again = 1.0 - 0.9 * 0.7
    assert np.mean(drawn) == pytest.approx(0.9 * 0.3 / again, abs=4.0 * np.sqrt(0.25 / 8000))


def test_an_item_never_to_be_administered_is_not() -> None:
    rng = np.random.default_rng(7)
    control = np.array([0.0, 0.4, 0.0])
    assert {administered_among(np.arange(3), control, rng)[0] for _ in range(200)} == {1}


def test_what_cannot_be_controlled_is_refused() -> None:
    def never(control: Floats) -> Batch:
        raise AssertionError("nothing is to be simulated")

    for r_max, length, batches in ((0.0, 1, 1), (0.5, 0, 1), (0.5, 9, 1), (0.5, 1, 0)):
        with pytest.raises(InvalidArgument, match="r_max must lie in"):
            find_control(never, 4, r_max, length, batches=batches)
    with pytest.raises(InvalidArgument, match=r"rate of 0\.4: the least is 0\.5"):
        find_control(never, 4, 0.4, 2)
    with pytest.raises(InvalidArgument, match="counts of all 4 items"):
        find_control(lambda control: Batch(0, np.zeros(4), np.zeros(4)), 4, 0.5, 2)
    one = Batch(10, np.full(4, 2.0), np.full(4, 2.0))
    assert find_control(lambda control: one, 4, 0.4, 2, shortest=1).settled  # sessions may end after one item
    rng = np.random.default_rng(0)
    with pytest.raises(NothingEligible, match="no candidates"):
        administered_among(np.array([], dtype=np.int64), np.ones(3), rng)
    with pytest.raises(NothingEligible, match="control parameter of 0"):
        administered_among(np.arange(3), np.zeros(3), rng)
