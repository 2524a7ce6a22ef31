"""Observed information of the marginal log-posterior, exactly, by the missing-information principle.

Louis (1982): the observed information is the expected complete-data information minus the covariance of the
complete-data score, both given the answers. The first is block-diagonal by item and comes from the expected
counts; the second is summed person by person. Where everybody answered everything in a 2PL it collapses:
with F = P theta^k the score is u theta^k - F(theta), u does not vary given the answers, and

    sum over persons of Cov(s_j, s_k) = X' diag(var theta) X  -  (X' C) F  -  its transpose
                                        + F' (diag(sum of h) - H' H) F

with X the answers, H the posteriors (persons, nodes) and C = H (theta - mean): matrix products of about the
cost of two passes, none of them persons by pairs of items by nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation import louis_kernels as kernels
from irt.estimation.curvature import (
    AnswerTables,
    answer_tables,
    complete_information,
    population_information,
    population_scores,
)
from irt.estimation.maximize import Point
from irt.estimation.prior_terms import SLOPE, C
from irt.estimation.problem import Problem
from irt.estimation.shards import Expectation, Shard, filled_nodes, padded_weights, pattern_rows
from irt.estimation.specification import Specification
from irt.estimation.workers import Windows, blas_threads
from irt.models import Floats
from irt.responses import Responses

_CHUNK = 1000


@dataclass(frozen=True)
class Rows:
    """Which row of a matrix belongs to which parameter, -1 for none: items (items, 3), then groups (groups, 2)."""

    item: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(max(self.item.max(initial=-1), self.group.max(initial=-1))) + 1

    @property
    def owner(self) -> NDArray[np.int64]:
        """The item of every row; rows of groups come behind the items, one owner each group."""
        out = np.empty(self.size, dtype=np.int64)
        for each, first in ((self.item, 0), (self.group, len(self.item))):
            where = np.nonzero(each >= 0)
            out[each[where]] = first + where[0]
        return out


def rows_of(active: NDArray[np.bool_], groups: NDArray[np.bool_]) -> Rows:
    """Rows for the parameters `active` (items, 3) and for mean and ln sd of `groups` (groups,)."""
    item = np.where(active, np.cumsum(active).reshape(active.shape) - 1, -1)
    both = np.repeat(groups[:, None], 2, axis=1)
    group = np.where(both, active.sum() + np.cumsum(both).reshape(both.shape) - 1, -1)
    return Rows(item.astype(np.int64), group.astype(np.int64))


@dataclass(frozen=True)
class Evidence:
    """All that information is computed from: the problem, and an E-step at the point."""

    problem: Problem
    point: Point
    expected: Expectation

    @property
    def windows(self) -> Windows:
        """A window for each person; a copy."""
        return np.concatenate(self.expected.windows)


def observed_information(evidence: Evidence, rows: Rows, *, blocks: bool = False) -> Floats:
    """Minus the second derivatives of the marginal log-likelihood by the parameters in `rows`, priors left out.

    With `blocks` the pairs of different items are left at 0.
    """
    problem, point = evidence.problem, evidence.point
    with_c = rows.item[:, C] >= 0
    tables = answer_tables(point.parameters, problem.theta, with_c)
    information = np.zeros((rows.size, rows.size))
    _add_complete(information, tables, evidence, rows)
    two_parameters = bool((point.parameters[:, C] == 0.0).all()) and not with_c.any()
    if (
        not blocks
        and two_parameters
        and (rows.group < 0).all()
        and _everyone_answered(evidence.problem.responses)
    ):
        information += np.tril(information, -1).T
        return information - _complete_covariance(evidence, rows)
    _person_by_person(kernels.subtract_covariances, evidence, rows, information, (blocks, rows.owner))
    information += np.tril(information, -1).T
    return information


def posterior_information(
    evidence: Evidence, rows: Rows, to: NDArray[np.int64], *, blocks: bool = False
) -> Floats:
    """Minus the second derivatives of the marginal log-posterior; what items share is one parameter (`merged`)."""
    spec = evidence.problem.specification
    own, shared = spec.prior_curvature(evidence.point.parameters)
    information = observed_information(evidence, rows, blocks=blocks)
    for i in range(3):
        for j in range(3):
            both = (rows.item[:, i] >= 0) & (rows.item[:, j] >= 0)
            information[rows.item[both, i], rows.item[both, j]] += own[both, i, j]
    information = merge(information, to)
    for column in (SLOPE, C):
        held = np.flatnonzero(spec.tied[:, column] & (rows.item[:, column] >= 0))
        if len(held):
            k = to[rows.item[held[0], column]]
            information[k, k] += shared[column, column]
    return information


def merged(spec: Specification, rows: Rows) -> NDArray[np.int64]:
    """Of each row, the parameter it belongs to: tied rows belong to one."""
    to = np.arange(rows.size)
    for column in (SLOPE, C):
        held = rows.item[spec.tied[:, column], column]
        held = held[held >= 0]
        to[held] = held[0] if len(held) else 0
    return np.unique(to, return_inverse=True)[1].astype(np.int64)


def merge(matrix: Floats, to: NDArray[np.int64]) -> Floats:
    """Sums over the rows and columns that belong to one parameter."""
    size = int(to.max(initial=-1)) + 1
    if size == len(matrix):
        return matrix
    half = np.zeros((size, len(matrix)))
    np.add.at(half, to, matrix)
    whole = np.zeros((size, size))
    np.add.at(whole.T, to, half.T)
    return whole


def score_products(evidence: Evidence, rows: Rows) -> Floats:
    """Sum over persons of the outer product of the score of their marginal likelihood."""
    products = np.zeros((rows.size, rows.size))
    _person_by_person(kernels.add_score_products, evidence, rows, products, ())
    products += np.tril(products, -1).T
    return products


def _add_complete(information: Floats, tables: AnswerTables, evidence: Evidence, rows: Rows) -> None:
    """Add the complete-data information to the lower triangle."""
    theta, expected = evidence.problem.theta, evidence.expected
    own = complete_information(tables, expected.counts, theta)
    groups = population_information(evidence.point.population, expected.mass, theta)
    for each, blocks in ((rows.item, own), (rows.group, groups)):
        for i in range(each.shape[1]):
            for j in range(i + 1):
                both = (each[:, i] >= 0) & (each[:, j] >= 0)
                information[each[both, i], each[both, j]] += blocks[both, i, j]


def _person_by_person(
    kernel: object, evidence: Evidence, rows: Rows, out: Floats, extra: tuple[object, ...]
) -> None:
    """Run a kernel over all persons, the rows of `out` shared among the threads."""
    problem, point = evidence.problem, evidence.point
    theta = filled_nodes(problem.theta)
    tables = answer_tables(point.parameters, theta, rows.item[:, C] >= 0)
    answers, table, windows = evidence.problem.responses, problem.table(point.parameters), evidence.windows
    scores = population_scores(point.population, problem.theta)
    scores = np.pad(scores, ((0, 0), (0, 0), (0, len(theta) - scores.shape[2])))
    weights = padded_weights(point.population.log_weights(problem.theta))
    # Row i of a lower triangle has i + 1 entries: equal work is at equal steps of the root.
    edges = (rows.size * np.sqrt(np.linspace(0.0, 1.0, problem.local.number + 1))).astype(int).tolist()

    def run(low: int, high: int) -> None:
        kernel(  # type: ignore[operator]
            answers.starts,
            answers.cells,
            evidence.problem.group,
            table,
            weights,
            windows.copy(),
            theta,
            tables.by_logit,
            tables.by_c,
            rows.item,
            scores,
            rows.group,
            *extra,
            low,
            high,
            out,
        )

    problem.local.map(run, edges[:-1], edges[1:])


def _everyone_answered(responses: Responses) -> bool:
    return responses.n_responses == responses.n_persons * responses.n_items


def _complete_covariance(evidence: Evidence, rows: Rows) -> Floats:
    """The covariance of the complete-data score of a 2PL that everybody answered completely."""
    responses, problem, point = evidence.problem.responses, evidence.problem, evidence.point
    theta, items = problem.theta, responses.n_items
    # From the shards, whose patterns make posteriors cheap.
    table, weights = problem.table(point.parameters), problem.log_weights(point)
    filled = filled_nodes(theta)
    windows = evidence.windows
    jobs = []
    base = 0
    for shard in problem.shards:
        own = table if shard.digits is None else pattern_rows(shard.digits, table)
        jobs += [
            (shard, own, base, low, min(low + _CHUNK, shard.n_persons))
            for low in range(0, shard.n_persons, _CHUNK)
        ]
        base += shard.n_persons

    def run(job: tuple[Shard, Floats, int, int, int]) -> tuple[Floats, Floats, Floats, Floats]:
        shard, own, base, low, high = job
        n = high - low
        weight, centred = np.empty((n, len(filled))), np.empty((n, len(filled)))
        right, spread = np.empty((n, items)), np.empty(n)
        kernels.posteriors(
            shard.starts, shard.cells, shard.group, own, weights, windows[base : base + shard.n_persons].copy(),
            low, high, weight,
        )  # fmt: skip
        kernels.complete_chunk(responses.cells, items, base + low, filled, weight, right, spread, centred)
        scaled = right * spread[:, None]
        return scaled.T @ scaled, right.T @ centred, weight.T @ weight, weight.sum(axis=0)

    with blas_threads(1):
        parts = problem.local.map(run, jobs)
    spread, turned, squares, weight = (sum(part[k] for part in parts) for k in range(4))
    curve = np.exp(table[1::2])
    f = np.concatenate([curve * filled, curve])  # (2 * items, nodes): by slope, by intercept
    middle = np.diag(weight) - squares
    covariance = f @ middle @ f.T
    cross = turned @ f.T  # (items, 2 * items)
    covariance[:items] -= cross
    covariance[:, :items] -= cross.T
    covariance[:items, :items] += spread
    order = np.stack([np.arange(items), items + np.arange(items)], axis=1)
    kept = rows.item[:, :C] >= 0
    chosen = np.empty(rows.size, dtype=np.int64)
    chosen[rows.item[:, :C][kept]] = order[kept]
    found: Floats = covariance[np.ix_(chosen, chosen)]
    return found
