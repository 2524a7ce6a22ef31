"""Standard errors from the observed information: exact, by item blocks, or robust (sandwich).

They are conditional on what is not estimated: fixed parameters, anchors, parameters at a bound, a histogram.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

from irt.estimation.evidence import Evidence, Rows, rows_of
from irt.estimation.observed import merge, merged, posterior_information, score_products
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.estimation.specification import Specification
from irt.estimation.workers import blas_threads
from irt.models import D, Floats

Kind = Literal["exact", "block", "sandwich"]
KINDS: Sequence[Kind] = ("exact", "block", "sandwich")
#: Parameters up to which the whole matrix is kept (its square, twice 0.8 GB); beyond, item blocks.
MOST_EXACT = 10_000
#: Parameters from which a matrix library's own threads pay.
_WORTH_THREADS = 1_500
#: Information below this part of the largest is rounding.
_ROUNDING = 1e-10


@dataclass(frozen=True)
class StandardErrors:
    """Of items (items,): a and b in the D = 1.7 metric, c, slope and intercept in the logistic one; of groups.

    covariance (items, 3, 3) is that of each item's slope, intercept and c. NaN where a parameter was not
    estimated or the information about it is not positive. `kind` says how they were made.
    """

    a: Floats
    b: Floats
    c: Floats
    slope: Floats
    intercept: Floats
    covariance: Floats
    mean: Floats
    sd: Floats
    kind: Kind


def standard_errors(evidence: Evidence, kind: Kind, *, pooled: bool = False) -> StandardErrors:
    """Standard errors at a maximum. With `pooled` the groups together have mean 0 and variance 1.

    b = -intercept / slope, so by the delta method var(b) = (b^2 var(slope) + 2 b cov(slope, intercept) +
    var(intercept)) / slope^2; var(sd) = sd^2 var(ln sd).
    """
    spec, point = evidence.problem.specification, evidence.point
    active = spec.estimated & ~spec.at_bound(point.parameters)
    groups = point.population.free if point.population.histogram is None else np.zeros(1, dtype=np.bool_)
    groups = np.broadcast_to(groups, point.population.mean.shape) & (point.population.histogram is None)
    rows = rows_of(active, groups | (pooled & (point.population.histogram is None)))
    if rows.size > MOST_EXACT:
        kind = "block"
    covariance = _covariance(evidence, rows, kind, pooled)
    return _reported(spec, evidence, rows, covariance, kind)


def _covariance(evidence: Evidence, rows: Rows, kind: Kind, pooled: bool) -> Floats:
    """Covariance of the parameters in `rows`, where tied ones have the same values in all their rows."""
    to = merged(evidence.problem.specification, rows)
    information = posterior_information(evidence, rows, to, blocks=kind == "block")
    constraint = _pooled_constraint(evidence, rows, to) if pooled else None
    with blas_threads(evidence.problem.local.number if len(information) >= _WORTH_THREADS else 1):
        covariance = inverse(information, constraint)
        if kind == "sandwich":
            covariance = covariance @ merge(score_products(evidence, rows), to) @ covariance
    return covariance[np.ix_(to, to)] if len(covariance) < rows.size else covariance


def _pooled_constraint(evidence: Evidence, rows: Rows, to: NDArray[np.int64]) -> Floats:
    """Derivatives of the pooled mean and variance, (2, parameters), by which the scale is fixed."""
    population = evidence.point.population
    persons = evidence.expected.mass.sum(axis=1)
    share = persons / persons.sum()
    centre = float((share * population.mean).sum())
    out = np.zeros((2, int(to.max()) + 1))
    out[0, to[rows.group[:, 0]]] = share
    out[1, to[rows.group[:, 0]]] = 2.0 * share * (population.mean - centre)
    out[1, to[rows.group[:, 1]]] = 2.0 * share * population.sd**2
    return out


def inverse(information: Floats, constraint: Floats | None = None) -> Floats:
    """The inverse, NaN for parameters about which the information is not positive.

    With a constraint C x = 0 it is that of the parameters that keep it: with K the inverse of
    I + weight C'C, the covariance is K - K C' (C K C')^-1 C K, whatever the weight.
    """
    if not len(information):
        return np.empty((0, 0))
    if constraint is not None:
        weight = np.trace(information) / len(information)
        k = inverse(information + weight * constraint.T @ constraint)
        across = k @ constraint.T
        return k - across @ np.linalg.solve(constraint @ across, across.T)
    diagonal = np.diag(information)
    told = diagonal > _ROUNDING * diagonal.max(initial=0.0)
    scale = np.where(told, 1.0 / np.sqrt(np.where(told, diagonal, 1.0)), 0.0)
    scaled = information * scale[:, None] * scale
    factor, failed = dpotrf(scaled, lower=1)
    if not failed:
        found, failed = dpotri(factor, lower=1, overwrite_c=1)
    found = _positive_part(scaled) if failed else np.tril(found) + np.tril(found, -1).T
    found *= scale[:, None]
    found *= scale
    covariance: Floats = found
    return covariance


def _positive_part(scaled: Floats) -> Floats:
    """Inverse where the matrix is positive; parameters that lean on any other direction get NaN."""
    values, vectors = np.linalg.eigh(scaled)
    good = values > 1e-8  # the matrix has a diagonal of 1
    inverted: Floats = (vectors[:, good] / values[good]) @ vectors[:, good].T
    lost = (vectors[:, ~good] ** 2).sum(axis=1) > 1e-4
    inverted[lost, :] = np.nan
    inverted[:, lost] = np.nan
    return inverted


def _reported(
    spec: Specification, evidence: Evidence, rows: Rows, covariance: Floats, kind: Kind
) -> StandardErrors:
    own = np.full((spec.n_items, 3, 3), np.nan)
    for i in range(3):
        for j in range(3):
            both = (rows.item[:, i] >= 0) & (rows.item[:, j] >= 0)
            own[both, i, j] = covariance[rows.item[both, i], rows.item[both, j]]
    groups = np.full((len(rows.group), 2), np.nan)
    there = rows.group >= 0
    groups[there] = np.sqrt(np.diag(covariance)[rows.group[there]])
    slope = evidence.point.parameters[:, SLOPE]
    # What was not estimated does not vary.
    known = np.where(np.isnan(own) & (rows.item < 0)[:, :, None], 0.0, own)
    known = np.where(np.isnan(known) & (rows.item < 0)[:, None, :], 0.0, known)
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -evidence.point.parameters[:, INTERCEPT] / slope
        var_b = b * b * known[:, SLOPE, SLOPE] + 2.0 * b * known[:, SLOPE, INTERCEPT]
        var_b = (var_b + known[:, INTERCEPT, INTERCEPT]) / slope**2
        var_b[(rows.item[:, :C] < 0).all(axis=1)] = np.nan
        errors = np.sqrt(np.stack([own[:, k, k] for k in range(3)], axis=1))
        return StandardErrors(
            a=errors[:, SLOPE] / D,
            b=np.sqrt(var_b),
            c=errors[:, C],
            slope=errors[:, SLOPE],
            intercept=errors[:, INTERCEPT],
            covariance=own,
            mean=groups[:, 0],
            sd=groups[:, 1] * evidence.point.population.sd,
            kind=kind,
        )
