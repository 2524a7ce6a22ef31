"""The best full test: what its linear relaxation leaves open, HiGHS decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.programs import program, solve
from irt.selection.relaxation import SAME, Relaxation, relaxation
from irt.selection.residual import Residual, columns_of

#: Candidates in the first integer program, and how many times more in each further one.
_FIRST: Final = 100
_TIMES: Final = 4


@dataclass(frozen=True, eq=False)
class Improvement:
    """What was found above a test in hand.

    Attributes:
        items: a better choice; None where none was found.
        bound: no choice has a higher sum of values than this.
        proven: whether `items`, or the test in hand where that is None, is known to be the best.
        solves: programs solved to their end: the relaxation, then integer ones.
        considered: candidates in the last integer program that was begun, 0 without one.
        prices: of the rows, as in `Relaxation`; empty where time was out for it.
        relaxed_by: `clock` when the linear relaxation was solved.
    """

    items: Codes | None
    bound: float
    proven: bool
    solves: int
    considered: int
    prices: Floats
    relaxed_by: float


def improve(
    task: Residual,
    items: Codes,
    values: Floats,
    chosen: Codes,
    clock: Callable[[], float],
    deadline: float | None,
    solves: int | None,
) -> Improvement:
    """The best choice among candidates, given that `chosen` of them meet the bounds.

    The linear relaxation bounds what any choice can reach, and says for each candidate what a choice with it, or
    without it, can reach at most (`irt.selection.relaxation`). Where that is no more than what is in hand, the
    candidate is fixed as the relaxation has it (reduced-cost fixing: Nemhauser & Wolsey 1988): whatever is
    better survives this. Of the others HiGHS gets the 100 that the relaxation is least sure of; with the better
    choice that it finds more are fixed, and only if others remain it gets four times as many, and so on.

    What HiGHS had not solved to its end when time was out is not used, so that the answer depends on the number
    of `solves` alone.

    Args:
        task: the bounds.
        items: candidates.
        values: of the candidates, shape (len(items),), in [-1, 1].
        chosen: items that meet the bounds.
        clock: seconds.
        deadline: by the clock; None for none.
        solves: programs to be solved at most, the relaxation first; None until the best is proven.
    """
    at = np.flatnonzero(np.isin(items, chosen))
    known, best = float(values[at].sum()), at
    relaxed = relaxation(task, items, values, at, clock, deadline)
    now = clock()
    if relaxed is None:
        return Improvement(None, loosest(values, task.places), False, 0, 0, np.zeros(0), now)
    if relaxed.whole and relaxed.bound > known + SAME:
        known, best = relaxed.bound, np.flatnonzero(relaxed.share > 0.5)
    done, tried, size = 1, np.zeros(0, dtype=np.int64), _FIRST
    while len(unsure := _unsure(relaxed, known)) and not np.isin(unsure, tried).all():
        if done == solves or (deadline is not None and clock() >= deadline):
            break
        tried, size = unsure[:size], size * _TIMES
        found = _chosen(task, items, values, relaxed, tried, None if deadline is None else deadline - clock())
        if found is None:
            break
        done += 1
        if values[found].sum() > known + SAME:
            known, best = float(values[found].sum()), found
    else:
        relaxed = replace(relaxed, bound=known)
    return Improvement(
        items=None if best is at else items[best],
        bound=relaxed.bound,
        proven=relaxed.bound == known,
        solves=done,
        considered=len(tried),
        prices=relaxed.prices,
        relaxed_by=now,
    )


def _unsure(relaxed: Relaxation, known: float) -> Codes:
    """Candidates that a choice worth more than `known` may have otherwise than the relaxation, likeliest first."""
    if relaxed.bound <= known + SAME:
        return np.zeros(0, dtype=np.int64)
    loss = np.where(relaxed.divided, 0.0, np.abs(relaxed.cost))
    order = np.argsort(loss, kind="stable")
    return order[: int((relaxed.bound - loss > known + SAME).sum())]


def _chosen(
    task: Residual, items: Codes, values: Floats, relaxed: Relaxation, unsure: Codes, seconds: float | None
) -> Codes | None:
    """The best choice with all but the unsure as the relaxation has them; None if time was out.

    Empty where there is none: what the relaxation has whole may not fit the others.
    """
    kept = np.union1d(unsure, np.flatnonzero(relaxed.share > 0.5))
    whole = program(columns_of(task, items[kept]), task.lower, task.upper, task.optional, np.ones(len(kept)))
    sets = np.zeros(len(whole.most) - len(kept))
    result = solve(
        np.concatenate([values[kept], sets]),
        whole,
        least=np.concatenate([np.where(np.isin(kept, unsure), 0.0, 1.0), sets]),
        seconds=seconds,
    )
    if result.status == 1:
        return None
    return kept[:0] if result.x is None else kept[result.x[: len(kept)] > 0.5]


def loosest(values: Floats, places: int) -> float:
    """The sum of the highest values: a bound that no constraint enters."""
    return float(np.sort(values)[::-1][:places].sum())
