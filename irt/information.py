"""Fisher information of items and tests, and the reliability that comes of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from irt.errors import InvalidArgument
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


def standard_error(theta: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Floats:
    """Conditional standard error 1 / sqrt(test information) of ML and WLE; infinite where nothing is told.

    Items of shape (items,); returns the shape of theta.
    """
    with np.errstate(divide="ignore"):
        error: Floats = 1.0 / np.sqrt(test_information(theta, a, b, c))
    return error


def maximum_information(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> tuple[Floats, Floats]:
    """(theta where each item tells most, its information there); the arguments broadcast, D = 1.7 metric.

    Closed form (Birnbaum 1968, section 20.4). An item with a = 0 tells nothing anywhere: its theta is NaN.
    """
    a_, b_, c_ = (np.asarray(x, dtype=np.float64) for x in (a, b, c))
    slope, part = D * a_, np.sqrt(1.0 + 8.0 * c_)
    with np.errstate(divide="ignore", invalid="ignore"):
        theta: Floats = b_ + np.where(slope == 0.0, np.nan, np.log(0.5 + 0.5 * part) / slope)
    top: Floats = slope**2 * (1.0 - 20.0 * c_ - 8.0 * c_**2 + part**3) / (8.0 * (1.0 - c_) ** 2)
    return theta, np.broadcast_to(top, theta.shape).copy()


def marginal_reliability(
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    *,
    method: str = "EAP",
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> float:
    """1 - E[error variance] / sd^2 over theta ~ N(mean, sd) (Green et al. 1984), before anybody answered.

    The error variance at theta is 1 / (I + 1 / sd^2) for "EAP" and "MAP", 1 / I for "ML" and "WLE". For the
    latter it may be negative, where the tails of the distribution meet a test that tells nothing there.

    Raises:
        InvalidArgument: an unknown method, or a mean and sd that are none.
    """
    if method not in ("EAP", "MAP", "ML", "WLE"):
        raise InvalidArgument(f"method must be one of EAP, MAP, ML, WLE, not {method!r}")
    theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
    known = test_information(theta, a, b, c) + (sd**-2.0 if method in ("EAP", "MAP") else 0.0)
    with np.errstate(divide="ignore"):
        return float(1.0 - np.exp(log_weights) @ (1.0 / known) / sd**2)


def empirical_reliability(theta: ArrayLike, se: ArrayLike) -> float:
    """var(theta) / (var(theta) + mean(se^2)) of EAP scores and their posterior sds, shape (persons,).

    The share of the posterior means in the variance of ability, as estimated from these persons. Persons with
    NaN are left out; NaN if fewer than two remain or nothing varies.

    Raises:
        InvalidArgument: unequal lengths.
    """
    scores, errors = np.asarray(theta, dtype=np.float64), np.asarray(se, dtype=np.float64)
    if scores.shape != errors.shape or scores.ndim != 1:
        raise InvalidArgument(f"one se is needed for each theta, not {errors.shape} for {scores.shape}")
    known = np.isfinite(scores + errors)
    if known.sum() < 2:
        return float("nan")
    between, within = scores[known].var(), (errors[known] ** 2).mean()
    return float(between / (between + within)) if between + within > 0.0 else float("nan")
