"""What sessions would be by new item parameters, beside those by the old ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters
from irt.selection.decide import SelectionBank
from irt.simulation.delivery import Delivered, deliver
from irt.simulation.sitting import Delivery

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Side:
    """A set of parameters over the items of both, D = 1.7 metric; what is not servable has those of the other.

    servable: has parameters of its own and a slope above 0, shape (items,).
    """

    bank: SelectionBank
    servable: Bools

    @property
    def items(self) -> int:
        """How many may be served."""
        return int(self.servable.sum())


@dataclass(frozen=True, eq=False)
class Sides:
    """Items of two sets of parameters in one order, and both sets.

    true: by which learners answer: the new parameters, and the old ones of items that have no new ones.
    """

    true: ItemParameters
    old: Side
    new: Side

    @property
    def items(self) -> tuple[Hashable, ...]:
        """All of them, in order."""
        return self.true.items

    @property
    def common(self) -> int:
        """How many may be served on either side."""
        return int((self.old.servable & self.new.servable).sum())


def united(
    old: ItemParameters,
    new: ItemParameters,
    *,
    old_se_b: Floats | None = None,
    new_se_b: Floats | None = None,
) -> Sides:
    """Bring two sets of parameters on one scale together; items without usable ones on either side are left out.

    Args:
        old: parameters in use.
        new: parameters that may replace them.
        old_se_b: standard deviation of each old b, for decisions that carry it; None: they are certain.
        new_se_b: likewise.

    Raises:
        InvalidArgument: no item is usable.
    """
    usable = [_usable(bank, se_b) for bank, se_b in ((new, new_se_b), (old, old_se_b))]
    rows = {**usable[1], **usable[0]}
    items = [item for item in dict.fromkeys((*new.items, *old.items)) if item in rows]
    if not items:
        raise InvalidArgument("neither set of parameters has an item with a slope above 0")
    a, b, c, _ = np.array([rows[item] for item in items]).T
    sides = []
    for own in usable:
        columns = np.array([own.get(item, rows[item]) for item in items]).T
        servable = np.array([item in own for item in items])
        sides.append(Side(SelectionBank(*columns[:3], se_b=columns[3]), servable))
    return Sides(ItemParameters(items, a, b, c), old=sides[1], new=sides[0])


def on_side(
    sides: Sides, side: Side, delivery: Delivery, theta: Floats, seed: int, clock: Callable[[], float]
) -> Delivered:
    """Sessions by one of the sides; by the other with the same seed, the same simulees have the same luck.

    A side decides and scores by its own parameters and serves what it has parameters for, within what `delivery`
    lets be served; simulees answer by `sides.true`, so that both are judged by one yardstick.

    Args:
        sides: the items, with both sets of parameters.
        side: one of them.
        delivery: how sessions are given; its arrays are over all of `sides.items`.
        theta: of the simulees, shape (simulees,).
        seed: of luck, draws and decisions.
        clock: seconds from any origin.

    Raises:
        InvalidArgument: as `deliver`.
    """
    may = side.servable if delivery.servable is None else side.servable & delivery.servable
    return deliver(side.bank, sides.true, replace(delivery, servable=may), theta, seed, clock)


def _usable(bank: ItemParameters, se_b: Floats | None) -> dict[Hashable, tuple[float, float, float, float]]:
    """Parameters, with the error of b, of the items that can be chosen."""
    error = np.zeros(len(bank.items)) if se_b is None else np.nan_to_num(np.asarray(se_b, dtype=np.float64))
    told = zip(bank.a.tolist(), bank.b.tolist(), bank.c.tolist(), error.tolist(), strict=True)
    return {
        item: row
        for item, row in zip(bank.items, told, strict=True)
        if np.isfinite(row).all() and row[0] > 0.0
    }
