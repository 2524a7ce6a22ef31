"""The candidates that Sympson-Hetter goes down, best first: so many that hardly any walk ends without an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from irt.models import Floats
from irt.selection.constraints import Constraints

Places = NDArray[np.int64]
Bools = NDArray[np.bool_]
#: Candidates asked for at first; most walks end after a few.
_FIRST: Final = 64
#: Chance of a walk that passes over all of them below which there are enough.
_RARELY: Final = 1e-9


def best_to_walk(
    best: Callable[[int], tuple[Places, Floats]], control: Floats, at_least: int
) -> tuple[Places, Floats]:
    """The best candidates and their values, so many that a walk down them ends with one of them, or all there are.

    Args:
        best: so many best ones with their values, or as many as there are.
        control: of the bank's items, shape (items,).
        at_least: so many are wanted anyway.
    """
    number = max(_FIRST, at_least)
    while True:
        places, values = best(number)
        if len(places) < number or float(np.prod(1.0 - control[places])) < _RARELY:
            return places, values
        number *= 4


def shadow_to_walk(rows: Constraints, free: Places, values: Floats, pool: Bools) -> Places:
    """The free items of a shadow test, then what may come in place of one of them, then what was passed over before.

    An item that is in the same rows as a free one can take its place: the test meets what it met. So whoever is passed
    over has substitutes when few places are left, as an item that must be administered cannot be held back.

    Args:
        rows: of the blueprint.
        free: of the test, best first.
        values: of the bank's items, shape (items,).
        pool: shape (items,): may be served now; a free item that is not among them was let in for want of others.
    """
    fresh = free[pool[free]]
    like = np.zeros(rows.class_matrix.shape[1], dtype=np.bool_)
    like[rows.classes[free]] = True
    others = pool & like[rows.classes]
    others[free] = False
    more = np.flatnonzero(others)
    return np.concatenate([fresh, more[np.argsort(-values[more], kind="stable")], free[~pool[free]]])
