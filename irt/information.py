"""Fisher information of items and tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from irt.latent import Quadrature
from irt.models import D, Floats


def item_information(theta: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Floats:
    """I = D^2 a^2 (Q / P) ((P - c) / (1 - c))^2 (Birnbaum 1968); the arguments broadcast, D = 1.7 metric.

    Computed as D^2 a^2 (1 - c) (1 - L) L (L / P) with L the logistic curve, which is the same and stays
    exact where P rounds to c or to 1.
    """
    theta_, a_, b_, c_ = (np.asarray(x, dtype=np.float64) for x in (theta, a, b, c))
    slope = D * a_
    logits = slope * (theta_ - b_)
    up, down = expit(logits), expit(-logits)
    # L / P has no value where both underflow; c = 0 makes it 1.
    share = np.divide(
        up, c_ + (1.0 - c_) * up, out=np.ones(np.broadcast(up, c_).shape), where=(c_ + up) > 0.0
    )
    information: Floats = slope * slope * (1.0 - c_) * down * up * share
    return information


def test_information(theta: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Floats:
    """Sum of the information of items (shape (items,)) at each theta; the shape of theta."""
    at = np.asarray(theta, dtype=np.float64)
    total: Floats = item_information(at[..., None], a, b, c).sum(axis=-1)
    return total


def average_information(
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> Floats:
    """Information of each item averaged over theta ~ N(mean, sd), shape (items,): how much it tells of whom it meets.

    D = 1.7 metric; by the quadrature, 61 nodes on [-6, 6] unless told.
    """
    theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
    averaged: Floats = np.exp(log_weights) @ item_information(theta[:, None], a, b, c)
    return averaged
