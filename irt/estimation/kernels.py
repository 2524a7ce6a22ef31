"""The loops over answers, compiled: the posterior of a person over the nodes, and what is summed from it.

Shapes: starts (persons + 1,), cells (entries,), the rows of `table` that belong to a person;
table and counts (rows, nodes); log_weights and mass (groups, nodes); group (persons,). The number of nodes
is a multiple of LANE. A window (persons, 2) says, in lanes, at which nodes a person's posterior has any
weight: what lies outside is not computed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled, compiled_exactly
from irt.estimation.elementary import exponential, logarithm
from irt.estimation.lanes import LANE, add_rows, add_to_rows
from irt.models import Floats

Starts = NDArray[np.int64]
Cells = NDArray[np.int32]
Groups = NDArray[np.int32]
Windows = NDArray[np.uint8]

#: Nodes whose weight is below exp(-28), 7e-13, of the largest are left out.
CUT = 28.0
#: Persons who are taken through the lanes together: a few, whose posteriors fit into the cache beside a lane;
#: many where a lane does not fit either and every visit should serve as many as it can.
_FEW_TOGETHER, _MANY_TOGETHER, _LARGE = 512, 16_384, 30_000


@compiled
def posterior(
    cells: Cells, first: int, last: int, table: Floats, log_weights: Floats, window: Windows, out: Floats
) -> tuple[float, int, int]:
    """Set `out` between low and high to a person's posterior; return (log-likelihood, low, high).

    Tried within `window` first. Where the posterior has weight at an edge of it, all nodes are taken
    instead. `window` is moved to where the weight was found, with a node to spare on either side.
    """
    low, high = LANE * int(window[0]), LANE * int(window[1])
    log_posterior(cells, first, last, table, log_weights, low, high, out)
    if spills(out, low, high):
        low, high = 0, len(log_weights)
        log_posterior(cells, first, last, table, log_weights, low, high, out)
    return normalize(out, low, high, window), low, high


@compiled_exactly
def log_posterior(
    cells: Cells, first: int, last: int, table: Floats, log_weights: Floats, low: int, high: int, out: Floats
) -> None:
    """Set out[low:high] to the log joint density of answers and node."""
    own = out[low:high]
    prior = log_weights[low:high]
    for q in range(len(own)):
        own[q] = prior[q]
    for k in range(first, last):
        row = table[cells[k], low:high]
        for q in range(len(own)):
            own[q] += row[q]


@compiled_exactly
def highest(values: Floats) -> float:
    """The largest value, by as many running maxima as a lane has nodes; so many, or a multiple, are given."""
    a, b, c, d = values[0], values[1], values[2], values[3]
    for q in range(LANE, len(values), LANE):
        a, b = max(a, values[q]), max(b, values[q + 1])
        c, d = max(c, values[q + 2]), max(d, values[q + 3])
    return float(max(a, b, c, d))


@compiled_exactly
def total(values: Floats) -> float:
    """The sum, by as many running sums as a lane has nodes: in an order of its own, whatever compiles it."""
    a, b, c, d = values[0], values[1], values[2], values[3]
    for q in range(LANE, len(values), LANE):
        a += values[q]
        b += values[q + 1]
        c += values[q + 2]
        d += values[q + 3]
    return float((a + b) + (c + d))


@compiled_exactly
def spills(out: Floats, low: int, high: int) -> bool:
    """Whether a log density has weight at an edge of low to high behind which there are more nodes."""
    top = highest(out[low:high])
    return bool((low > 0 and out[low] > top - CUT) or (high < len(out) and out[high - 1] > top - CUT))


@compiled_exactly
def normalize(out: Floats, low: int, high: int, window: Windows) -> float:
    """Turn the log joint density between low and high into the posterior; return the log-likelihood."""
    own = out[low:high]
    top = highest(own)
    left, right = low, high - 1
    while out[left] < top - CUT:
        left += 1
    while out[right] < top - CUT:
        right -= 1
    window[0] = max(left - 1, 0) // LANE
    window[1] = min((right + 1) // LANE + 1, len(out) // LANE)
    for q in range(len(own)):
        own[q] = exponential(own[q] - top)
    mass = total(own)
    share = 1.0 / mass
    for q in range(len(own)):
        own[q] *= share
    return float(top + np.log(mass))


@compiled_exactly
def expect(  # noqa: PLR0912 - three rounds over the same persons
    starts: Starts,
    cells: Cells,
    group: Groups,
    table: Floats,
    log_weights: Floats,
    windows: Windows,
    counts: Floats,
    mass: Floats,
) -> float:
    """Add the expected answers at each node to `counts`, persons to `mass`; return the log-likelihood.

    table and counts in lanes (nodes / LANE, rows, LANE). Some persons at a time go through the table lane by
    lane, so that it is a lane and not a table that must stay in the cache.
    """
    lanes, rows = table.shape[0], table.shape[1]
    lines, sums = table.reshape(table.size), counts.reshape(counts.size)
    nodes = lanes * LANE
    most = _MANY_TOGETHER if rows > _LARGE else _FEW_TOGETHER
    together = np.empty((min(most, max(len(starts) - 1, 1)), nodes))
    flat = together.reshape(together.size)
    tried = np.empty((len(together), 2), dtype=np.int64)
    found = 0.0
    for begin in range(0, len(starts) - 1, most):
        people = min(most, len(starts) - 1 - begin)
        for i in range(people):
            tried[i, 0], tried[i, 1] = int(windows[begin + i, 0]), int(windows[begin + i, 1])
            if starts[begin + i] == starts[begin + i + 1]:
                tried[i, 1] = tried[i, 0] = 0
            together[i] = log_weights[group[begin + i]]
        for lane in range(lanes):
            for i in range(people):
                if tried[i, 0] <= lane < tried[i, 1]:
                    first, last = starts[begin + i], starts[begin + i + 1]
                    add_rows(lines, lane * rows * LANE, cells, first, last, flat, i * nodes + lane * LANE)
        for i in range(people):
            first, last = starts[begin + i], starts[begin + i + 1]
            if first == last:
                continue
            own = together[i]
            if spills(own, LANE * tried[i, 0], LANE * tried[i, 1]):
                for lane in range(lanes):
                    if not tried[i, 0] <= lane < tried[i, 1]:
                        add_rows(lines, lane * rows * LANE, cells, first, last, flat, i * nodes + lane * LANE)
                tried[i, 0], tried[i, 1] = 0, lanes
            low, high = LANE * tried[i, 0], LANE * tried[i, 1]
            found += normalize(own, low, high, windows[begin + i])
            weight, everyone = own[low:high], mass[group[begin + i], low:high]
            for q in range(len(weight)):
                everyone[q] += weight[q]
        for lane in range(lanes):
            for i in range(people):
                if tried[i, 0] <= lane < tried[i, 1]:
                    first, last = starts[begin + i], starts[begin + i + 1]
                    add_to_rows(sums, lane * rows * LANE, cells, first, last, flat, i * nodes + lane * LANE)
    return found


@compiled_exactly
def fill_table(parameters: Floats, theta: Floats, table: Floats) -> None:
    """Log probabilities of a wrong (row 2 * item) and a right answer (2 * item + 1) at every node.

    log P = -log(1 + exp(-x)) and log(1 - P) = -log(1 + exp(x)) where c = 0, both from exp(-|x|), so that
    neither curve is lost far from its item.
    """
    for item in range(len(parameters)):
        slope, intercept, c = parameters[item, 0], parameters[item, 1], parameters[item, 2]
        wrong, right = table[2 * item], table[2 * item + 1]
        if c == 0.0:
            for q in range(len(theta)):
                x = slope * theta[q] + intercept
                bend = logarithm(1.0 + exponential(-abs(x)))
                right[q] = min(x, 0.0) - bend
                wrong[q] = -max(x, 0.0) - bend
        else:
            floor = np.log(1.0 - c)
            for q in range(len(theta)):
                x = slope * theta[q] + intercept
                small = exponential(-abs(x))
                rising = (1.0 if x > 0.0 else small) / (1.0 + small)
                right[q] = logarithm(c + (1.0 - c) * rising)
                wrong[q] = floor - max(x, 0.0) - logarithm(1.0 + small)


@compiled_exactly
def pattern_table(digits: NDArray[np.int32], table: Floats, out: Floats) -> None:
    """Sum the rows of `table` that each pattern stands for, all in lanes; digits (patterns, size), -1 for none."""
    size = digits.shape[1]
    used = np.empty(size, dtype=np.int32)
    source, target = table.reshape(table.size), out.reshape(out.size)
    target[:] = 0.0
    for pattern in range(len(digits)):
        there = 0
        for k in range(size):
            if digits[pattern, k] >= 0:
                used[there] = digits[pattern, k]
                there += 1
        for lane in range(len(table)):
            at = (lane * len(digits) + pattern) * LANE
            add_rows(source, lane * table.shape[1] * LANE, used, 0, there, target, at)


@compiled_exactly
def fold_pattern_lanes(digits: NDArray[np.int32], sums: Floats, out: Floats) -> None:
    """`fold_patterns` where the sums come in lanes (nodes / LANE, patterns, LANE)."""
    own = np.empty((1, out.shape[1]))
    for pattern in range(len(digits)):
        for lane in range(len(sums)):
            for k in range(LANE):
                own[0, LANE * lane + k] = sums[lane, pattern, k]
        fold_patterns(digits[pattern : pattern + 1], own, out)


@compiled_exactly
def fold_patterns(digits: NDArray[np.int32], sums: Floats, out: Floats) -> None:
    """Add what was summed by pattern to the cells that the pattern stands for."""
    for pattern in range(len(digits)):
        own = sums[pattern]
        for cell in digits[pattern]:
            if cell >= 0:
                row = out[cell]
                for q in range(len(own)):
                    row[q] += own[q]


@compiled
def pack(
    starts: Starts,
    cells: Cells,
    block: NDArray[np.int32],
    power: NDArray[np.int32],
    radix: int,
    offset: NDArray[np.int32],
    out_starts: Starts,
    out_cells: Cells,
) -> int:
    """Write the patterns of every person, one for each block with an answer; return how many there are.

    An item is digit `power` of its block: 1 for wrong and 2 for right where radix is 3 (0: no answer), else
    0 and 1. Items of a person ascend, and so do blocks.
    """
    written = 0
    for person in range(len(starts) - 1):
        out_starts[person] = written
        current = np.int32(-1)
        for k in range(starts[person], starts[person + 1]):
            item, right = cells[k] >> 1, cells[k] & 1
            if block[item] != current:
                current = block[item]
                out_cells[written] = offset[current]
                written += 1
            out_cells[written - 1] += power[item] * (right + radix - 2)
    out_starts[len(starts) - 1] = written
    return written


@compiled
def rest_sums(
    starts: Starts, cells: Cells, answers: NDArray[np.int64], residual: Floats, sums: Floats
) -> None:
    """Add to `sums` (rows, 6), of the persons who have a row, what `starting.rest_correlation` needs.

    answers and residual (rows,): how many answers a row stands for, and their sum of (answer - proportion
    correct). With t the person's total residual and w = 1 / (answers - 1): 1, w t, w, (w t)^2, w^2 t, w^2.
    """
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        t, n = 0.0, 0
        for k in range(first, last):
            t += residual[cells[k]]
            n += answers[cells[k]]
        if n < 2:
            continue
        w = 1.0 / (n - 1)
        for k in range(first, last):
            row = sums[cells[k]]
            row[0] += 1.0
            row[1] += w * t
            row[2] += w
            row[3] += w * t * w * t
            row[4] += w * w * t
            row[5] += w * w
