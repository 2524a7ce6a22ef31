"""The covariance of the complete-data score where everybody answered everything: no sum over pairs and persons.

2PL: with F = P theta^k the score is u theta^k - F(theta), and given the answers u does not vary, so

    sum over persons of Cov(s_j, s_k) = X' diag(var theta) X  -  (X' C) F  -  its transpose
                                        + F' (diag(sum of h) - H' H) F

with X the answers, H the posteriors (persons, nodes) and C = H (theta - mean): about the cost of two passes.

3PL: the score is (u - P) f with f a function of the item and the node alone, so

    sum over persons of E[s_j s_k] = sum over nodes of f_j f_k (N_jk - P_k R_j - P_j R_k + P_j P_k N)

with N_jk the expected persons who have both right, R_j those who have j right and N all; what remains is the
product of the persons' mean scores, E[s]' E[s].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irt.estimation import louis_kernels as kernels
from irt.estimation.curvature import answer_tables
from irt.estimation.evidence import Evidence, Rows
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.estimation.shards import Shard, filled_nodes, pattern_rows
from irt.estimation.workers import Windows
from irt.models import Floats

_CHUNK = 1000
#: Items up to which the table of pairs (items, items, nodes) stays small.
_MOST_ITEMS = 150


def complete_covariance(evidence: Evidence, rows: Rows) -> Floats | None:
    """The covariance by the parameters in `rows`; None where answers are missing or a population is free."""
    responses = evidence.problem.responses
    everything = responses.n_responses == responses.n_persons * responses.n_items
    if not everything or (rows.group >= 0).any():
        return None
    if (evidence.point.parameters[:, C] == 0.0).all() and (rows.item[:, C] < 0).all():
        covariance = _two_parameters(evidence)
    elif responses.n_items <= _MOST_ITEMS:
        covariance = _three_parameters(evidence, rows.item[:, C] >= 0)
    else:
        return None
    # From parameter by parameter, all items each, to the order of the rows.
    order = np.arange(3)[None] * responses.n_items + np.arange(responses.n_items)[:, None]
    kept = rows.item >= 0
    chosen = np.empty(rows.size, dtype=np.int64)
    chosen[rows.item[kept]] = order[kept]
    found: Floats = covariance[np.ix_(chosen, chosen)]
    return found


@dataclass(frozen=True)
class _Persons:
    """Some persons of a shard: posteriors and 0/1 answers, and where they begin among all persons."""

    weight: Floats
    right: Floats
    windows: Windows
    first: int


def _by_chunk(evidence: Evidence, shard: Shard, first: int, table: Floats) -> Iterator[_Persons]:
    """The persons of a shard, some at a time; posteriors come from its patterns, which makes them cheap."""
    problem, items = evidence.problem, evidence.problem.responses.n_items
    weights = problem.log_weights(evidence.point)
    windows = evidence.windows[first : first + shard.n_persons]
    for low in range(0, shard.n_persons, _CHUNK):
        high = min(low + _CHUNK, shard.n_persons)
        weight, right = np.empty((high - low, table.shape[1])), np.empty((high - low, items))
        kernels.posteriors(shard.starts, shard.cells, shard.group, table, weights, windows, low, high, weight)
        kernels.right_answers(problem.responses.cells, items, first + low, right)
        yield _Persons(weight, right, windows[low:high], first + low)


def _over_shards(evidence: Evidence, work: Callable[[Iterator[_Persons]], tuple[Floats, ...]]) -> list[Any]:
    """Sums over the shards, in their order, of what `work` makes of a shard's persons."""
    problem = evidence.problem
    table = problem.table(evidence.point.parameters)
    firsts = np.concatenate([[0], np.cumsum([shard.n_persons for shard in problem.shards])[:-1]])

    def run(shard: Shard, first: int) -> tuple[Floats, ...]:
        own = table if shard.digits is None else pattern_rows(shard.digits, table)
        return work(_by_chunk(evidence, shard, first, own))

    each = problem.local.map(run, problem.shards, firsts.tolist())
    return [sum(parts) for parts in zip(*each, strict=True)]


