"""The response function, its metric, and the parameters of items.

P(theta) = c + (1 - c) / (1 + exp(-D a (theta - b))),  D = 1.7   (Birnbaum 1968, three-parameter logistic)

Everything public is in this metric. Estimation works in the logistic (slope, intercept) metric, in which the
likelihood of a 2PL item is concave: logit = slope * theta + intercept, with slope = D a, intercept = -D a b.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from irt.errors import InvalidParameters

Floats = NDArray[np.float64]

#: Scaling constant of the stored metric: with it a logistic curve lies within 0.01 of the normal ogive.
D: Final = 1.7


def to_logistic(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """(a, b) of the D = 1.7 metric as (slope, intercept) of logit = slope * theta + intercept."""
    slope = D * np.asarray(a, dtype=np.float64)
    return slope, -slope * np.asarray(b, dtype=np.float64)


def from_logistic(slope: ArrayLike, intercept: ArrayLike) -> tuple[Floats, Floats]:
    """(slope, intercept) of the logistic metric as (a, b) of the D = 1.7 metric; b is infinite at slope 0."""
    slopes = np.asarray(slope, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return slopes / D, -np.asarray(intercept, dtype=np.float64) / slopes


def probability(theta: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Floats:
    """P(correct | theta); the arguments broadcast, D = 1.7 metric."""
    theta_, a_, b_, c_ = (np.asarray(x, dtype=np.float64) for x in (theta, a, b, c))
    curve: Floats = c_ + (1.0 - c_) * expit(D * a_ * (theta_ - b_))
    return curve


def log_probabilities(logits: Floats, c: Floats) -> tuple[Floats, Floats]:
    """(log P, log(1 - P)) at given logits, exact where P or 1 - P is far below the rounding of 1.

    `logits` and `c` broadcast. With c = 0, log P is taken from the logit itself: log(expit(-800)) is -800,
    not minus infinity.
    """
    log_curve = -np.logaddexp(0.0, -logits)
    with np.errstate(divide="ignore"):
        guessing = np.log(c)
    log_right: Floats = np.logaddexp(guessing, np.log1p(-c) + log_curve)
    log_wrong: Floats = np.log1p(-c) - np.logaddexp(0.0, logits)
    return log_right, log_wrong


@dataclass(frozen=True)
class ItemParameters:
    """Parameters of items, arrays of shape (items,), D = 1.7 metric. An item without parameters has NaN.

    Raises:
        InvalidParameters: unequal lengths, a label twice, an infinite value, or c outside [0, 1).
    """

    items: tuple[Hashable, ...]
    a: Floats
    b: Floats
    c: Floats

    def __init__(self, items: Sequence[Hashable], a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0) -> None:
        labels = tuple(items)
        object.__setattr__(self, "items", labels)
        for name, value in (("a", a), ("b", b), ("c", c)):
            column = np.array(
                np.broadcast_to(np.asarray(value, dtype=np.float64), (len(labels),))
                if np.ndim(value) == 0
                else value,
                dtype=np.float64,
            )
            if column.shape != (len(labels),):
                raise InvalidParameters(
                    f"{name} has shape {column.shape}; {len(labels)} items need ({len(labels)},)"
                )
            if np.isinf(column).any():
                where = labels[int(np.isinf(column).argmax())]
                raise InvalidParameters(f"item {where!r}: {name} is infinite; give a number, or NaN for none")
            column.flags.writeable = False
            object.__setattr__(self, name, column)
        if len(set(labels)) != len(labels):
            twice = next(label for i, label in enumerate(labels) if label in labels[:i])
            raise InvalidParameters(f"item {twice!r} has parameters twice; give each item once")
        outside = (self.c < 0.0) | (self.c >= 1.0)
        if outside.any():
            i = int(outside.argmax())
            raise InvalidParameters(f"item {labels[i]!r}: c is {self.c[i]:g}; it must lie in [0, 1)")
