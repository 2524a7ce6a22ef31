"""Items of a bank by kind: those with the same parameters are worth the same, and are evaluated once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, InvalidParameters
from irt.latent import Quadrature
from irt.models import D, Floats

_Z, _W = hermegauss(9)
#: Nodes and weights for b known to within a fraction of the curve's own width: Gauss-Hermite, 9 nodes.
_NARROW: Final = (_Z, _W / _W.sum())
#: And for b hardly known: the evenly spaced grid, which converges where Gauss-Hermite does not
#: (41 Gauss-Hermite nodes are off by a quarter at a = 2.5, se_b = 2, where this is off by 1e-5).
_GRID, _LOG_WEIGHTS = Quadrature().grid()
_WIDE: Final = (_GRID, np.exp(_LOG_WEIGHTS))
_WIDE_FROM: Final = 0.5
#: Nodes over b by level: known; little uncertain; hardly known.
NODES: Final = ((np.zeros(1), np.ones(1)), _NARROW, _WIDE)


class Kinds:
    """Kinds of items: `table` (kinds, 4) has slope = D a, b, c, se_b; all arrays are immutable.

    kind: (items,), the kind of each. level: (kinds,), which of NODES averages over b; nodes: (kinds, 2), where these
    begin and end in z and weights. members: the items of each kind, ascending, kind k at starts[k] to starts[k + 1].
    """

    def __init__(self, a: ArrayLike, b: ArrayLike, c: ArrayLike, se_b: ArrayLike = 0.0) -> None:
        """Sort items into kinds by parameters of shape (items,), D = 1.7 metric; se_b: sd of b, 0: known.

        Raises:
            InvalidArgument: shapes that do not broadcast to one dimension.
            InvalidParameters: a parameter that is not finite, c outside [0, 1), or se_b below 0.
        """
        columns = columns_of(a, b, c, se_b)
        self.items: Final = len(columns)
        table, kind = np.unique(columns, axis=0, return_inverse=True)
        self.table: Final[Floats] = table * [D, 1.0, 1.0, 1.0]
        self.kind: Final[NDArray[np.int64]] = kind.ravel()
        self.members: Final[NDArray[np.int64]] = np.argsort(self.kind, kind="stable")
        counts = np.bincount(self.kind, minlength=len(table))
        self.starts: Final[NDArray[np.int64]] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.level: Final = level_of(self.table[:, 0], self.table[:, 3])
        ends = np.cumsum([len(z) for z, _ in NODES])
        begins = ends - [len(z) for z, _ in NODES]
        self.nodes: Final = np.stack([begins[self.level], ends[self.level]], axis=1).astype(np.int64)
        self.z: Final[Floats] = np.concatenate([z for z, _ in NODES])
        self.weights: Final[Floats] = np.concatenate([weights for _, weights in NODES])
        for array in (
            self.table,
            self.kind,
            self.members,
            self.starts,
            self.level,
            self.nodes,
            self.z,
            self.weights,
        ):
            array.flags.writeable = False

    def of(self, places: Sequence[int]) -> tuple[Floats, Floats, Floats, Floats]:
        """a, b, c and se_b of some items, each of their number (D = 1.7 metric)."""
        rows = self.table[self.kind[np.asarray(places, dtype=np.int64)]]
        return rows[:, 0] / D, rows[:, 1], rows[:, 2], rows[:, 3]

    def __len__(self) -> int:
        return len(self.table)


def level_of(slope: Floats, se_b: Floats) -> NDArray[np.int64]:
    """Which of NODES averages over b."""
    width = np.abs(slope) * se_b
    level: NDArray[np.int64] = np.where(width == 0.0, 0, np.where(width < _WIDE_FROM, 1, 2))
    return level


def columns_of(a: ArrayLike, b: ArrayLike, c: ArrayLike, se_b: ArrayLike) -> Floats:
    """Parameters as one table, shape (items, 4). Raises as `Kinds`."""
    try:
        columns = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (a, b, c, se_b))
        )
    except ValueError as error:
        raise InvalidArgument("a, b, c and se_b must have one value for each item") from error
    if columns[0].ndim != 1:
        raise InvalidArgument(f"items need one dimension, not {columns[0].ndim}")
    table: Floats = np.stack(columns, axis=1)
    bad = ~np.isfinite(table).all(axis=1) | (table[:, 2] < 0.0) | (table[:, 2] >= 1.0) | (table[:, 3] < 0.0)
    if bad.any():
        raise InvalidParameters(
            "every item needs finite a, b, a c in [0, 1) and a finite se_b of at least 0; "
            f"give items without parameters a stand-in (the first such item: {int(bad.argmax())})"
        )
    return table
