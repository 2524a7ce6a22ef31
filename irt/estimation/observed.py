"""Observed information of the marginal log-posterior, exactly, by the missing-information principle.

Louis (1982): the observed information is the expected complete-data information minus the covariance of the
complete-data score, both given the answers. The first is block-diagonal by item and comes from the expected
counts; the second is summed person by person, or on complete data by matrix products (`complete`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation import louis_kernels as kernels
from irt.estimation.complete import complete_covariance
from irt.estimation.curvature import (
    AnswerTables,
    answer_tables,
    complete_information,
    population_information,
    population_scores,
)
from irt.estimation.evidence import Evidence, Rows
from irt.estimation.prior_terms import SLOPE, C
from irt.estimation.shards import filled_nodes, padded_weights
from irt.estimation.specification import Specification
from irt.models import Floats


def observed_information(evidence: Evidence, rows: Rows, *, blocks: bool = False) -> Floats:
    """Minus the second derivatives of the marginal log-likelihood by the parameters in `rows`, priors left out.

    With `blocks` the pairs of different items are left at 0.
    """
    problem, point = evidence.problem, evidence.point
    with_c = rows.item[:, C] >= 0
    tables = answer_tables(point.parameters, problem.theta, with_c)
    information = np.zeros((rows.size, rows.size))
    _add_complete(information, tables, evidence, rows)
    collapsed = None if blocks else complete_covariance(evidence, rows)
    if collapsed is not None:
        information += np.tril(information, -1).T
        return information - collapsed
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
