"""A full test to begin with, whatever has to give way for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import NothingEligible
from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.constraints import Constraints
from irt.selection.greedy import greedy
from irt.selection.relaxing import reachable
from irt.selection.residual import Residual, best_of_classes, candidates, residual, widened


@dataclass(frozen=True, eq=False)
class Built:
    """The greedy choice, the task that it solves, and the candidates it was made of."""

    items: Codes
    task: Residual
    pool: Codes
    reserve_used: bool


def built(
    rows: Constraints, worth: Floats, used: Codes, eligible: NDArray[np.bool_], reserve: NDArray[np.bool_]
) -> Built:
    """A full test by the greedy heuristic; where it finds none, with the help of an integer program of classes."""
    task = residual(rows, used, eligible)
    pool = candidates(task, worth)
    items, missed = greedy(task, pool, scaled_values(worth, pool))
    if not missed:
        return Built(items, task, pool, False)
    below, above, counts = reachable(task)
    reserve_used = bool((below.any() or above.any()) and (reserve & ~eligible).any())
    if reserve_used:
        task = residual(rows, used, eligible | reserve)
        below, above, counts = reachable(task)
    task = widened(task, below, above)
    if not task.places:
        raise NothingEligible("no item is eligible: all were served, withdrawn or ruled out")
    pool = candidates(task, worth)
    items, _ = greedy(task, pool, scaled_values(worth, pool), best_of_classes(task, worth, counts))
    return Built(items, task, pool, reserve_used)


def scaled_values(worth: Floats, pool: Codes) -> Floats:
    """Values of candidates in [-1, 1], which weights and tolerances are made for."""
    values = worth[pool]
    return values / (float(np.abs(values).max(initial=0.0)) or 1.0)
