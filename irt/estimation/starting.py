"""Starting values: from classical statistics, so that no pass is spent on finding the neighbourhood, or from a fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, ndtri

from irt.estimation import kernels, prior_terms
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.estimation.shards import Shard
from irt.estimation.specification import Specification
from irt.estimation.workers import Threads
from irt.models import D, Floats


def starting_values(
    shards: Sequence[Shard], cell_counts: NDArray[np.int64], spec: Specification, local: Threads
) -> Floats:
    """Slope, intercept and c of each item, shape (items, 3), logistic metric.

    cell_counts (2 * items,) are those of the answers. The slope comes from the corrected biserial correlation
    r, a = r / sqrt(1 - r^2) (Lord & Novick 1968, section 16.10), the intercept from the proportion correct,
    stretched by what averaging over N(0, 1) took from it. An item with a negative correlation starts with a
    negative slope, unless a prior forbids it.
    """
    proportion = cell_counts[1::2] / np.maximum(cell_counts[0::2] + cell_counts[1::2], 1)
    correlation = rest_correlation(shards, proportion, local)
    p = np.clip(proportion, 0.005, 0.995)
    biserial = correlation * np.sqrt(p * (1.0 - p)) / (np.exp(-0.5 * ndtri(p) ** 2) / np.sqrt(2.0 * np.pi))
    biserial = np.clip(np.nan_to_num(biserial, nan=0.4), -0.6, 0.85)
    slope = D * biserial / np.sqrt(1.0 - biserial * biserial)
    positive = spec.priors[:, prior_terms.SLOPE_SD] > 0.0
    slope = np.where(positive, np.maximum(slope, 0.3), slope)
    finite_b = (spec.priors[:, prior_terms.B_SD] > 0.0) & (np.abs(slope) < 0.3)
    slope = np.where(finite_b, 0.3, slope)
    tied = spec.tied[:, SLOPE]
    slope[tied] = np.median(slope[tied]) if tied.any() else 0.0
    if tied.any() and spec.shared_prior[prior_terms.SLOPE_SD] > 0.0:
        slope[tied] = np.maximum(slope[tied], 0.3)
    out = np.zeros((spec.n_items, 3))
    c = np.where(spec.estimated[:, C], _starting_c(spec, p), 0.0)
    if spec.tied[:, C].any():
        c[spec.tied[:, C]] = c[spec.tied[:, C]].min()
    without_guessing = np.clip((p - c) / (1.0 - c), 0.01, 0.99)
    out[:, SLOPE], out[:, C] = slope, c
    out[:, INTERCEPT] = logit(without_guessing) * np.sqrt(1.0 + (slope / D) ** 2)
    return out


def warmed(found: Floats, given: Floats, spec: Specification) -> Floats:
    """Starting values (items, 3) with those that are given in their place; `given` is NaN where there are none.

    What is fixed stays as found, and so does what a prior has no density for: a slope of 0 or below under a
    lognormal, c = 0 under a beta. What items share begins at the median of what is given of them. A b that is
    given is kept whatever becomes of the slope.
    """
    known = np.isfinite(given).all(axis=1)
    if not known.any():
        return found
    out, estimated = found.copy(), spec.estimated
    priors = np.where(spec.tied[:, SLOPE, None], spec.shared_prior, spec.priors)
    needs_slope = (priors[:, prior_terms.SLOPE_SD] > 0.0) | (spec.priors[:, prior_terms.B_SD] > 0.0)
    known &= (given[:, SLOPE] > 0.0) | ((given[:, SLOPE] < 0.0) & ~needs_slope)
    priors = np.where(spec.tied[:, C, None], spec.shared_prior, spec.priors)
    allowed = (given[:, C] > 0.0) | ~(priors[:, prior_terms.ALPHA] > 1.0)
    for column, usable in ((SLOPE, known), (C, known & allowed)):
        own = usable & spec.free[:, column]
        out[own, column] = given[own, column]
        shared = usable & spec.tied[:, column]
        if shared.any():
            out[spec.tied[:, column], column] = np.median(given[shared, column])
    moved = known & estimated[:, INTERCEPT]
    out[moved, INTERCEPT] = given[moved, INTERCEPT] / given[moved, SLOPE] * out[moved, SLOPE]
    return out


def _starting_c(spec: Specification, p: Floats) -> Floats:
    """The prior's mode where there is a prior, else 0.15; below what the proportion correct allows."""
    alpha, beta = spec.priors[:, prior_terms.ALPHA], spec.priors[:, prior_terms.BETA]
    alpha = np.where(spec.tied[:, C], spec.shared_prior[prior_terms.ALPHA], alpha)
    beta = np.where(spec.tied[:, C], spec.shared_prior[prior_terms.BETA], beta)
    weight = alpha + beta - 2.0
    mode = np.where((alpha > 0.0) & (weight > 0.0), (alpha - 1.0) / np.where(weight > 0.0, weight, 1.0), 0.15)
    found: Floats = np.minimum(np.clip(mode, 0.01, 0.5), 0.5 * p)
    return found


def rest_correlation(shards: Sequence[Shard], proportion: Floats, local: Threads) -> Floats:
    """Correlation of each item with the mean residual of the person's other answers; NaN if undefined."""
    own = np.empty(2 * len(proportion))
    own[0::2], own[1::2] = -proportion, 1.0 - proportion

    def sums_of(shard: Shard) -> Floats:
        if shard.digits is None:
            answers, residual = np.ones(len(own), dtype=np.int64), own
        else:
            there = shard.digits >= 0
            answers = there.sum(axis=1).astype(np.int64)
            residual = np.where(there, own[shard.digits], 0.0).sum(axis=1)
        sums = np.zeros((len(answers), 6))
        kernels.rest_sums(shard.starts, shard.cells, answers, residual, sums)
        return _unpacked(shard, sums, len(proportion))

    n, wt, w, wtwt, wwt, ww = np.sum(local.map(sums_of, shards), axis=0).T
    rest = wt - w * own  # sums, over the persons of a cell, of the rest and of its square
    rest_square = wtwt - 2.0 * own * wwt + own * own * ww
    with np.errstate(divide="ignore", invalid="ignore"):
        persons = n[0::2] + n[1::2]
        share, mean = n[1::2] / persons, (rest[0::2] + rest[1::2]) / persons
        variance = (rest_square[0::2] + rest_square[1::2]) / persons - mean * mean
        covariance = rest[1::2] / persons - share * mean
        found: Floats = covariance / np.sqrt(variance * share * (1.0 - share))
    found[~np.isfinite(found)] = np.nan
    return found


def _unpacked(shard: Shard, sums: Floats, n_items: int) -> Floats:
    """Sums by row of the shard's table as sums by cell, shape (2 * items, columns)."""
    if shard.digits is None:
        return sums
    out = np.zeros((2 * n_items, sums.shape[1]))
    kernels.fold_patterns(shard.digits, sums, out)
    return out
