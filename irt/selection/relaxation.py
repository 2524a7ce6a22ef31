"""The linear relaxation of a shadow test over any number of candidates, by column generation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.programs import program
from irt.selection.residual import Residual, columns_of

#: Sums of values in [-1, 1] closer than this are one to the solver.
SAME: Final = 1e-7
#: Candidates that the first program has, and that each further one gets, at most.
_COLUMNS: Final = 150


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The optimum of the relaxation over all candidates.

    Attributes:
        share: of each candidate in it, from 0 to 1, shape (candidates,).
        bound: its value, which no choice exceeds.
        cost: shape (candidates,): a choice without a candidate of share 1, or with one of share 0, is worth
            at most bound - |cost|.
        prices: shape (rows,): what one more item in each row of the blueprint would cost, an optimum of the
            dual; above 0 where an upper bound holds back, below 0 where a lower one asks.
    """

    share: Floats
    bound: float
    cost: Floats
    prices: Floats

    @property
    def divided(self) -> NDArray[np.bool_]:
        """Candidates that the optimum takes a part of."""
        return np.minimum(self.share, 1.0 - self.share) > SAME

    @property
    def whole(self) -> bool:
        """Whether it takes none in part, and so is a choice."""
        return not self.divided.any()


def relaxation(
    task: Residual,
    items: Codes,
    values: Floats,
    chosen: Codes,
    clock: Callable[[], float],
    deadline: float | None,
) -> Relaxation | None:
    """The relaxation's optimum, given positions `chosen` of candidates that meet the bounds; None if time was out.

    Solved over these and the candidates of the highest values; then those that its dual prices show to be
    worth their places join, until there are none (column generation: Dantzig & Wolfe 1960). The prices then
    are an optimum of the dual over all candidates.
    """
    columns = columns_of(task, items)
    by_value = np.argsort(-values, kind="stable")
    inside = np.union1d(chosen, by_value[:_COLUMNS])
    while True:
        left = None if deadline is None else deadline - clock()
        if left is not None and left <= 0.0:
            return None
        solved = _solved(task, csr_array(columns[:, inside]), values[inside], left)
        if solved is None:
            return None
        share, bound, cost, prices = solved
        worth = values - columns.T @ prices
        worth[inside] = -np.inf
        better = np.flatnonzero(worth > SAME)
        if not len(better):
            shares, costs = np.zeros(len(items)), worth
            shares[inside], costs[inside] = share, cost
            return Relaxation(shares, bound, costs, prices)
        inside = np.union1d(inside, better[np.argsort(-worth[better], kind="stable")[:_COLUMNS]])


def _solved(
    task: Residual, columns: csr_array, values: Floats, seconds: float | None
) -> tuple[Floats, float, Floats, Floats] | None:
    """(shares, value, reduced costs, price of each row of the blueprint); None if time was out."""
    wide = len(values)
    whole = program(columns, task.lower, task.upper, task.optional, np.ones(wide))
    same = whole.lower == whole.upper
    up, down = np.isfinite(whole.upper) & ~same, np.isfinite(whole.lower) & ~same
    result = linprog(
        np.concatenate([-values, np.zeros(len(whole.most) - wide)]),
        A_ub=vstack([whole.matrix[up], -whole.matrix[down]], format="csr"),
        b_ub=np.concatenate([whole.upper[up], -whole.lower[down]]),
        A_eq=whole.matrix[same],
        b_eq=whole.lower[same],
        bounds=(0.0, 1.0),
        method="highs",
        options={"time_limit": np.inf if seconds is None else seconds},
    )
    if result.status != 0 or result.x is None or result.fun is None:
        return None
    cost = (result.lower.marginals + result.upper.marginals)[:wide]
    # What one more in each program row costs: both sides of a row have a dual, and one is 0.
    dual = np.zeros(len(whole.rows))
    dual[same] = -result.eqlin.marginals
    dual[up] -= result.ineqlin.marginals[: up.sum()]
    dual[down] += result.ineqlin.marginals[up.sum() :]
    asked = whole.rows >= 0
    prices: Floats = np.zeros(len(task.lower))
    np.add.at(prices, whole.rows[asked], dual[asked])
    return result.x[:wide], -float(result.fun), cost, prices
