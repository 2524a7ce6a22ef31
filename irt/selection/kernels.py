"""The loops over items of selection, compiled. Metric D = 1.7, slope = D a; every operation rounds as it is written."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled_exactly
from irt.models import Floats

Places = NDArray[np.int64]
Order = NDArray[np.int32]
Bounds = NDArray[np.float32]
Mask = NDArray[np.bool_]


@compiled_exactly
def information(slope: float, logit: float, c: float) -> float:
    """Fisher information of an item where its logit is `logit`; `irt.information.item_information` says how."""
    small = math.exp(-abs(logit))
    near, far = 1.0 / (1.0 + small), small / (1.0 + small)
    up, down = (near, far) if logit >= 0.0 else (far, near)
    share = up / (c + (1.0 - c) * up) if c + up > 0.0 else 1.0
    return slope * slope * (1.0 - c) * down * up * share


@compiled_exactly
def averaged(
    theta: float, slope: float, b: float, c: float, se_b: float, z: Floats, weights: Floats, at: int, to: int
) -> float:
    """Information at theta averaged over b + se_b z; nodes `at` to `to` of z and weights."""
    total = 0.0
    for node in range(at, to):
        total += weights[node] * information(slope, slope * (theta - b - se_b * z[node]), c)
    return total


@compiled_exactly
def best_of(
    theta: float,
    kinds: Floats,
    nodes: Places,
    z: Floats,
    weights: Floats,
    order: Order,
    bound: Bounds,
    starts: Places,
    members: Places,
    allowed: Mask,
    places: Places,
    values: Floats,
) -> tuple[int, int, bool]:
    """Find the allowed items of highest information among `order`, whose bounds fall from first to last.

    kinds (kinds, 4): slope, b, c, se_b of items that are alike; nodes (kinds, 2): their nodes of z; members: the
    items of each kind, ascending, kind k at starts[k] to starts[k + 1]. Fills places and values from the front,
    best first, of equal ones the lowest place first. Returns how many were found, how many kinds were asked, and
    whether it ended because no bound that is left reaches the last of them.
    """
    most, found, asked = len(places), 0, 0
    for i in range(len(order)):
        if found == most and bound[i] < values[most - 1]:
            return found, asked, True
        kind = order[i]
        value, known = 0.0, False
        for j in range(starts[kind], starts[kind + 1]):
            place = members[j]
            if not allowed[place]:
                continue
            if not known:
                known, asked = True, asked + 1
                value = averaged(
                    theta, kinds[kind, 0], kinds[kind, 1], kinds[kind, 2], kinds[kind, 3], z, weights,
                    nodes[kind, 0], nodes[kind, 1],
                )  # fmt: skip
            if found == most and not _before(value, place, values[most - 1], places[most - 1]):
                break  # its other items lie behind it, and are worth as much
            found = min(found + 1, most)
            at = found - 1
            while at > 0 and _before(value, place, values[at - 1], places[at - 1]):
                values[at], places[at] = values[at - 1], places[at - 1]
                at -= 1
            values[at], places[at] = value, place
    return found, asked, False


@compiled_exactly
def _before(value: float, place: int, other: float, others: int) -> bool:
    return value > other or (value == other and place < others)
