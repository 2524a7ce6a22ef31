from __future__ import annotations

import time
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irt.errors import InvalidArgument, InvalidParameters, NothingEligible
from irt.information import item_information
from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.constraints import constraints
from irt.selection.shadow import ShadowTest, shadow_test
from irt.selection.violations import violations
from tests.irt.selection import brute
from tests.irt.selection.banks import bank


@settings(max_examples=80, deadline=None)
@given(brute.blueprints(), st.data())
def test_no_choice_is_better_and_none_misses_less(blueprint: Blueprint, data: st.DataObject) -> None:
    rows = constraints(blueprint)
    n = blueprint.items
    values = np.array(data.draw(st.lists(st.integers(0, 40), min_size=n, max_size=n))) / 8.0
    eligible = np.array(
        data.draw(st.lists(st.sampled_from([True, True, True, False]), min_size=n, max_size=n))
    )
    used = data.draw(st.lists(st.integers(0, n - 1), unique=True, max_size=blueprint.length - 1))
    least, value = brute.best(rows, values, used, eligible)
    if least[0] == blueprint.length - len(used):
        with pytest.raises(NothingEligible, match="no item is eligible"):
            shadow_test(rows, values, used, eligible, time.perf_counter, budget=None)
        return
    found = shadow_test(rows, values, used, eligible, time.perf_counter, budget=None)
    free = found.items[len(used) :]
    assert found.items[: len(used)].tolist() == used
    assert eligible[free].all()
    assert len(set(found.items.tolist())) == len(found.items) == blueprint.length - least[0]
    assert brute.missed(rows, found.items.tolist()) == least
    assert found.proven
    assert found.objective == pytest.approx(values[free].sum())
    assert found.greedy_objective <= found.objective + 1e-9
    assert sum(one.missed for one in found.violations) == sum(least)
    if not any(least):
        assert found.objective == pytest.approx(value)
        assert found.bound == pytest.approx(value)


def session(
    blueprint: Blueprint, parameters: tuple[np.ndarray, ...], theta: float, rng: np.random.Generator
) -> list[ShadowTest]:
    """A whole session in which the ability estimated wanders as it does with real answers."""
    rows, administered, found = constraints(blueprint), [], []
    everything = np.ones(blueprint.items, dtype=bool)
    for place in range(blueprint.length):
        at = theta + rng.normal() / np.sqrt(place + 1.0)
        values = item_information(at, *parameters)
        found.append(shadow_test(rows, values, administered, everything, time.perf_counter, budget=None))
        administered.append(found[-1].next_item)
    return found


@pytest.mark.parametrize(("seed", "sets", "topics"), [(1, 0, 12), (2, 10, 20), (3, 0, 50), (4, 20, 12)])
def test_whole_sessions_meet_every_constraint(seed: int, sets: int, topics: int) -> None:
    parameters, blueprint = bank(seed, 500, sets=sets, topics=topics)
    rows = constraints(blueprint)
    rng = np.random.default_rng(seed)
    shares = []
    for theta in (-1.5, 0.5):
        tests = session(blueprint, parameters, theta, rng)
        served = [one.next_item for one in tests]
        assert violations(rows, served) == ()
        assert all(one.violations == () and one.proven for one in tests)
        for stimulus in blueprint.sets:
            places = [k for k, item in enumerate(served) if item in stimulus.items]
            assert places == list(range(min(places, default=0), min(places, default=0) + len(places)))
        shares += [one.greedy_objective / one.objective for one in tests]
    assert np.mean(shares) > 0.97
    assert np.percentile(shares, 5) > 0.9


def test_the_same_number_of_solves_brings_back_the_same_test() -> None:
    parameters, blueprint = bank(5, 500, sets=20)
    rows, everything = constraints(blueprint), np.ones(500, dtype=bool)
    integer = 0
    for theta in np.linspace(-2.0, 2.0, 9):
        values = item_information(theta, *parameters)
        whole = shadow_test(rows, values, [], everything, time.perf_counter, budget=None)
        integer += whole.solves > 1
        for solves in range(whole.solves + 1):
            # A clock that stands still never runs out of time; one that runs reaches its deadline.
            one = shadow_test(rows, values, [], everything, time.perf_counter, solves=solves, budget=None)
            two = shadow_test(rows, values, [], everything, lambda: 0.0, solves=one.solves, budget=0.5)
            assert one.items.tolist() == two.items.tolist()
            assert one.solves == solves
            assert one.objective <= whole.objective <= one.bound + 1e-6
        assert one.items.tolist() == whole.items.tolist()
    assert integer > 0


