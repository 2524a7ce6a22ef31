"""The loops over answers, compiled.

They stand in one file because a cached kernel is built anew only when its own file changes, and they call
one another. Shapes: starts (persons + 1,), cells (responses,) as in `irt.Responses`; tables (2 * items,
nodes), row 2 * item + correct; theta and log_weights (nodes,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.models import Floats

Starts = NDArray[np.int64]
Cells = NDArray[np.int32]


@compiled
def fill_posterior(
    cells: Cells, first: int, last: int, table: Floats, log_weights: Floats, posterior: Floats
) -> float:
    """Set `posterior` to the nodes' weights given answers first to last; return their log-likelihood."""
    nodes = len(log_weights)
    posterior[:] = log_weights
    for k in range(first, last):
        row = cells[k]
        for q in range(nodes):
            posterior[q] += table[row, q]
    top = posterior.max()
    for q in range(nodes):
        posterior[q] = np.exp(posterior[q] - top)
    mass = posterior.sum()
    for q in range(nodes):
        posterior[q] /= mass
    return float(top + np.log(mass))


@compiled
def expect(starts: Starts, cells: Cells, table: Floats, log_weights: Floats, counts: Floats) -> float:
    """Add the expected answers at each node to `counts`, shaped as table; return the log-likelihood."""
    posterior = np.empty(len(log_weights))
    total = 0.0
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        total += fill_posterior(cells, first, last, table, log_weights, posterior)
        for k in range(first, last):
            row = cells[k]
            for q in range(len(posterior)):
                counts[row, q] += posterior[q]
    return total


@compiled
def moments(
    starts: Starts, cells: Cells, table: Floats, theta: Floats, log_weights: Floats, mean: Floats, sd: Floats
) -> None:
    """Set `mean` and `sd` (persons,) to those of each person's posterior."""
    posterior = np.empty(len(log_weights))
    for person in range(len(starts) - 1):
        fill_posterior(cells, starts[person], starts[person + 1], table, log_weights, posterior)
        centre = 0.0
        for q in range(len(posterior)):
            centre += posterior[q] * theta[q]
        spread = 0.0
        for q in range(len(posterior)):
            spread += posterior[q] * (theta[q] - centre) ** 2
        mean[person] = centre
        sd[person] = np.sqrt(spread)


@compiled
def louis(
    starts: Starts,
    cells: Cells,
    table: Floats,
    log_weights: Floats,
    theta: Floats,
    by_logit: Floats,
    by_c: Floats,
    logit_logit: Floats,
    logit_c: Floats,
    c_c: Floats,
    column: NDArray[np.int64],
    information: Floats,
) -> None:
    """Add every person's part to the lower triangle of `information`.

    by_* are the scores of an answer, the other tables minus their derivatives; column (items, 3) says which
    row of `information` belongs to slope, intercept and c, -1 for none.
    """
    most = 0
    for person in range(len(starts) - 1):
        most = max(most, starts[person + 1] - starts[person])
    posterior = np.empty(len(log_weights))
    score = np.empty((3 * most, len(log_weights)))
    place = np.empty(3 * most, dtype=np.int64)
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        fill_posterior(cells, first, last, table, log_weights, posterior)
        rows = 0
        for k in range(first, last):
            row = cells[k]
            add_complete(
                posterior, theta, logit_logit[row], logit_c[row], c_c[row], column[row >> 1], information
            )
            rows = add_scores(
                posterior, theta, by_logit[row], by_c[row], column[row >> 1], score, place, rows
            )
        for i in range(rows):
            for j in range(i + 1):
                covariance = 0.0
                for q in range(len(posterior)):
                    covariance += score[i, q] * score[j, q]
                information[place[i], place[j]] -= covariance


@compiled
def add_complete(
    posterior: Floats,
    theta: Floats,
    logit_logit: Floats,
    logit_c: Floats,
    c_c: Floats,
    column: NDArray[np.int64],
    information: Floats,
) -> None:
    """Add one answer's expected complete-data information to its item's block, lower triangle."""
    h = np.zeros((3, 3))
    for q in range(len(posterior)):
        t = theta[q]
        zz, zc = posterior[q] * logit_logit[q], posterior[q] * logit_c[q]
        h[0, 0] += zz * t * t
        h[1, 0] += zz * t
        h[1, 1] += zz
        h[2, 0] += zc * t
        h[2, 1] += zc
        h[2, 2] += posterior[q] * c_c[q]
    for i in range(3):
        for j in range(i + 1):
            if column[i] >= 0 and column[j] >= 0:
                information[column[i], column[j]] += h[i, j]


@compiled
def add_scores(
    posterior: Floats,
    theta: Floats,
    by_logit: Floats,
    by_c: Floats,
    column: NDArray[np.int64],
    score: Floats,
    place: NDArray[np.int64],
    rows: int,
) -> int:
    """Append one answer's scores, centred and times the root of the weight, to `score`; return the rows."""
    for i in range(3):
        if column[i] < 0:
            continue
        mean = 0.0
        for q in range(len(posterior)):
            one = by_c[q] if i == 2 else by_logit[q] * (theta[q] if i == 0 else 1.0)
            score[rows, q] = one
            mean += posterior[q] * one
        for q in range(len(posterior)):
            score[rows, q] = np.sqrt(posterior[q]) * (score[rows, q] - mean)
        place[rows] = column[i]
        rows += 1
    return rows
