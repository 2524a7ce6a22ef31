"""Above or below a cut score, by the sequential probability ratio test (Wald 1947; Reckase 1983; Eggen 1999)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument
from irt.models import log_probabilities, to_logistic


class Side(StrEnum):
    """Of the cut score."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class Classification:
    """Tests theta = cut + delta against theta = cut - delta.

    cut:   theta on the scale of the parameters (D = 1.7 metric).
    delta: half the width of the region in which either side is as good.
    alpha: accepted share of learners at cut - delta who are placed above.
    beta:  accepted share of learners at cut + delta who are placed below.

    Raises:
        InvalidArgument: a cut that is not finite, a delta not above 0, an error rate outside (0, 0.5).
    """

    cut: float
    delta: float = 0.3
    alpha: float = 0.05
    beta: float = 0.05

    def __post_init__(self) -> None:
        if not (np.isfinite(self.cut) and np.isfinite(self.delta) and self.delta > 0.0):
            raise InvalidArgument(
                f"a classification needs a finite cut and a delta above 0, not {self.cut} and {self.delta}"
            )
        if not (0.0 < self.alpha < 0.5 and 0.0 < self.beta < 0.5):
            raise InvalidArgument(
                f"alpha and beta must lie between 0 and 0.5, not {self.alpha} and {self.beta}"
            )

    @property
    def bounds(self) -> tuple[float, float]:
        """(log(beta / (1 - alpha)), log((1 - beta) / alpha)): the log likelihood ratio stays between, undecided."""
        return float(np.log(self.beta / (1.0 - self.alpha))), float(np.log((1.0 - self.beta) / self.alpha))


def log_likelihood_ratio(
    rule: Classification, right: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike
) -> float:
    """Of the answers (1 right, 0 wrong) to items, each of shape (items,): log L(cut + delta) - log L(cut - delta).

    D = 1.7 metric; 0 without answers.

    Raises:
        InvalidArgument: lengths that differ, answers other than 0 and 1, or parameters that are not finite.
    """
    try:
        u, a_, b_, c_ = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (right, a, b, c))
        )
    except ValueError as error:
        raise InvalidArgument("right, a, b and c must have one value for each item") from error
    if not np.isin(u, (0.0, 1.0)).all() or not np.isfinite(a_ + b_ + c_).all():
        raise InvalidArgument("answers must be 0 or 1, and the parameters of their items finite")
    slope, intercept = to_logistic(a_, b_)
    logits = slope * np.array([[rule.cut + rule.delta], [rule.cut - rule.delta]]) + intercept
    log_right, log_wrong = log_probabilities(logits, c_)
    high, low = np.where(u > 0.0, log_right, log_wrong).sum(axis=1)
    return float(high - low)


def decided(rule: Classification, ratio: float) -> Side | None:
    """The side that the log likelihood ratio has settled, or None while it lies between the bounds."""
    lower, upper = rule.bounds
    if ratio >= upper:
        return Side.ABOVE
    return Side.BELOW if ratio <= lower else None


def forced(rule: Classification, ratio: float) -> Side:
    """The side of a session that ended undecided: that of the nearer bound (Spray & Reckase 1996)."""
    return Side.ABOVE if ratio > 0.5 * sum(rule.bounds) else Side.BELOW
