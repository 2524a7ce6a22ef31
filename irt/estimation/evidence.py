"""What observed information is computed from, and which row of a matrix belongs to which parameter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation.maximize import Point
from irt.estimation.problem import Problem
from irt.estimation.shards import Expectation
from irt.estimation.workers import Windows


@dataclass(frozen=True)
class Rows:
    """Which row of a matrix belongs to which parameter, -1 for none: items (items, 3), then groups (groups, 2)."""

    item: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(max(self.item.max(initial=-1), self.group.max(initial=-1))) + 1

    @property
    def owner(self) -> NDArray[np.int64]:
        """The item of every row; rows of groups come behind the items, one owner each group."""
        out = np.empty(self.size, dtype=np.int64)
        for each, first in ((self.item, 0), (self.group, len(self.item))):
            where = np.nonzero(each >= 0)
            out[each[where]] = first + where[0]
        return out


def rows_of(active: NDArray[np.bool_], groups: NDArray[np.bool_]) -> Rows:
    """Rows for the parameters `active` (items, 3) and for mean and ln sd of `groups` (groups,)."""
    item = np.where(active, np.cumsum(active).reshape(active.shape) - 1, -1)
    both = np.repeat(groups[:, None], 2, axis=1)
    group = np.where(both, active.sum() + np.cumsum(both).reshape(both.shape) - 1, -1)
    return Rows(item.astype(np.int64), group.astype(np.int64))


@dataclass(frozen=True)
class Evidence:
    """All that information is computed from: the problem, and an E-step at the point."""

    problem: Problem
    point: Point
    expected: Expectation

    @property
    def windows(self) -> Windows:
        """A window for each person; a copy."""
        return np.concatenate(self.expected.windows)
