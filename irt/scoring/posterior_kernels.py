"""Posteriors of persons over theta, compiled: moments and draws.

Shapes: `who` persons to do,
starts (persons + 1,) and cells (responses,) as in `irt.Responses`, items (items, 3) slope, intercept and c in
the logistic metric, table (2 * items, nodes) log probabilities, row 2 * item + correct. A prior is mean, sd
and its log weights at the nodes; where `normal` is false it is the weights alone, log-linear between nodes.
An empty table means that each person has nodes of their own, mean + sd * theta.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.models import Floats

Starts = NDArray[np.int64]
Cells = NDArray[np.int32]
Words = NDArray[np.uint64]

#: A posterior whose sd is less than so many node distances is not resolved by the nodes.
RESOLVED = 0.75
#: It is done again on so many nodes, each time six times as dense, at most so often.
FINE, MOST_REFINED = 61, 4
#: Draws: finer nodes are laid where the envelope would refuse more than about one draw in three.
LOOSE = 0.4


@compiled
def log_likelihood(cells: Cells, first: int, last: int, items: Floats, x: float) -> float:
    """Of answers first to last at theta = x; exact where a probability underflows."""
    total = 0.0
    for k in range(first, last):
        row = cells[k]
        item = row >> 1
        c = items[item, 2]
        z = items[item, 0] * x + items[item, 1]
        softplus = max(z, 0.0) + np.log1p(np.exp(-abs(z)))
        if (row & 1) == 0:
            total += np.log1p(-c) - softplus
        elif c == 0.0:
            total += z - softplus
        else:
            total += np.log(c + (1.0 - c) * np.exp(z - softplus))
    return total


@compiled
def log_prior(x: float, mean: float, sd: float, theta: Floats, log_weights: Floats, normal: bool) -> float:
    """Log density of the prior at x, on the scale of its log weights at the nodes."""
    if normal:
        at, low = (x - mean) / sd, (theta[0] - mean) / sd
        return float(log_weights[0] + 0.5 * (low * low - at * at))
    place = (x - theta[0]) / (theta[1] - theta[0])
    cell = min(max(int(place), 0), len(theta) - 2)
    share = place - cell
    return float((1.0 - share) * log_weights[cell] + share * log_weights[cell + 1])


@compiled
def weigh(
    cells: Cells,
    first: int,
    last: int,
    items: Floats,
    table: Floats,
    nodes: Floats,
    log_weights: Floats,
    height: Floats,
) -> float:
    """Set `height` to the posterior at the nodes over its largest value; return the log of that value."""
    height[:] = log_weights
    if len(table) > 0:
        for k in range(first, last):
            row = cells[k]
            for q in range(len(nodes)):
                height[q] += table[row, q]
    else:
        for q in range(len(nodes)):
            height[q] += log_likelihood(cells, first, last, items, nodes[q])
    top = height.max()
    for q in range(len(nodes)):
        height[q] = np.exp(height[q] - top)
    return float(top)


@compiled
def mean_sd(nodes: Floats, height: Floats) -> tuple[float, float]:
    """Mean and standard deviation of weights that need not sum to 1."""
    mass, centre, spread = 0.0, 0.0, 0.0
    for q in range(len(nodes)):
        mass += height[q]
        centre += height[q] * nodes[q]
    centre /= mass
    for q in range(len(nodes)):
        spread += height[q] * (nodes[q] - centre) ** 2
    return centre, np.sqrt(spread / mass)


@compiled
def moments(
    who: Starts,
    starts: Starts,
    cells: Cells,
    items: Floats,
    table: Floats,
    theta: Floats,
    log_weights: Floats,
    mean: Floats,
    sd: Floats,
    normal: bool,
    refine: bool,
    centre: Floats,
    spread: Floats,
) -> None:
    """Set `centre` and `spread` (persons,) to mean and sd of the posteriors of `who`.

    With `refine`, a posterior that the nodes do not resolve is done again on nodes around its centre.
    """
    nodes, height = theta.copy(), np.empty(len(theta))
    fine, fine_weights, fine_height = np.empty(FINE), np.empty(FINE), np.empty(FINE)
    none = np.empty((0, 0))
    for person in who:
        first, last = starts[person], starts[person + 1]
        if len(table) == 0:
            for q in range(len(theta)):
                nodes[q] = mean[person] + sd[person] * theta[q]
        weigh(cells, first, last, items, table, nodes, log_weights, height)
        m, s = mean_sd(nodes, height)
        gap = nodes[1] - nodes[0]
        for _ in range(MOST_REFINED if refine else 0):
            if s >= RESOLVED * gap:
                break
            for q in range(FINE):
                fine[q] = m + 5.0 * gap * (2.0 * q / (FINE - 1) - 1.0)
                fine_weights[q] = log_prior(fine[q], mean[person], sd[person], nodes, log_weights, normal)
            weigh(cells, first, last, items, none, fine, fine_weights, fine_height)
            m, s = mean_sd(fine, fine_height)
            gap = fine[1] - fine[0]
        centre[person] = m
        spread[person] = s


@compiled
def uniform(state: Words) -> float:
    """The next number in [0, 1) of SplitMix64 (Steele, Lea & Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * 2.0**-53


@compiled
def support(height: Floats) -> tuple[int, int]:
    """First and last node between which the posterior lies, one node to spare on each side."""
    first, last = 0, len(height) - 1
    while height[first + 1] < 1e-15:
        first += 1
    while height[last - 1] < 1e-15:
        last -= 1
    return first, last


@compiled
def draws(
    who: Starts,
    starts: Starts,
    cells: Cells,
    items: Floats,
    table: Floats,
    theta: Floats,
    log_weights: Floats,
    mean: Floats,
    sd: Floats,
    normal: bool,
    key: np.uint64,
    drawn: Floats,
) -> None:
    """Fill drawn (persons, draws) of `who` from the posterior, exactly, by rejection.

    Proposals come from the density that is linear between nodes. Between nodes a distance h apart the
    posterior exceeds it at most by exp(K h^2 / 8), K a bound on the curvature of the log-posterior: slope^2 / 4
    an answer, in the 3PL too, and 1 / sd^2. Each person has a stream of their own.
    """
    nodes, height = theta.copy(), np.empty(len(theta))
    none = np.empty((0, 0))
    state = np.empty(1, dtype=np.uint64)
    for person in who:
        first, last = starts[person], starts[person + 1]
        m, s = mean[person], sd[person]
        if len(table) == 0:
            for q in range(len(theta)):
                nodes[q] = m + s * theta[q]
        top = weigh(cells, first, last, items, table, nodes, log_weights, height)
        curvature = 1.0 / (s * s) if normal else 0.0
        for k in range(first, last):
            curvature += 0.25 * items[cells[k] >> 1, 0] ** 2
        at, f, gap = nodes, height, nodes[1] - nodes[0]
        if curvature * gap * gap / 8.0 > LOOSE:
            low, high = support(height)
            number = 2 + int((nodes[high] - nodes[low]) / np.sqrt(8.0 * LOOSE / curvature))
            at, f = np.linspace(nodes[low], nodes[high], number), np.empty(number)
            weights = np.array([log_prior(x, m, s, nodes, log_weights, normal) for x in at])
            top = weigh(cells, first, last, items, none, at, weights, f)
            gap = at[1] - at[0]
        envelope = np.exp(curvature * gap * gap / 8.0)
        cumulated = np.cumsum(f[:-1] + f[1:])
        state[0] = key + np.uint64(person) * np.uint64(0xD1342543DE82EF95)
        state[0] = np.uint64(uniform(state) * 2.0**53) ^ (state[0] << np.uint64(11))
        done = 0
        while done < drawn.shape[1]:
            cell = np.searchsorted(cumulated, uniform(state) * cumulated[-1], side="right")
            u = uniform(state)
            left, right = f[cell], f[cell + 1]
            root = np.sqrt(left * left + u * (right * right - left * left))
            share = u * (left + right) / (left + root)
            x = at[cell] + share * gap
            proposed = envelope * (left + share * (right - left))
            found = log_likelihood(cells, first, last, items, x)
            found += log_prior(x, m, s, nodes, log_weights, normal)
            if uniform(state) * proposed <= np.exp(found - top):
                drawn[person, done] = x
                done += 1
