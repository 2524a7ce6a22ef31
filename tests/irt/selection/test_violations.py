from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.constraints import constraints
from irt.selection.violations import Violation, violations

ROWS = constraints(
    Blueprint(
        3,
        6,
        Quotas(["A", "B"], [[1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]], [0, 1], [1, 1]),
        (Enemies("twins", (0, 1)),),
        (ItemSet("case", (3, 4), 2, 2),),
    )
)


def test_every_demand_that_is_missed_is_named_with_its_count() -> None:
    assert violations(ROWS, [3, 4, 5]) == ()
    assert violations(ROWS, [0, 1, 2, 3]) == (
        Violation("length: 3", 4, 1),
        Violation("A: at most 1", 3, 2),
        Violation("B: at least 1", 0, 1),
        Violation("twins: at most 1", 2, 1),
        Violation("case: none or 2", 1, 1),
    )
    assert [one.demand for one in violations(ROWS, np.array([], dtype=int))] == ["length: 3", "B: at least 1"]


def test_what_is_no_test_of_the_bank_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="item 6 is not in the bank, which has items 0 to 5"):
        violations(ROWS, [0, 6])
    with pytest.raises(InvalidArgument, match="listed twice"):
        violations(ROWS, [0, 0])
