from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings

from irt.errors import InvalidArgument
from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.conflicts import blueprint_feasibility
from irt.selection.constraints import Kind, constraints
from irt.selection.wording import asked
from tests.irt.selection import brute
from tests.irt.selection.banks import bank

TOPICS = np.repeat(np.eye(3), [3, 9, 8], axis=1)
FOURS = tuple(ItemSet(f"case {k}", tuple(range(3 * k, 3 * k + 3)), 3, 3) for k in range(4))


def topics(least: list[int], most: list[int]) -> Quotas:
    return Quotas(["A", "B", "C"], TOPICS, least, most)


@pytest.mark.parametrize(
    ("blueprint", "sentences"),
    [
        (Blueprint(10, 20, topics([5, 0, 0], [9, 9, 9])), ["A needs 5 items, the bank has 3"]),
        (
            Blueprint(10, 20, topics([1, 6, 6], [9, 9, 9])),
            ["B: at least 6 and C: at least 6 together need 12 of 10 places"],
        ),
        (
            Blueprint(10, 20, topics([0, 0, 0], [2, 3, 4])),
            ["the test needs 10 items, only 9 are possible with A: at most 2, B: at most 3 and C: at most 4"],
        ),
        (
            Blueprint(20, 20, None, (Enemies("twins", (1, 2, 3)),)),
            ["the test needs 20 items, only 18 are possible with twins: at most 1"],
        ),
        (
            Blueprint(10, 20, topics([3, 7, 0], [9, 9, 9]), (Enemies("twins", (1, 2)),)),
            ["A needs 3 items, only 2 are possible with twins: at most 1"],
        ),
        (
            Blueprint(10, 12, sets=FOURS),
            [
                "no choice of items has exactly 10 under "
                "case 0: none or 3, case 1: none or 3, case 2: none or 3 and case 3: none or 3"
            ],
        ),
        (
            Blueprint(20, 20, topics([5, 0, 9], [9, 9, 9])),
            ["C needs 9 items, the bank has 8", "A needs 5 items, the bank has 3"],
        ),
        (Blueprint(3, 20, topics([4, 0, 0], [9, 9, 9])), ["A needs 4 items, the bank has 3"]),
    ],
)
def test_what_is_wrong_is_said_with_its_figures(blueprint: Blueprint, sentences: list[str]) -> None:
    found = blueprint_feasibility(blueprint)
    assert not found.feasible
    assert sorted(one.sentence for one in found.conflicts) == sorted(sentences)


def test_a_bank_without_the_items_that_may_be_used_is_another_bank() -> None:
    blueprint = Blueprint(10, 20, topics([3, 0, 0], [9, 9, 9]))
    assert blueprint_feasibility(blueprint).feasible
    usable = np.ones(20, dtype=bool)
    usable[0] = False
    assert [one.sentence for one in blueprint_feasibility(blueprint, usable).conflicts] == [
        "A needs 3 items, the bank has 2"
    ]
    usable[5:] = False
    assert "the test needs 10 items, the bank has 4" in {
        one.sentence for one in blueprint_feasibility(blueprint, usable).conflicts
    }
    with pytest.raises(InvalidArgument, match=r"eligible has shape \(3,\), and the bank 20 items"):
        blueprint_feasibility(blueprint, usable[:3])


@settings(max_examples=80, deadline=None)
@given(brute.blueprints())
def test_a_conflict_has_no_solution_and_every_smaller_one_has(blueprint: Blueprint) -> None:
    rows = constraints(blueprint)
    count = rows.matrix.toarray() @ _choices(blueprint.items)
    below = (count < rows.lower[:, None]) & ~(rows.optional[:, None] & (count == 0))
    above = count > rows.upper[:, None]
    found = blueprint_feasibility(blueprint)
    assert found.feasible == bool((~(below | above).any(axis=0)).any())
    met: dict[str, np.ndarray] = {}
    for row, kind in enumerate(rows.kinds):
        both = kind in (Kind.LENGTH, Kind.SET)
        met[asked(rows, row, True)] = ~(below[row] | above[row]) if both else ~below[row]
        met.setdefault(asked(rows, row, False), ~above[row])
    for conflict in found.conflicts:
        demands = [met[demand] for demand in conflict.demands]
        assert not np.all(demands, axis=0).any()
        for fewer in combinations(demands, len(demands) - 1):
            assert np.all([np.ones(count.shape[1], dtype=bool), *fewer], axis=0).any()


def _choices(items: int) -> np.ndarray:
    """Every set of items, 0/1 of shape (items, 2^items)."""
    return (np.arange(2**items) >> np.arange(items)[:, None]) & 1


def test_one_demand_among_a_hundred_is_found() -> None:
    _, blueprint = bank(6, 2000, topics=50, enemies=100)
    assert blueprint_feasibility(blueprint).feasible
    quotas = blueprint.quotas
    assert quotas is not None
    least, most = quotas.least.copy(), quotas.most.copy()
    least[50], most[50] = 30, 40
    least[51] = most[51]
    wrong = Blueprint(
        40, 2000, Quotas(quotas.names, quotas.members, least, most), blueprint.enemies, blueprint.sets
    )
    found = blueprint_feasibility(wrong)
    assert [one.demands[0] for one in found.conflicts] == ["length: 40"]
    assert set(found.conflicts[0].demands[1:]) <= {
        f"difficulty {k}: at least {least[50 + k]}" for k in range(3)
    }
