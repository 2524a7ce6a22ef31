"""What Sympson-Hetter goes down: far enough, and of a blueprint only what leaves it met."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from irt.selection import Blueprint, ItemSet, Quotas
from irt.selection.ability import Answers
from irt.selection.constraints import Constraints, constraints
from irt.selection.decide import Decision, Limits, Rules, SelectionBank, Session, decide
from irt.selection.violations import violations
from irt.selection.walk import best_to_walk, shadow_to_walk

N = 60
RANDOM = np.random.default_rng(3)
A, B = RANDOM.uniform(0.6, 1.6, N), RANDOM.normal(0.0, 1.0, N)
BANK = SelectionBank(A, B, 0.0)
HARD = B > 0.2


def decided(
    rows: Constraints | None,
    served: list[int],
    control: np.ndarray | None,
    *,
    seed: int = 1,
    rules: Rules | None = None,
    passed: tuple[int, ...] = (),
) -> Decision:
    chosen = rules or Rules()
    allowed = np.ones(N, dtype=np.bool_)
    allowed[served] = False
    reserve = np.zeros(N, dtype=np.bool_)
    allowed[list(passed)], reserve[list(passed)] = False, True
    known = chosen.ability(
        Answers.of([k % 2 for k in range(len(served))], A[served], B[served], 0.0 * A[served])
    )
    ticks = itertools.count()
    return decide(
        BANK, chosen, Session(known, np.array(served, dtype=np.int64)),
        Limits(allowed, reserve, rows, control, solves=0), np.random.default_rng(seed), lambda: next(ticks) * 1e-6,
    )  # fmt: skip


def test_a_walk_gets_as_many_candidates_as_it_takes_to_end() -> None:
    asked: list[int] = []

    def best(number: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append(number)
        return np.arange(5000)[:number], -np.arange(5000.0)[:number]

    sure = np.full(5000, 0.01)
    sure[100] = 1.0
    assert len(best_to_walk(best, sure, 5)[0]) == 256
    assert asked == [64, 256]
    assert len(best_to_walk(best, np.ones(5000), 5)[0]) == 64
    places, values = best_to_walk(best, np.full(5000, 0.01), 5)
    assert len(places) == len(values) == 4096  # .99^4096 is below a billionth, and .99^1024 is not
    assert len(best_to_walk(best, np.full(5000, 1e-9), 5)[0]) == 5000
    assert len(best_to_walk(best, np.ones(5000), 90)[0]) == 90


def test_more_than_are_told_of_can_be_passed_over_and_only_five_are_told() -> None:
    control = np.zeros(N)
    last = decided(None, [], np.ones(N), rules=Rules(candidates=N)).candidates[30]
    control[last] = 1.0
    found = decided(None, [], control)
    assert (found.item, len(found.passed_over), len(found.candidates)) == (last, 30, 5)


def test_what_is_like_a_free_item_follows_and_what_was_passed_over_comes_last() -> None:
    members = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]])
    rows = constraints(Blueprint(2, 6, Quotas(["x", "y"], members, [1, 0], [1, 1])))
    values = np.array([0.5, 0.9, 0.7, 0.3, 0.4, 2.0])
    pool = np.array([True, True, True, True, False, True])
    assert shadow_to_walk(rows, np.array([1, 4]), values, pool).tolist() == [1, 2, 0, 3, 4]
    assert shadow_to_walk(rows, np.array([1]), values, pool).tolist() == [1, 2, 0]


@pytest.mark.parametrize("criterion", ["MFI", "MEPV"])
def test_the_last_place_of_a_blueprint_can_be_held_back_and_it_is_met_all_the_same(criterion: str) -> None:
    rows = constraints(Blueprint(6, N, Quotas(["hard"], HARD[None, :], [3], [3])))
    rules = Rules(criterion=criterion)  # type: ignore[arg-type]
    served = [int(one) for one in [*np.flatnonzero(HARD)[:3], *np.flatnonzero(~HARD)[:2]]]
    best = decided(rows, served, None, rules=rules).item
    control = np.ones(N)
    control[best] = 0.3
    drawn = [decided(rows, served, control, seed=seed, rules=rules) for seed in range(300)]
    share = np.mean([each.item == best for each in drawn])
    assert abs(share - 0.3) < 4.0 * np.sqrt(0.3 * 0.7 / 300)
    assert all(not violations(rows, np.array([*served, each.item])) for each in drawn)
    other = next(each for each in drawn if each.item != best)
    assert other.passed_over.tolist() == [best]


def test_what_was_passed_over_comes_again_only_where_the_blueprint_needs_it() -> None:
    few = np.flatnonzero(HARD)[:2]
    members = np.isin(np.arange(N), few)
    rows = constraints(Blueprint(3, N, Quotas(["few"], members[None, :], [1], [1])))
    served = [int(one) for one in np.flatnonzero(~HARD)[:2]]
    first, second = int(few[0]), int(few[1])
    assert decided(rows, served, np.ones(N), passed=(first,)).item == second
    both = decided(rows, served, np.ones(N), passed=(first, second))
    assert both.item in (first, second)
    assert both.shadow is not None
    assert both.shadow.reserve_used


def test_an_item_set_under_way_goes_on_whatever_chance_there_is() -> None:
    # The best of all, so that the next of the set is also the best of the test.
    trio = tuple(decided(None, [], None).candidates[:3].tolist())
    rows = constraints(Blueprint(8, N, None, sets=(ItemSet("passage", trio, 3, 3),)))
    control = np.full(N, 0.2)
    for seed in range(40):
        for rules, by in ((Rules(among=5), None), (Rules(), control)):
            served = [next(k for k in range(N) if k not in trio), trio[0]]
            while len(served) < 4:
                served.append(decided(rows, served, by, seed=seed, rules=rules).item)
            assert sorted(served[1:]) == sorted(trio)
