"""What of a blueprint a test does not meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from irt.selection.arguments import check_items
from irt.selection.constraints import Constraints
from irt.selection.wording import asked


@dataclass(frozen=True)
class Violation:
    """A demand that a test does not meet.

    Attributes:
        demand: in words, such as "topic A: at least 5".
        count: the items of it that the test holds.
        missed: by how many items the demand is missed.
    """

    demand: str
    count: int
    missed: int


def violations(rows: Constraints, items: ArrayLike) -> tuple[Violation, ...]:
    """Demands that a (full) test of these items does not meet, in the order of the blueprint's rows.

    Raises:
        InvalidArgument: an item that is not in the bank, or twice in the test.
    """
    counts = rows.matrix[:, check_items(rows, items)].sum(axis=1)
    begun = ~rows.optional | (counts > 0.0)
    below = np.maximum(rows.lower - counts, 0.0) * begun
    above = np.maximum(counts - rows.upper, 0.0)
    return tuple(
        Violation(asked(rows, int(r), bool(below[r] > 0.0)), int(counts[r]), int(below[r] + above[r]))
        for r in np.flatnonzero(below + above)
    )
