"""The loops over answers of the fit statistics, compiled.

They stand in one file because a cached kernel is built anew only when its own file changes. Shapes: starts
(persons + 1,), cells (responses,) as in `irt.Responses`; tables (2 * items, nodes), row 2 * item + correct.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.estimation.kernels import Cells, Starts, fill_posterior
from irt.models import Floats

Items = NDArray[np.int64]


@compiled
def predict_from_rest(
    starts: Starts,
    cells: Cells,
    table: Floats,
    likelihood: Floats,
    steep: Floats,
    low: Floats,
    theta: Floats,
    log_weights: Floats,
    out: Floats,
) -> None:
    """Of each answer, what the person's other answers say about it; out is (responses, 6).

    Columns: P(right | others) and its derivatives by slope, intercept and c; E[theta | others]; P(right) times
    P(wrong). likelihood is exp(table); steep is dP/dlogit and low is dP/dc, (items, nodes). Leaving an answer
    out divides the posterior by its likelihood; where that is too small to divide by, the posterior is
    nothing already.
    """
    nodes = len(theta)
    posterior = np.empty(nodes)
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        fill_posterior(cells, first, last, table, log_weights, posterior)
        for k in range(first, last):
            item = cells[k] >> 1
            mass = centre = chance = failure = by_slope = by_intercept = by_c = 0.0
            for q in range(nodes):
                f = posterior[q] / max(likelihood[cells[k], q], 1e-200)
                mass += f
                centre += f * theta[q]
                chance += f * likelihood[2 * item + 1, q]
                failure += f * likelihood[2 * item, q]
                one = f * steep[item, q]
                by_intercept += one
                by_slope += one * theta[q]
                by_c += f * low[item, q]
            out[k, 0] = chance / mass
            out[k, 1] = by_slope / mass
            out[k, 2] = by_intercept / mass
            out[k, 3] = by_c / mass
            out[k, 4] = centre / mass
            out[k, 5] = (chance / mass) * (failure / mass)


@compiled
def score_distribution(curves: Floats, without: int, distribution: Floats) -> None:
    """Number-right distribution of all items but one at each node, (items, nodes); -1 leaves none out.

    Lord & Wingersky (1984). Row k of `distribution`, which has as many rows as there are items plus one, is
    set to P(k right | theta).
    """
    items, nodes = curves.shape
    distribution[:] = 0.0
    distribution[0, :] = 1.0
    done = 0
    for item in range(items):
        if item == without:
            continue
        done += 1
        for k in range(done, 0, -1):
            for q in range(nodes):
                p = curves[item, q]
                distribution[k, q] += p * (distribution[k - 1, q] - distribution[k, q])
        for q in range(nodes):
            distribution[0, q] *= 1.0 - curves[item, q]


@compiled
def expected_by_score(curves: Floats, weights: Floats, expected: Floats) -> None:
    """Set expected[item, k] to P(item right | k right of all), k = 0 to the number of items.

    Orlando & Thissen (2000). NaN where no score k can be reached within the numbers' range.
    """
    items, nodes = curves.shape
    rest = np.empty((items + 1, nodes))
    for item in range(items):
        score_distribution(curves, item, rest)
        for k in range(items + 1):
            right = wrong = 0.0
            for q in range(nodes):
                p = curves[item, q]
                if k > 0:
                    right += weights[q] * p * rest[k - 1, q]
                wrong += weights[q] * (1.0 - p) * rest[k, q]
            expected[item, k] = right / (right + wrong) if right + wrong > 0.0 else np.nan


@compiled
def joint_moments(curves: Floats, weights: Floats, first: Items, second: Items, joint: Floats) -> None:
    """Set joint[r, s] to the probability that the items of moments r and s are all right.

    Moment r is of the items first[r] and second[r], equal for a moment of one item; joint is (r, r).
    """
    nodes = len(weights)
    product = np.empty(nodes)
    for r in range(len(first)):
        i, j = first[r], second[r]
        for q in range(nodes):
            product[q] = weights[q] * curves[i, q] * (curves[j, q] if j != i else 1.0)
        for s in range(r + 1):
            k, m = first[s], second[s]
            new_k, new_m = k not in (i, j), m not in (i, j, k)
            total = 0.0
            if new_k and new_m:
                for q in range(nodes):
                    total += product[q] * curves[k, q] * curves[m, q]
            elif new_k or new_m:
                new = k if new_k else m
                for q in range(nodes):
                    total += product[q] * curves[new, q]
            else:
                for q in range(nodes):
                    total += product[q]
            joint[r, s] = total
            joint[s, r] = total
