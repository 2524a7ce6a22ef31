"""The loops over answers, compiled: the posterior of a person over the nodes, and what is summed from it.

They stand in one file because a cached kernel is built anew only when its own file changes, and they call
one another. Shapes: starts (persons + 1,), cells (entries,), the rows of `table` that belong to a person;
table and counts (rows, nodes); log_weights and mass (groups, nodes); group (persons,). The number of nodes
is a multiple of BLOCK. A window (persons, 2) says, in blocks, at which nodes a person's posterior has any
weight: what lies outside is not computed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.estimation.elementary import exponential, logarithm
from irt.models import Floats

Starts = NDArray[np.int64]
Cells = NDArray[np.int32]
Groups = NDArray[np.int32]
Windows = NDArray[np.uint8]

#: Nodes come in blocks of so many: one cache line of a table.
BLOCK = 8
#: Nodes whose weight is below exp(-28), 7e-13, of the largest are left out.
CUT = 28.0


@compiled
def log_posterior(
    cells: Cells, first: int, last: int, table: Floats, log_weights: Floats, low: int, high: int, out: Floats
) -> float:
    """Set out[low:high] to the log joint density of answers and node, up to a constant; return its maximum."""
    own = out[low:high]
    prior = log_weights[low:high]
    for q in range(len(own)):
        own[q] = prior[q]
    for k in range(first, last):
        row = table[cells[k], low:high]
        for q in range(len(own)):
            own[q] += row[q]
    top = own[0]
    for q in range(len(own)):
        top = max(top, own[q])
    return float(top)


@compiled
def posterior(
    cells: Cells, first: int, last: int, table: Floats, log_weights: Floats, window: Windows, out: Floats
) -> tuple[float, int, int]:
    """Set `out` between low and high to a person's posterior; return (log-likelihood, low, high).

    Tried within `window` first. Where the posterior has weight at an edge of it, all nodes are taken
    instead. `window` is moved to where the weight was found, with a node to spare on either side.
    """
    nodes = len(log_weights)
    low, high = BLOCK * int(window[0]), BLOCK * int(window[1])
    top = log_posterior(cells, first, last, table, log_weights, low, high, out)
    if (low > 0 and out[low] > top - CUT) or (high < nodes and out[high - 1] > top - CUT):
        low, high = 0, nodes
        top = log_posterior(cells, first, last, table, log_weights, low, high, out)
    left, right = low, high - 1
    while out[left] < top - CUT:
        left += 1
    while out[right] < top - CUT:
        right -= 1
    window[0] = max(left - 1, 0) // BLOCK
    window[1] = min((right + 1) // BLOCK + 1, nodes // BLOCK)
    own = out[low:high]
    mass = 0.0
    for q in range(len(own)):
        own[q] = exponential(own[q] - top)
        mass += own[q]
    share = 1.0 / mass
    for q in range(len(own)):
        own[q] *= share
    return top + np.log(mass), low, high


@compiled
def expect(
    starts: Starts,
    cells: Cells,
    group: Groups,
    table: Floats,
    log_weights: Floats,
    windows: Windows,
    counts: Floats,
    mass: Floats,
) -> float:
    """Add the expected answers at each node to `counts`, persons to `mass`; return the log-likelihood."""
    own = np.empty(table.shape[1])
    total = 0.0
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        found, low, high = posterior(
            cells, first, last, table, log_weights[group[person]], windows[person], own
        )
        total += found
        weight = own[low:high]
        for k in range(first, last):
            row = counts[cells[k], low:high]
            for q in range(len(weight)):
                row[q] += weight[q]
        everyone = mass[group[person], low:high]
        for q in range(len(weight)):
            everyone[q] += weight[q]
    return total


@compiled
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


@compiled
def pattern_table(digits: NDArray[np.int32], table: Floats, out: Floats) -> None:
    """Sum the rows of `table` that each pattern stands for; digits (patterns, size), -1 for none."""
    for pattern in range(len(digits)):
        own = out[pattern]
        own[:] = 0.0
        for cell in digits[pattern]:
            if cell >= 0:
                row = table[cell]
                for q in range(len(own)):
                    own[q] += row[q]


@compiled
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
