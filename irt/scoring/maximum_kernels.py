"""The theta at which a person's likelihood, posterior or weighted likelihood is highest, compiled.

Shapes as in `posterior_kernels`. The likelihood of a 3PL may have several maxima:
nodes are scanned, every maximum between them is climbed, and the highest counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.models import Floats
from irt.scoring.posterior_kernels import Cells, Starts, log_likelihood

#: What is maximised.
LIKELIHOOD, WEIGHTED = 0, 1
Codes = NDArray[np.int8]
#: What came of it; `irt.scoring.result` has the words.
FOUND, NO_ANSWER, RISES_DOWN, RISES_UP, FLAT, AT_LOW, AT_HIGH = 0, 1, 2, 3, 4, 5, 6


@compiled
def slope(
    cells: Cells, first: int, last: int, items: Floats, x: float, mean: float, precision: float, kind: int
) -> tuple[float, float, float]:
    """(first derivative, second derivative, test information) at theta = x.

    Of log-likelihood plus normal log prior, or with Warm's (1989) J / (2 I) added to the first derivative:
    I = sum of P'^2 / PQ, J = sum of P' P'' / PQ. With L the logistic curve, k the logistic slope and
    s = (1 - c) L / P, an item has I = k^2 L (1 - L) s, J = I k (1 - 2L).
    """
    g, h, information, turned, d_information, d_turned = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(first, last):
        row = cells[k]
        item = row >> 1
        a, c = items[item, 0], items[item, 2]
        z = a * x + items[item, 1]
        e = np.exp(-abs(z))
        near, far = 1.0 / (1.0 + e), e / (1.0 + e)
        up, down = (near, far) if z >= 0.0 else (far, near)
        share = 1.0 if c == 0.0 else (1.0 - c) * up / (c + (1.0 - c) * up)
        if (row & 1) == 1:
            g += a * down * share
            h += a * a * down * share * (down * (1.0 - share) - up)
        else:
            g -= a * up
            h -= a * a * up * down
        one = a * a * up * down * share
        information += one
        if kind == WEIGHTED:
            turn = a * (down - up)
            d_one = one * a * (2.0 - 3.0 * up - down * share)
            turned += one * turn
            d_information += d_one
            d_turned += d_one * turn - 2.0 * one * a * a * up * down
    if kind == WEIGHTED and information > 0.0:
        ratio = turned / information
        g += 0.5 * ratio
        h += 0.5 * (d_turned / information - ratio * (d_information / information))
    return g - precision * (x - mean), h - precision, information


@compiled
def root(
    cells: Cells,
    first: int,
    last: int,
    items: Floats,
    mean: float,
    precision: float,
    kind: int,
    low: float,
    high: float,
    x: float,
) -> tuple[float, float, float]:
    """(theta, second derivative, information) where the first derivative falls through 0 in (low, high).

    Newton's method; where its step leaves what is still enclosed, or the curve is not concave, the middle.
    """
    h, information = 0.0, 0.0
    for _ in range(200):
        g, h, information = slope(cells, first, last, items, x, mean, precision, kind)
        if g > 0.0:
            low = x
        elif g < 0.0:
            high = x
        else:
            break
        new = x - g / h if h < 0.0 else high
        if not low < new < high:
            new = 0.5 * (low + high)
        moved = abs(new - x)
        x = new
        if moved <= 1e-12 * (1.0 + abs(x)):
            break
    return x, h, information


@compiled
def outward(
    cells: Cells,
    first: int,
    last: int,
    items: Floats,
    mean: float,
    precision: float,
    kind: int,
    end: float,
    direction: float,
) -> tuple[float, float, bool]:
    """(last theta tried, the one before, whether the ascent ends between) walking on from the last node."""
    near, step = end, 1.0
    far = end
    for _ in range(8):
        far = near + direction * step
        g, _h, _i = slope(cells, first, last, items, far, mean, precision, kind)
        if g * direction < 0.0:
            return far, near, True
        near, step = far, 2.0 * step
    return far, near, False


@compiled
def scan(
    cells: Cells,
    first: int,
    last: int,
    kind: int,
    table: Floats,
    warm: Floats,
    height: Floats,
    scratch: Floats,
) -> None:
    """Add to `height`, at each node, the log-likelihood or, of the weighted likelihood, its derivative.

    table (2 * items, nodes) has the log probabilities or their derivatives; warm (2 * items, nodes) an item's
    I and J in rows 2 * item and 2 * item + 1. scratch (2, nodes).
    """
    nodes = len(height)
    for k in range(first, last):
        row = cells[k]
        for q in range(nodes):
            height[q] += table[row, q]
    if kind == WEIGHTED:
        scratch[:] = 0.0
        for k in range(first, last):
            row = (cells[k] >> 1) << 1
            for q in range(nodes):
                scratch[0, q] += warm[row, q]
                scratch[1, q] += warm[row + 1, q]
        for q in range(nodes):
            if scratch[0, q] > 0.0:
                height[q] += 0.5 * scratch[1, q] / scratch[0, q]


@compiled
def peaks(
    cells: Cells,
    first: int,
    last: int,
    items: Floats,
    theta: Floats,
    mean: float,
    precision: float,
    kind: int,
    height: Floats,
    cell: Starts,
    start: Floats,
    value: Floats,
) -> int:
    """Number of maxima between nodes; of each the cell (-1 below all nodes), where to start, its height.

    Cell q lies between nodes q and q + 1. Heights are to the precision of the nodes, from an origin of their
    own.
    """
    nodes, found, risen = len(theta), 0, 0.0
    for q in range(-1 if kind == WEIGHTED else 0, nodes):
        if kind == WEIGHTED:
            before = height[q] if q >= 0 else 1.0
            after = height[q + 1] if q < nodes - 1 else -1.0
            if before > 0.0 and after <= 0.0:
                cell[found], value[found] = q, risen
                start[found] = theta[max(q, 0)]
                if 0 <= q < nodes - 1:
                    part = before / (before - after) * (theta[q + 1] - theta[q])
                    start[found] += part
                    value[found] += 0.5 * before * part
                found += 1
            if 0 <= q < nodes - 1:
                risen += 0.5 * (before + after) * (theta[q + 1] - theta[q])
        elif (q == 0 or height[q - 1] < height[q]) and (q == nodes - 1 or height[q + 1] <= height[q]):
            g, h, _i = slope(cells, first, last, items, theta[q], mean, precision, kind)
            cell[found], value[found] = (q if g >= 0.0 else q - 1), height[q]
            start[found] = theta[q] - g / h if h < 0.0 else theta[q]
            found += 1
    return found


@compiled
def highest(
    begin: int,
    end: int,
    starts: Starts,
    cells: Cells,
    items: Floats,
    table: Floats,
    warm: Floats,
    theta: Floats,
    mean: Floats,
    precision: Floats,
    kind: int,
    bounded: bool,
    estimate: Floats,
    se: Floats,
    code: Codes,
) -> None:
    """Set estimate, se and code (persons,) of persons begin to end.

    precision (persons,) is 1 / sd^2 of the normal prior, 0 for none. The se is 1 / sqrt(test information), or
    with a prior 1 / sqrt(-second derivative of the log-posterior). With `bounded` nothing is looked for
    outside the nodes, and a maximum at their end is one.
    """
    nodes = len(theta)
    height, scratch = np.empty(nodes), np.empty((2, nodes))
    cell, start, value = np.empty(nodes + 1, dtype=np.int64), np.empty(nodes + 1), np.empty(nodes + 1)
    for person in range(begin, end):
        first, last, m, w = starts[person], starts[person + 1], mean[person], precision[person]
        estimate[person], se[person], code[person] = np.nan, np.nan, NO_ANSWER
        if first == last:
            if w > 0.0:
                estimate[person], se[person], code[person] = m, 1.0 / np.sqrt(w), FOUND
            continue
        for q in range(nodes):
            height[q] = -0.5 * w * (theta[q] - m) ** 2
        scan(cells, first, last, kind, table, warm, height, scratch)
        found = peaks(cells, first, last, items, theta, m, w, kind, height, cell, start, value)
        best = -np.inf
        for i in range(found):
            x, h, information, said = climb(
                cells, first, last, items, theta, m, w, kind, bounded, cell[i], start[i]
            )
            if found > 1 and kind == LIKELIHOOD:
                value[i] = log_likelihood(cells, first, last, items, x) - 0.5 * w * (x - m) ** 2
            if not value[i] > best:
                continue
            best = value[i]
            estimate[person] = x if said in (FOUND, AT_LOW, AT_HIGH) else np.nan
            curvature = -h if w > 0.0 else information
            se[person] = 1.0 / np.sqrt(curvature) if said == FOUND and curvature > 0.0 else np.nan
            code[person] = said


@compiled
def climb(
    cells: Cells,
    first: int,
    last: int,
    items: Floats,
    theta: Floats,
    mean: float,
    precision: float,
    kind: int,
    bounded: bool,
    cell: int,
    start: float,
) -> tuple[float, float, float, int]:
    """(theta, second derivative, information, code) of the maximum in a cell.

    Beyond the nodes a likelihood alone is not followed: in the 3PL it may have a maximum at -50, with a
    standard error of billions.
    """
    outer, down = cell in (-1, len(theta) - 1), cell == -1
    if outer and bounded:
        return theta[max(cell, 0)], 0.0, 0.0, AT_LOW if down else AT_HIGH
    if outer and precision == 0.0 and kind == LIKELIHOOD:
        return theta[max(cell, 0)], 0.0, 0.0, RISES_DOWN if down else RISES_UP
    low, high = theta[max(cell, 0)], theta[min(cell + 1, len(theta) - 1)]
    if outer:
        direction = -1.0 if down else 1.0
        far, near, ends = outward(cells, first, last, items, mean, precision, kind, low, direction)
        if not ends:
            return far, 0.0, 0.0, RISES_DOWN if down else RISES_UP
        low, high = min(far, near), max(far, near)
    if not low < start < high:
        start = 0.5 * (low + high)
    x, h, information = root(cells, first, last, items, mean, precision, kind, low, high, start)
    if precision == 0.0 and not information > 0.0:
        return x, h, information, FLAT
    return x, h, information, FOUND
