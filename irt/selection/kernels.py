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

#: No chance is taken for smaller: its logarithm would be infinite.
SMALLEST = 1e-300


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


@compiled_exactly
def of_all(theta: float, kinds: Floats, nodes: Places, z: Floats, weights: Floats, out: Floats) -> None:
    """Information at theta of each kind of item."""
    for k in range(len(kinds)):
        out[k] = averaged(
            theta, kinds[k, 0], kinds[k, 1], kinds[k, 2], kinds[k, 3], z, weights, nodes[k, 0], nodes[k, 1]
        )


@compiled_exactly
def expected_right(
    theta: float, slope: float, b: float, c: float, se_b: float, z: Floats, weights: Floats, at: int, to: int
) -> float:
    """P(right | theta) averaged over b + se_b z."""
    total = 0.0
    for node in range(at, to):
        total += weights[node] / (1.0 + math.exp(-slope * (theta - b - se_b * z[node])))
    return c + (1.0 - c) * total


@compiled_exactly
def over_posterior(
    criterion: int,
    at: float,
    theta: Floats,
    posterior: Floats,
    kinds: Floats,
    nodes: Places,
    z: Floats,
    weights: Floats,
    out: Floats,
) -> None:
    """One criterion of each kind of item over a posterior on nodes theta, its weights summing to 1.

    0: information averaged over the posterior; 1: Kullback-Leibler information of `at` against theta, averaged;
    2: the variance of the posterior after the answer, as expected before it; theta is then to be centred on the mean.
    """
    for k in range(len(kinds)):
        slope, b, c, se_b = kinds[k, 0], kinds[k, 1], kinds[k, 2], kinds[k, 3]
        first, last = nodes[k, 0], nodes[k, 1]
        if criterion == 0:
            total = 0.0
            for i in range(len(theta)):
                total += posterior[i] * averaged(theta[i], slope, b, c, se_b, z, weights, first, last)
            out[k] = total
            continue
        if criterion == 1:
            known = expected_right(at, slope, b, c, se_b, z, weights, first, last)
            total = 0.0
            for i in range(len(theta)):
                right = expected_right(theta[i], slope, b, c, se_b, z, weights, first, last)
                total += posterior[i] * _divergence(known, right)
            out[k] = total
            continue
        right, first_moment, second_moment, whole, whole_first, whole_second = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(len(theta)):
            share = posterior[i] * expected_right(theta[i] + at, slope, b, c, se_b, z, weights, first, last)
            right += share
            first_moment += share * theta[i]
            second_moment += share * theta[i] * theta[i]
            whole += posterior[i]
            whole_first += posterior[i] * theta[i]
            whole_second += posterior[i] * theta[i] * theta[i]
        out[k] = _remaining(right, first_moment, second_moment) + _remaining(
            whole - right, whole_first - first_moment, whole_second - second_moment
        )


@compiled_exactly
def _remaining(chance: float, first: float, second: float) -> float:
    """Chance of an answer times the variance after it, from its moments."""
    return max(second - first * first / chance, 0.0) if chance > 0.0 else 0.0


@compiled_exactly
def _divergence(known: float, other: float) -> float:
    """Kullback-Leibler divergence of an answer that is right with chance `other` from one with chance `known`."""
    total = 0.0
    if known > 0.0:
        total += known * math.log(known / max(other, SMALLEST))
    if known < 1.0:
        total += (1.0 - known) * math.log((1.0 - known) / max(1.0 - other, SMALLEST))
    return total
