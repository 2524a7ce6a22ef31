"""Which bounds give way, and by how much, when no full test meets them all any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.constraints import Kind
from irt.selection.programs import Program, program, solve
from irt.selection.residual import Residual

#: (kind, lower bound?) of the bounds that give way, those that give way last before the others: a test that
#: is shorter is worse than one with enemies, which is worse than too many of a topic, than too few of it, than
#: an item set cut short.
LAST_TO_GIVE_WAY: Final = (
    ((Kind.LENGTH, True),),
    ((Kind.ENEMIES, False),),
    ((Kind.QUOTA, False), (Kind.SET, False)),
    ((Kind.QUOTA, True),),
    ((Kind.SET, True),),
)


def reachable(task: Residual) -> tuple[Floats, Floats, Codes]:
    """(by how much each lower, and each upper bound must give way, items of each class that then make a test).

    Shapes (rows,), (rows,) and (classes,). All 0 where the bounds can be met. Otherwise the total by which
    bounds give way is made least for the kind that is to give way last, then with that held for the next one,
    and so on (`LAST_TO_GIVE_WAY`): lexicographic goal programming over classes of items.
    """
    columns = csr_array(task.rows.class_matrix)
    whole = program(columns, task.lower, task.upper, task.optional, task.sizes)
    plain = solve(np.zeros(len(whole.most)), whole)
    count = len(task.lower)
    if plain.x is not None:
        return np.zeros(count), np.zeros(count), _whole(plain.x[: columns.shape[1]])
    y = _least_slack(task, whole)
    wide = len(whole.most)
    return y[wide : wide + count], y[wide + count :], _whole(y[: columns.shape[1]])


def _least_slack(task: Residual, whole: Program) -> Floats:
    """Columns of the program, then the slack of each lower and of each upper bound."""
    count, wide = len(task.lower), len(whole.most)
    elastic = replace(
        whole,
        matrix=csr_array(hstack([whole.matrix, _slacks(whole, count)])),
        most=np.concatenate([whole.most, _limits(task)]),
    )
    y: Floats = np.empty(0)
    for level in LAST_TO_GIVE_WAY:
        goal = np.concatenate([np.zeros(wide), *(_of(task, level, low) for low in (True, False))])
        y = np.rint(solve(-goal, elastic).x)
        elastic = replace(
            elastic,
            matrix=csr_array(vstack([elastic.matrix, csr_array(goal[None, :])])),
            lower=np.append(elastic.lower, 0.0),
            upper=np.append(elastic.upper, goal @ y),
        )
    return y


def _slacks(whole: Program, count: int) -> csr_array:
    """+1 for the slack of a lower, -1 for that of an upper bound, shape (program rows, 2 count)."""
    k = np.flatnonzero(whole.rows >= 0)
    row = whole.rows[k]
    low = np.where(np.isfinite(whole.lower[k]), 1.0, 0.0)
    high = np.where(np.isfinite(whole.upper[k]), -1.0, 0.0)
    data = np.concatenate([low, high])
    return csr_array(
        (data, (np.concatenate([k, k]), np.concatenate([row, row + count]))),
        shape=(len(whole.rows), 2 * count),
    )


def _limits(task: Residual) -> Floats:
    """How far bounds may give way: without end, but that a test is never longer than it is to be."""
    limits = np.full(2 * len(task.lower), np.inf)
    limits[len(task.lower)] = 0.0
    return limits


def _of(task: Residual, level: tuple[tuple[Kind, bool], ...], low: bool) -> NDArray[np.float64]:
    kinds = [kind for kind, lower in level if lower == low]
    return np.isin(task.rows.kinds, kinds).astype(np.float64)


def _whole(x: Floats) -> Codes:
    return np.rint(x).astype(np.int64)
