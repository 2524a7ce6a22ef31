"""Prior densities of item parameters, each stated in its metric.

The density is one of (slope, b, c): ln slope ~ Normal in the logistic metric (slope = 1.7 a), b ~ Normal,
c ~ Beta. The mode that is found is the mode of that density, so the lognormal's 1 / slope counts and c has
no Jacobian of a logit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln

from irt.errors import InvalidArgument
from irt.estimation import prior_terms
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.models import Floats

__all__ = ["INTERCEPT", "SLOPE", "Beta", "C", "LogNormal", "Normal", "Priors", "prior_table"]


@dataclass(frozen=True)
class LogNormal:
    """ln x ~ Normal(mean, sd)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _proper(self.mean, self.sd)


@dataclass(frozen=True)
class Normal:
    """x ~ Normal(mean, sd)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _proper(self.mean, self.sd)


@dataclass(frozen=True)
class Beta:
    """x ~ Beta(alpha, beta), both at least 1, so that the density has no pole to run into."""

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        if not (self.alpha >= 1.0 and self.beta >= 1.0 and np.isfinite([self.alpha, self.beta]).all()):
            raise InvalidArgument(
                f"a beta prior needs alpha and beta of at least 1, not ({self.alpha}, {self.beta})"
            )

    @property
    def mode(self) -> float:
        """The mode; the middle where the density is flat."""
        weight = self.alpha + self.beta - 2.0
        return (self.alpha - 1.0) / weight if weight > 0.0 else 0.5


@dataclass(frozen=True)
class Priors:
    """Independent priors of an item's logistic slope, b and c; None stands for no prior.

    The prior of a parameter that is fixed does not count; that of one that items share counts once.
    """

    slope: LogNormal | None = None
    b: Normal | None = None
    c: Beta | None = None

    @classmethod
    def none(cls) -> Priors:
        """No priors: plain maximum likelihood."""
        return cls()

    @classmethod
    def default(cls, model: str) -> Priors:
        """1PL and 2PL: none. 3PL: c ~ Beta(5, 17), mode 0.2, worth 20 answers of people who only guess.

        An item that few people guess at says almost nothing about its c, and without a prior c then runs to
        0 or takes b with it; those 20 answers settle such items and are soon outweighed on the others.
        """
        return cls(c=Beta(5.0, 17.0)) if model == "3PL" else cls()

    def row(self) -> list[float]:
        """The row of `irt.estimation.prior_terms`."""
        out = [0.0] * prior_terms.COLUMNS
        if self.slope is not None:
            out[prior_terms.SLOPE_MEAN], out[prior_terms.SLOPE_SD] = self.slope.mean, self.slope.sd
        if self.b is not None:
            out[prior_terms.B_MEAN], out[prior_terms.B_SD] = self.b.mean, self.b.sd
        if self.c is not None:
            out[prior_terms.ALPHA], out[prior_terms.BETA] = self.c.alpha, self.c.beta
        return out


def prior_table(priors: Sequence[Priors]) -> Floats:
    """Priors of items as the table that estimation reads, shape (items, 7)."""
    rows = {each: each.row() for each in set(priors)}
    return with_constants(np.array([rows[each] for each in priors], dtype=np.float64).reshape(-1, 7))


def with_constants(table: Floats) -> Floats:
    """The table with the normalising constants of the priors that it has."""
    out = table.copy()
    total = np.zeros(len(out))
    for column in (prior_terms.SLOPE_SD, prior_terms.B_SD):
        has = out[:, column] > 0.0
        total[has] -= np.log(out[has, column] * np.sqrt(2.0 * np.pi))
    has = out[:, prior_terms.ALPHA] > 0.0
    total[has] -= betaln(out[has, prior_terms.ALPHA], out[has, prior_terms.BETA])
    out[:, prior_terms.CONSTANT] = total
    return out


def _proper(mean: float, sd: float) -> None:
    if not np.isfinite(mean):
        raise InvalidArgument(f"a prior's mean must be a finite number, not {mean}")
    if not (np.isfinite(sd) and sd > 0.0):
        raise InvalidArgument(f"a prior's sd must be a positive number, not {sd}")
