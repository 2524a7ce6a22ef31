"""Covariance of the complete-data score given the answers, person by person, compiled (Louis 1982).

Given theta answers are independent, so a person adds to the pairs of items that the person answered and to
no others. Scores of an answer: (u - P) h(theta), by slope, intercept and c; scores of a group's mean and
ln sd come behind them. Shapes as in `kernels`; column (items, 3) says which row of the matrix belongs to a
parameter, -1 for none, and ascends; population (groups, 2, nodes) are the scores by (mean, ln sd),
population_column (groups, 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.estimation.kernels import Cells, Groups, Starts, Windows, posterior
from irt.estimation.lanes import LANE
from irt.estimation.tile import COLUMNS, ROWS, multiply_tile
from irt.models import Floats

Columns = NDArray[np.int64]


@compiled
def person_scores(
    cells: Cells,
    first: int,
    last: int,
    theta: Floats,
    by_logit: Floats,
    by_c: Floats,
    column: Columns,
    population: Floats,
    population_column: Columns,
    weight: Floats,
    low: int,
    high: int,
    scores: Floats,
    mean: Floats,
    place: Columns,
) -> int:
    """Fill `scores` (rows, nodes) with a person's scores, `mean` with their posterior means; return the rows.

    `place` says where each row belongs in the matrix.
    """
    rows = 0
    at, own = theta[low:high], weight[low:high]
    for k in range(first, last):
        item = cells[k] >> 1
        for which in range(3):
            if column[item, which] < 0:
                continue
            source = by_c[cells[k], low:high] if which == 2 else by_logit[cells[k], low:high]
            row = scores[rows, low:high]
            total = 0.0
            if which == 0:
                for q in range(len(row)):
                    row[q] = source[q] * at[q]
                    total += own[q] * row[q]
            else:
                for q in range(len(row)):
                    row[q] = source[q]
                    total += own[q] * row[q]
            mean[rows], place[rows] = total, column[item, which]
            rows += 1
    for which in range(2):
        if population_column[which] < 0:
            continue
        source, row = population[which, low:high], scores[rows, low:high]
        total = 0.0
        for q in range(len(row)):
            row[q] = source[q]
            total += own[q] * row[q]
        mean[rows], place[rows] = total, population_column[which]
        rows += 1
    return rows


@compiled
def subtract_covariances(  # noqa: PLR0912 - the loops over a person's pairs of rows
    starts: Starts,
    cells: Cells,
    group: Groups,
    table: Floats,
    log_weights: Floats,
    windows: Windows,
    theta: Floats,
    by_logit: Floats,
    by_c: Floats,
    column: Columns,
    population: Floats,
    population_column: Columns,
    same_item_only: bool,
    owner: Columns,
    row_low: int,
    row_high: int,
    information: Floats,
) -> None:
    """Take every person's covariance from the lower triangle of `information`, rows low to high of it.

    Threads that share the rows among them compute every posterior, but each entry is summed by one of them
    in the order of persons. `owner` (rows of the matrix,) is the item of each; with `same_item_only` pairs
    of other items are left out.
    """
    most = 0
    for person in range(len(starts) - 1):
        most = max(most, starts[person + 1] - starts[person])
    nodes, size = table.shape[1], 3 * most + 2
    weight, root = np.empty(nodes), np.empty(nodes)
    scores, mean = np.empty((size, nodes)), np.empty(size)
    size = (size + COLUMNS - 1) // COLUMNS * COLUMNS  # whole tiles
    turned, product = np.zeros((nodes, size)), np.empty((size, size))
    place = np.empty(size, dtype=np.int64)
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        _, low, high = posterior(
            cells, first, last, table, log_weights[group[person]], windows[person], weight
        )
        low, high = LANE * int(windows[person, 0]), LANE * int(windows[person, 1])
        rows = person_scores(
            cells, first, last, theta, by_logit, by_c, column, population[group[person]],
            population_column[group[person]], weight, low, high, scores, mean, place,
        )  # fmt: skip
        begin, end = 0, rows
        while begin < rows and place[begin] < row_low:
            begin += 1
        while end > begin and place[end - 1] >= row_high:
            end -= 1
        for q in range(low, high):
            root[q] = np.sqrt(weight[q])
        for i in range(end):
            for q in range(low, high):
                turned[q, i] = root[q] * (scores[i, q] - mean[i])
        if same_item_only:
            subtract_own(turned, low, high, begin, end, place, owner, information)
            continue
        for i in range(begin // ROWS * ROWS, end, ROWS):
            for j in range(0, i + ROWS, COLUMNS):
                multiply_tile(turned, low, high, i, j, product)
        for i in range(begin, end):
            target, own = information[place[i]], product[i]
            for j in range(i + 1):
                target[place[j]] -= own[j]


@compiled
def subtract_own(
    turned: Floats,
    low: int,
    high: int,
    begin: int,
    end: int,
    place: Columns,
    owner: Columns,
    information: Floats,
) -> None:
    """Take the covariances of rows begin to end with earlier rows of the same item."""
    for i in range(begin, end):
        j = i
        while j >= 0 and owner[place[j]] == owner[place[i]]:
            covariance = 0.0
            for q in range(low, high):
                covariance += turned[q, i] * turned[q, j]
            information[place[i], place[j]] -= covariance
            j -= 1


@compiled
def add_score_products(
    starts: Starts,
    cells: Cells,
    group: Groups,
    table: Floats,
    log_weights: Floats,
    windows: Windows,
    theta: Floats,
    by_logit: Floats,
    by_c: Floats,
    column: Columns,
    population: Floats,
    population_column: Columns,
    row_low: int,
    row_high: int,
    products: Floats,
) -> None:
    """Add every person's outer product of the marginal score to the lower triangle, rows low to high of it."""
    most = 0
    for person in range(len(starts) - 1):
        most = max(most, starts[person + 1] - starts[person])
    nodes, size = table.shape[1], 3 * most + 2
    weight, scores, mean = np.empty(nodes), np.empty((size, nodes)), np.empty(size)
    place = np.empty(size, dtype=np.int64)
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        _, low, high = posterior(
            cells, first, last, table, log_weights[group[person]], windows[person], weight
        )
        rows = person_scores(
            cells, first, last, theta, by_logit, by_c, column, population[group[person]],
            population_column[group[person]], weight, low, high, scores, mean, place,
        )  # fmt: skip
        for i in range(rows):
            if row_low <= place[i] < row_high:
                target = products[place[i]]
                for j in range(i + 1):
                    target[place[j]] += mean[i] * mean[j]


