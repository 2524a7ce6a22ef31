"""The loops over answers of the fit statistics, compiled.

Shapes: starts
(persons + 1,), cells (responses,) as in `irt.Responses`; tables (2 * items, nodes), row 2 * item + correct.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.models import Floats

Starts = NDArray[np.int64]
Cells = NDArray[np.int32]
Items = NDArray[np.int64]


@compiled
def predict_from_rest(
    starts: Starts,
    cells: Cells,
    group: Items,
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
    nothing already. group (persons,) says which row of log_weights (groups, nodes) is a person's prior.
    """
    nodes = len(theta)
    posterior = np.empty(nodes)
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        posterior[:] = log_weights[group[person]]
        for k in range(first, last):
            for q in range(nodes):
                posterior[q] += table[cells[k], q]
        top = posterior.max()
        for q in range(nodes):
            posterior[q] = np.exp(posterior[q] - top)
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


@compiled
def person_statistics(
    starts: Starts, cells: Cells, parameters: Floats, estimate: Floats, person_fit: Floats, item_fit: Floats
) -> None:
    """Misfit at estimated abilities; persons whose estimate is NaN are left out.

    person_fit (persons, 3): l_z* (Snijders 2001), infit and outfit mean squares. item_fit (items, 4): adds to
    squared residuals, their expectation, squared standardised residuals, answers.
    """
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        theta = estimate[person]
        if first == last or np.isnan(theta):
            person_fit[person, :] = np.nan
            continue
        turned = steepness = squares = spread = standardised = 0.0
        for k in range(first, last):
            p, q, slope, weight = answer_at(parameters, cells[k] >> 1, theta)
            turned += slope * weight
            steepness += slope * slope / (p * q)
            square = q * q if cells[k] & 1 else p * p
            squares += square
            spread += p * q
            standardised += square / (p * q)
            item_fit[cells[k] >> 1, 0] += square
            item_fit[cells[k] >> 1, 1] += p * q
            item_fit[cells[k] >> 1, 2] += square / (p * q)
            item_fit[cells[k] >> 1, 3] += 1.0
        ratio = turned / steepness
        total = variance = 0.0
        for k in range(first, last):
            p, q, slope, weight = answer_at(parameters, cells[k] >> 1, theta)
            weight -= ratio * slope / (p * q)
            total += (q if cells[k] & 1 else -p) * weight
            variance += weight * weight * p * q
        person_fit[person, 0] = total / np.sqrt(variance) if variance > 0.0 else np.nan
        person_fit[person, 1] = squares / spread
        person_fit[person, 2] = standardised / (last - first)


@compiled
def answer_at(parameters: Floats, item: int, theta: float) -> tuple[float, float, float, float]:
    """(P, 1 - P, dP/dtheta, log(P / (1 - P))) of an item, P kept 1e-12 from 0 and 1."""
    slope, c = parameters[item, 0], parameters[item, 2]
    z = slope * theta + parameters[item, 1]
    e = np.exp(-abs(z))
    near, far = 1.0 / (1.0 + e), e / (1.0 + e)
    up, down = (near, far) if z >= 0.0 else (far, near)
    p, q = max(c + (1.0 - c) * up, 1e-12), max((1.0 - c) * down, 1e-12)
    return p, q, (1.0 - c) * slope * up * down, np.log(p) - np.log(q)


@compiled
def shared_persons(
    starts: Starts,
    cells: Cells,
    person: Items,
    order: Items,
    ends: Items,
    minimum: int,
    smallest: float,
    pairs: int,
) -> Items:
    """Pairs of items that at least `minimum` persons answered both of: (pairs, 3), item, item, persons.

    Each cell of the pair's fourfold table must expect `smallest` of them if the items were independent.
    order has the answers sorted by item, ends where an item's part of it ends, person the person of each
    answer. Called with pairs = 0 it counts them only: the one number in a result of shape (1, 3).
    """
    items = len(ends)
    n = np.zeros(items, dtype=np.int64)
    first_right, second_right = np.zeros_like(n), np.zeros_like(n)
    found = np.zeros((max(pairs, 1), 3), dtype=np.int64)
    count = 0
    for item in range(items):
        n[:] = 0
        first_right[:] = 0
        second_right[:] = 0
        for place in range(ends[item - 1] if item > 0 else 0, ends[item]):
            k = order[place]
            for other in range(k + 1, starts[person[k] + 1]):
                j = cells[other] >> 1
                n[j] += 1
                first_right[j] += cells[k] & 1
                second_right[j] += cells[other] & 1
        for j in range(item + 1, items):
            rarer = min(first_right[j], n[j] - first_right[j]) * min(second_right[j], n[j] - second_right[j])
            if n[j] >= minimum and rarer >= smallest * n[j]:
                if pairs > 0:
                    found[count, 0], found[count, 1], found[count, 2] = item, j, n[j]
                count += 1
    if pairs == 0:
        found[0, 0] = count
    return found


@compiled
def pair_correlations(
    starts: Starts,
    cells: Cells,
    person: Items,
    order: Items,
    ends: Items,
    residual: Floats,
    pairs: Items,
    correlation: Floats,
) -> None:
    """Set `correlation` to that of the residuals of each pair of items; `pairs` as `shared_persons` finds."""
    items = len(ends)
    sums = np.zeros((items, 6))
    done = 0
    for item in range(items):
        if done == len(pairs) or pairs[done, 0] != item:
            continue
        sums[:] = 0.0
        for place in range(ends[item - 1] if item > 0 else 0, ends[item]):
            k = order[place]
            x = residual[k]
            for other in range(k + 1, starts[person[k] + 1]):
                y = residual[other]
                to = sums[cells[other] >> 1]
                to[0] += 1.0
                to[1] += x
                to[2] += y
                to[3] += x * x
                to[4] += y * y
                to[5] += x * y
        while done < len(pairs) and pairs[done, 0] == item:
            n, sx, sy, sxx, syy, sxy = sums[pairs[done, 1]]
            spread = (sxx - sx * sx / n) * (syy - sy * sy / n)
            correlation[done] = (sxy - sx * sy / n) / np.sqrt(spread) if spread > 0.0 else np.nan
            done += 1
