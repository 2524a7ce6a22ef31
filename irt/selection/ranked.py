"""The most informative item of a large bank, found without asking every item.

On a small stretch of theta no item can tell more than at the point of it that lies nearest to where the item tells
most (Birnbaum 1968, section 20.4: a closed form, and on either side the information of the curve only falls, for its
logarithm is concave). So each stretch has the bank's items in the order of those bounds, and a search asks them from
the first on, until the next bound is below what it has found: the exact maximum, after a few items. Averaged over an
uncertain difficulty, the bound is the average of the bounds at its nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, NothingEligible
from irt.information import item_information, maximum_information
from irt.models import D, Floats
from irt.selection import kernels
from irt.selection.kinds import NODES, Kinds

#: Stretches of theta: their bounds, and beyond the outermost everything.
_EDGES: Final = np.linspace(-6.0, 6.0, 121)
#: Items of a stretch that are kept in order. What filters leave of fewer is searched whole.
_DEPTH: Final = 2048
#: More than rounding may take a value above its bound.
_SLACK: Final = 1.0 + 1e-6


@dataclass(frozen=True)
class Best:
    """Items and their values, best first, of equal ones the lowest place first. asked: kinds of items evaluated."""

    places: NDArray[np.int64]
    values: Floats
    asked: int


class RankedBank:
    """Items that can be searched for the most informative ones; immutable, and safe to search from any thread.

    Building takes about a second for 100,000 items, and 2 MiB beyond the parameters.
    """

    def __init__(self, a: ArrayLike, b: ArrayLike, c: ArrayLike, se_b: ArrayLike = 0.0) -> None:
        """Rank items by parameters of shape (items,), D = 1.7 metric; se_b: standard deviation of b, 0: known.

        Raises:
            InvalidArgument: shapes that do not broadcast to one dimension.
            InvalidParameters: a parameter that is not finite, c outside [0, 1), or se_b below 0.
        """
        self.kinds: Final = Kinds(a, b, c, se_b)
        self._order, self._bound, self._rest = self._ranked()

    def best(self, theta: float, allowed: NDArray[np.bool_] | None = None, number: int = 1) -> Best:
        """The `number` allowed items of highest expected information at theta, or as many as there are.

        allowed: shape (items,), which may be chosen; None: all. The values are those of `expected_information`
        up to the last bits.

        Raises:
            NothingEligible: no item is allowed.
            InvalidArgument: a theta that is not finite, fewer than 1 asked for, or `allowed` of another shape.
        """
        if not np.isfinite(theta) or number < 1:
            raise InvalidArgument(
                f"theta must be finite and the number of items at least 1, not {theta}, {number}"
            )
        mask = np.ones(self.kinds.items, dtype=np.bool_) if allowed is None else np.asarray(allowed)
        if mask.shape != (self.kinds.items,) or mask.dtype != np.bool_:
            raise InvalidArgument(
                f"allowed must be {self.kinds.items} booleans, not {mask.dtype} of shape {mask.shape}"
            )
        places, values = np.full(number, -1, dtype=np.int64), np.full(number, -np.inf)
        stretch = int(np.searchsorted(_EDGES, theta))
        found, asked, complete = self._search(
            theta, self._order[stretch], self._bound[stretch], mask, places, values
        )
        if not complete and len(self._order[stretch]) < len(self.kinds):
            ended = found == number and self._rest[stretch] < values[-1]
            if not ended:
                found, asked, _ = self._whole(theta, mask, places, values)
        if not found:
            raise NothingEligible("no item is eligible: all were served, or none fits the filters")
        return Best(places[:found], values[:found], asked)

    def values(self, theta: float) -> Floats:
        """Expected information of every item at theta, shape (items,): the values that `best` compares."""
        of_kinds = np.empty(len(self.kinds))
        kernels.of_all(theta, self.kinds.table, self.kinds.nodes, self.kinds.z, self.kinds.weights, of_kinds)
        values: Floats = of_kinds[self.kinds.kind]
        return values

    def _search(
        self,
        theta: float,
        order: kernels.Order,
        bound: kernels.Bounds,
        allowed: kernels.Mask,
        places: kernels.Places,
        values: Floats,
    ) -> tuple[int, int, bool]:
        kinds = self.kinds
        return kernels.best_of(
            theta, kinds.table, kinds.nodes, kinds.z, kinds.weights, order, bound, kinds.starts, kinds.members,
            allowed, places, values,
        )  # fmt: skip

    def _whole(
        self, theta: float, allowed: kernels.Mask, places: kernels.Places, values: Floats
    ) -> tuple[int, int, bool]:
        """Ask every kind of which an item is allowed."""
        places[:], values[:] = -1, -np.inf
        every = np.arange(len(self.kinds), dtype=np.int32)
        return self._search(theta, every, np.full(len(every), np.inf, np.float32), allowed, places, values)

    def _ranked(self) -> tuple[kernels.Order, kernels.Bounds, kernels.Bounds]:
        """Order and bounds of each stretch, (stretches, depth), and the highest bound of what is not among them."""
        stretches, depth = len(_EDGES) + 1, min(_DEPTH, len(self.kinds))
        order = np.empty((stretches, depth), dtype=np.int32)
        bound = np.empty((stretches, depth), dtype=np.float32)
        rest = np.full(stretches, -np.inf, dtype=np.float32)
        lows, highs = np.concatenate([[-np.inf], _EDGES]), np.concatenate([_EDGES, [np.inf]])
        for stretch, (low, high) in enumerate(zip(lows, highs, strict=True)):
            most = np.nextafter((self._highest(low, high) * _SLACK).astype(np.float32), np.float32(np.inf))
            first = np.argpartition(-most, depth - 1)[:depth] if depth else np.empty(0, dtype=np.int64)
            first = first[np.lexsort((first, -most[first]))]
            order[stretch], bound[stretch] = first, most[first]
            if depth < len(most):
                most[first] = -np.inf
                rest[stretch] = most.max()
        return order, bound, rest

    def _highest(self, low: float, high: float) -> Floats:
        """What no kind of item can exceed anywhere from low to high."""
        most = np.zeros(len(self.kinds))
        for number, (z, weights) in enumerate(NODES):
            k = np.flatnonzero(self.kinds.level == number)
            slope, b, c, se_b = self.kinds.table[k].T
            for node, weight in zip(z, weights, strict=True):
                at = b + se_b * node
                top, _ = maximum_information(slope / D, at, c)
                nearest = np.clip(np.where(slope == 0.0, at, top), low, high)
                most[k] += weight * item_information(nearest, slope / D, at, c)
        return most
