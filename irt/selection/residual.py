"""What a blueprint still asks for in the course of a session, and the items worth considering for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.constraints import Constraints, Kind


@dataclass(frozen=True, eq=False)
class Residual:
    """Bounds on the items that are still to come, lower <= matrix x <= upper.

    Attributes:
        rows: the whole blueprint.
        lower: shape (rows,), what was administered subtracted.
        upper: likewise; below 0 where too many were administered.
        optional: shape (rows,): item sets of which nothing was administered.
        open: shape (items,): may be chosen.
    """

    rows: Constraints
    lower: Floats
    upper: Floats
    optional: NDArray[np.bool_]
    open: NDArray[np.bool_]

    @property
    def places(self) -> int:
        """Items to come."""
        return int(self.lower[0])

    @property
    def sizes(self) -> Floats:
        """Items of each class that may be chosen, shape (classes,)."""
        chosen = self.rows.classes[self.open]
        return np.bincount(chosen, minlength=self.rows.class_matrix.shape[1]).astype(np.float64)


def residual(rows: Constraints, administered: Codes, eligible: NDArray[np.bool_]) -> Residual:
    """What remains after the items administered, in their order, with those eligible and not yet used.

    A set that was begun and left with its least number is closed: its items are to stay together.
    """
    counts = rows.matrix[:, administered].sum(axis=1)
    sets = rows.kinds == Kind.SET
    may = eligible.copy()
    may[administered] = False
    if len(administered):
        left = sets & (counts >= rows.lower) & (np.arange(len(counts)) != rows.set_of[administered[-1]])
        may &= ~np.append(left, False)[rows.set_of]
    return Residual(rows, rows.lower - counts, rows.upper - counts, sets & (counts == 0.0), may)


def widened(task: Residual, below: Floats, above: Floats) -> Residual:
    """The same with the bounds relaxed by so much, shape (rows,) each; the length then has one value."""
    lower, upper = task.lower - below, task.upper + above
    upper[0] = lower[0]
    return replace(task, lower=lower, upper=upper)


def candidates(task: Residual, values: Floats) -> Codes:
    """Items that an optimal choice can be made of, ascending: the best of each class, as many as may be used.

    Items of one class can replace one another, so that an optimal choice holds the best of each; and of a class
    no more than the least upper bound of its rows. Nothing is lost by leaving out the others.
    """
    columns = task.rows.class_matrix
    return best_of_classes(
        task, values, np.minimum.reduceat(task.upper[columns.indices], columns.indptr[:-1])
    )


def best_of_classes(task: Residual, values: Floats, most: NDArray[np.float64] | Codes) -> Codes:
    """The `most` best open items of each class, ascending; of equal values the lower index counts as better."""
    items = np.flatnonzero(task.open & (most > 0)[task.rows.classes])
    classes = task.rows.classes[items]
    order = np.lexsort((-values[items], classes))
    classes = classes[order]
    first = np.searchsorted(classes, classes)
    return np.sort(items[order][np.arange(len(order)) - first < most[classes]])


def columns_of(task: Residual, items: Codes) -> csr_array:
    """Columns of the rows for some items, shape (rows, len(items))."""
    return csr_array(task.rows.class_matrix[:, task.rows.classes[items]])
