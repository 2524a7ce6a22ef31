"""Logistic regressions of many items at once, by iteratively reweighted least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.models import Floats

_TOLERANCE = 1e-8
_MAX_STEPS = 50
#: Beyond such a coefficient (log-odds for one SD of the predictor) the answers are separated.
_SEPARATED = 25.0
#: Condition number of an information matrix that does not determine the coefficients.
_SINGULAR = 1e12


@dataclass(frozen=True)
class Rows:
    """Grouped answers, ordered by item: predictors x (rows, p), n answers of which `right` are right.

    first: shape (items,), each item's first row; every item has at least one.
    """

    x: Floats
    n: Floats
    right: Floats
    first: NDArray[np.int64]


@dataclass(frozen=True)
class Regressions:
    """Coefficients and standard errors (items, p), log-likelihood (items,); NaN where it did not converge."""

    coefficient: Floats
    se: Floats
    log_likelihood: Floats


def logistic_regressions(rows: Rows, columns: int) -> Regressions:
    """Maximum likelihood of logit P = x[:, :columns] @ coefficient for each item.

    A step is halved until the likelihood does not fall. An item whose information is singular or whose
    answers are separated by the predictors comes back NaN.
    """
    items = len(rows.first)
    beta = np.zeros((items, columns))
    broken = np.zeros(items, dtype=np.bool_)
    converged = np.zeros(items, dtype=np.bool_)
    covariance = np.full((items, columns, columns), np.nan)
    value = np.full(items, -np.inf)
    scale, step = np.ones(items), np.zeros((items, columns))
    for _ in range(_MAX_STEPS):
        tried = beta + scale[:, None] * step
        active = ~(broken | converged)
        new, score, information = _derivatives(rows, tried, active)
        worse = active & (new < value - 1e-9 * np.abs(value)) & (scale > 1e-3)
        scale[worse] *= 0.5
        better = np.flatnonzero(active & ~worse)
        if len(better):
            beta[better], value[better], scale[better] = tried[better], new[better], 1.0
            singular = np.linalg.cond(information[better]) > _SINGULAR
            information[better[singular]] = np.eye(columns)
            covariance[better] = np.linalg.inv(information[better])
            step[better] = np.einsum("jkl,jl->jk", covariance[better], score[better])
            converged[better] = np.abs(step[better]).max(axis=1) < _TOLERANCE
            broken[better] = singular | (np.abs(beta[better]).max(axis=1) > _SEPARATED)
        if (converged | broken).all():
            break
    bad = broken | ~converged
    beta[bad], covariance[bad], value[bad] = np.nan, np.nan, np.nan
    return Regressions(beta, np.sqrt(np.einsum("jkk->jk", covariance)), value)


def _derivatives(rows: Rows, beta: Floats, active: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood (items,), score (items, p) and information (items, p, p) of the active items."""
    items, columns = beta.shape
    value, score = np.zeros(items), np.zeros((items, columns))
    information = np.zeros((items, columns, columns))
    last = np.append(rows.first[1:], len(rows.n))
    _accumulate(rows.x, rows.n, rows.right, rows.first, last, beta, active, value, score, information)
    return value, score, information


@compiled
def _accumulate(
    x: Floats,
    n: Floats,
    right: Floats,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    beta: Floats,
    active: NDArray[np.bool_],
    value: Floats,
    score: Floats,
    information: Floats,
) -> None:
    columns = beta.shape[1]
    for j in range(len(first)):
        if not active[j]:
            continue
        for i in range(first[j], last[j]):
            eta = 0.0
            for k in range(columns):
                eta += x[i, k] * beta[j, k]
            small = np.exp(-abs(eta))
            chance = 1.0 / (1.0 + small) if eta >= 0.0 else small / (1.0 + small)
            value[j] += right[i] * eta - n[i] * (max(eta, 0.0) + np.log1p(small))
            residual = right[i] - n[i] * chance
            weight = n[i] * small / (1.0 + small) ** 2
            for k in range(columns):
                score[j, k] += x[i, k] * residual
                for m in range(k + 1):
                    information[j, k, m] += weight * x[i, k] * x[i, m]
        for k in range(columns):
            for m in range(k):
                information[j, m, k] = information[j, k, m]