@compiled
def right_answers(cells: Cells, items: int, first_person: int, right: Floats) -> None:
    """Set right (persons, items) to the answers 0/1 of persons who answered every item; cells are those of all."""
    for person in range(len(right)):
        begin = (first_person + person) * items
        for k in range(items):
            right[person, k] = cells[begin + k] & 1


@compiled
def centre(theta: Floats, weight: Floats, spread: Floats, centred: Floats) -> None:
    """Of posteriors (persons, nodes): their sd (persons,), and themselves times (theta - their mean)."""
    for person in range(len(weight)):
        own, out = weight[person], centred[person]
        mean = 0.0
        for q in range(len(own)):
            mean += own[q] * theta[q]
        variance = 0.0
        for q in range(len(own)):
            distance = theta[q] - mean
            out[q] = own[q] * distance
            variance += out[q] * distance
        spread[person] = np.sqrt(variance)


@compiled
def add_right_pairs(right: Floats, weight: Floats, windows: Windows, pairs: Floats) -> None:
    """Add each person's posterior to pairs[j, k] (items, items, nodes), k <= j, of the items both right."""
    have = np.empty(right.shape[1], dtype=np.int64)
    for person in range(len(right)):
        number = 0
        for item in range(right.shape[1]):
            if right[person, item] > 0.0:
                have[number] = item
                number += 1
        low, high = LANE * int(windows[person, 0]), LANE * int(windows[person, 1])
        own = weight[person, low:high]
        for i in range(number):
            for j in range(i + 1):
                row = pairs[have[i], have[j], low:high]
                for q in range(len(own)):
                    row[q] += own[q]


@compiled
def posteriors(
    starts: Starts,
    cells: Cells,
    group: Groups,
    table: Floats,
    log_weights: Floats,
    windows: Windows,
    low: int,
    high: int,
    out: Floats,
) -> None:
    """Set `out` (high - low, nodes) to the posteriors of persons low to high."""
    for person in range(low, high):
        row = out[person - low]
        _, begin, end = posterior(
            cells, starts[person], starts[person + 1], table, log_weights[group[person]], windows[person], row
        )
        row[:begin] = 0.0
        row[end:] = 0.0