def _two_parameters(evidence: Evidence) -> Floats:
    """Shape (3 * items, 3 * items), by slope, intercept, and c, which is left at 0."""
    theta = filled_nodes(evidence.problem.theta)
    items, nodes = evidence.problem.responses.n_items, len(theta)

    def work(chunks: Iterator[_Persons]) -> tuple[Floats, ...]:
        spread, turned = np.zeros((items, items)), np.zeros((items, nodes))
        squares, everyone = np.zeros((nodes, nodes)), np.zeros(nodes)
        for some in chunks:
            sd, centred = np.empty(len(some.weight)), np.empty_like(some.weight)
            kernels.centre(theta, some.weight, sd, centred)
            scaled = some.right * sd[:, None]
            spread += scaled.T @ scaled
            turned += some.right.T @ centred
            squares += some.weight.T @ some.weight
            everyone += some.weight.sum(axis=0)
        return spread, turned, squares, everyone

    spread, turned, squares, everyone = _over_shards(evidence, work)
    curve = np.exp(evidence.problem.table(evidence.point.parameters)[1::2])
    f = np.concatenate([curve * theta, curve])  # (2 * items, nodes): by slope, by intercept
    covariance = f @ (np.diag(everyone) - squares) @ f.T
    cross = turned @ f.T  # (items, 2 * items)
    covariance[:items] -= cross
    covariance[:, :items] -= cross.T
    covariance[:items, :items] += spread
    return np.pad(covariance, (0, items))


def _three_parameters(evidence: Evidence, with_c: NDArray[np.bool_]) -> Floats:
    """Shape (3 * items, 3 * items), by slope, intercept and c; c of items without it is left at 0."""
    theta, point = filled_nodes(evidence.problem.theta), evidence.point
    items, nodes = evidence.problem.responses.n_items, len(theta)
    tables = answer_tables(point.parameters, theta, with_c)
    curve = np.exp(evidence.problem.table(point.parameters)[1::2])
    # Right less wrong: (1 - P) f - (0 - P) f = f.
    by_logit = tables.by_logit[1::2] - tables.by_logit[0::2]
    factor = np.stack([by_logit * theta, by_logit, tables.by_c[1::2] - tables.by_c[0::2]])
    means = np.concatenate([factor.reshape(-1, nodes), (factor * curve).reshape(-1, nodes)]).T

    def work(chunks: Iterator[_Persons]) -> tuple[Floats, ...]:
        pairs, products = np.zeros((items, items, nodes)), np.zeros((3 * items, 3 * items))
        for some in chunks:
            kernels.add_right_pairs(some.right, some.weight, some.windows, pairs)
            found = some.weight @ means
            scores = np.tile(some.right, 3) * found[:, : 3 * items] - found[:, 3 * items :]
            products += scores.T @ scores
        return pairs, products

    pairs, products = _over_shards(evidence, work)
    mirrored = pairs.transpose(1, 0, 2).copy()
    mirrored[np.arange(items), np.arange(items)] = 0.0
    pairs += mirrored
    grid = len(evidence.problem.theta)
    right, everyone = evidence.expected.counts[1::2], evidence.expected.mass.sum(axis=0)
    p, f, both = curve[:, :grid], factor[:, :, :grid], pairs[:, :, :grid]
    across = p[None] * right[:, None]
    together = both - across - across.transpose(1, 0, 2) + p[:, None] * p[None] * everyone
    covariance = np.empty((3, items, 3, items))
    for i in (SLOPE, INTERCEPT, C):
        for j in range(i + 1):
            covariance[i, :, j] = np.einsum("jq,kq,jkq->jk", f[i], f[j], together)
            covariance[j, :, i] = covariance[i, :, j].T
    whole: Floats = covariance.reshape(3 * items, 3 * items) - products
    return whole