def test_out_of_time_the_greedy_test_is_served_and_that_is_said() -> None:
    parameters, blueprint = bank(5, 500, sets=20)
    rows, everything = constraints(blueprint), np.ones(500, dtype=bool)
    values = item_information(0.0, *parameters)
    ticks = count()
    late = shadow_test(rows, values, [], everything, lambda: 0.2 * next(ticks), budget=0.1)
    alone = shadow_test(rows, values, [], everything, lambda: 0.0, solves=0)
    assert late.solver == alone.solver == "greedy"
    assert late.items.tolist() == alone.items.tolist()
    assert late.overshot
    assert not alone.overshot
    assert not late.proven
    assert late.violations == ()
    assert late.seconds["greedy"] == pytest.approx(0.2)
    assert late.bound >= shadow_test(rows, values, [], everything, time.perf_counter, budget=None).objective


def test_items_ruled_out_by_exposure_come_in_only_where_nothing_else_will_do() -> None:
    rows = constraints(Blueprint(3, 6, Quotas(["topic A"], [[1, 1, 1, 0, 0, 0]], [2], [3])))
    values = np.array([9.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    allowed, ruled_out = np.array([0, 1, 1, 1, 1, 1], bool), np.array([1, 0, 0, 0, 0, 0], bool)
    found = shadow_test(rows, values, [], allowed, time.perf_counter, reserve=ruled_out)
    assert (sorted(found.items), found.reserve_used, found.next_item) == ([1, 2, 5], False, 5)
    allowed[1] = False
    found = shadow_test(rows, values, [], allowed, time.perf_counter, reserve=ruled_out)
    assert (sorted(found.items), found.reserve_used, found.violations) == ([0, 2, 5], True, ())
    found = shadow_test(rows, values, [], allowed, time.perf_counter)
    assert (sorted(found.items), found.reserve_used) == ([2, 4, 5], False)
    assert [(one.demand, one.count, one.missed) for one in found.violations] == [
        ("topic A: at least 2", 1, 1)
    ]


def test_when_items_were_withdrawn_enemies_and_length_give_way_last() -> None:
    quotas = Quotas(["A", "B"], [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], [0, 2], [2, 3])
    rows = constraints(Blueprint(4, 6, quotas, (Enemies("twins", (0, 1)),)))
    values = np.arange(6.0)
    left = np.array([1, 1, 1, 1, 0, 0], bool)
    found = shadow_test(rows, values, [3], left, time.perf_counter)
    assert sorted(found.items) == [0, 1, 2, 3]  # too short is worse than too many of A, and than enemies
    assert [one.demand for one in found.violations] == ["A: at most 2", "B: at least 2", "twins: at most 1"]
    found = shadow_test(rows, values, [3], np.array([1, 0, 1, 1, 0, 0], bool), time.perf_counter)
    assert [one.demand for one in found.violations] == ["length: 4", "B: at least 2"]
    assert found.next_item == 2


def test_a_set_under_way_is_finished_before_better_items_and_not_taken_up_again() -> None:
    rows = constraints(Blueprint(5, 8, sets=(ItemSet("case", (0, 1, 2, 3), 2, 3),)))
    values = np.array([3.0, 2.0, 1.9, 1.8, 4.0, 0.1, 0.2, 0.3])
    everything = np.ones(8, dtype=bool)
    served: list[int] = []
    for _ in range(5):
        served.append(shadow_test(rows, values, served, everything, time.perf_counter).next_item)
    assert served == [4, 0, 1, 2, 7]
    assert shadow_test(rows, values, [0, 1, 7], everything, time.perf_counter).items.tolist() == [
        0,
        1,
        7,
        4,
        6,
    ]


def test_binding_demands_are_those_that_cost_value() -> None:
    quotas = Quotas(["A", "B", "C"], [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]], [0, 1, 0], [2, 2, 2])
    found = shadow_test(
        constraints(Blueprint(2, 4, quotas)), [3.0, 2.0, 1.0, 0.5], [], ALL4, time.perf_counter
    )
    assert found.items.tolist() == [0, 2]
    assert found.binding == ("B: at least 1",)


ALL4 = np.ones(4, dtype=bool)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"administered": [0, 1]}, InvalidArgument, "the test is complete: 2 of 2"),
        ({"administered": [0, 0]}, InvalidArgument, "listed twice"),
        ({"administered": [4]}, InvalidArgument, "item 4 is not in the bank, which has items 0 to 3"),
        ({"administered": [0.5]}, InvalidArgument, "whole numbers"),
        ({"values": [1.0, 2.0]}, InvalidArgument, r"values has shape \(2,\), and the bank 4 items"),
        ({"values": [1.0, np.nan, 1.0, 1.0]}, InvalidParameters, "item 1 is eligible and has the value nan"),
        ({"eligible": ALL4[:3]}, InvalidArgument, "eligible has shape"),
        ({"reserve": ALL4[:3]}, InvalidArgument, "reserve has shape"),
        ({"eligible": ~ALL4}, NothingEligible, "no item is eligible"),
    ],
)
def test_what_it_cannot_work_with_is_said(
    change: dict[str, object], error: type[Exception], text: str
) -> None:
    given = {"values": np.ones(4), "administered": [], "eligible": ALL4, "clock": time.perf_counter} | change
    with pytest.raises(error, match=text):
        shadow_test(constraints(Blueprint(2, 4)), **given)  # type: ignore[arg-type]
