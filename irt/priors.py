"""Prior densities of item parameters, each stated in its metric.

The density is one of (slope, b, c): ln slope ~ Normal in the logistic metric (slope = 1.7 a), b ~ Normal,
c ~ Beta. The mode that is found is the mode of that density, so the lognormal's 1 / slope counts and c has
no Jacobian of a logit. The derivatives below are by (slope, intercept, c), with b = -intercept / slope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln

from irt.errors import InvalidArgument
from irt.models import Floats

SLOPE, INTERCEPT, C = 0, 1, 2


@dataclass(frozen=True)
class LogNormal:
    """ln x ~ Normal(mean, sd)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _positive("sd", self.sd)


@dataclass(frozen=True)
class Normal:
    """x ~ Normal(mean, sd)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _positive("sd", self.sd)


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
    """Independent priors of each item's logistic slope, b and c; None stands for no prior."""

    slope: LogNormal | None = None
    b: Normal | None = None
    c: Beta | None = None

    @classmethod
    def none(cls) -> Priors:
        """No priors: plain maximum likelihood."""
        return cls()

    @classmethod
    def default(cls, model: str) -> Priors:
        """2PL: none. 3PL: c ~ Beta(5, 17), mode 0.2, as much as 20 answers of people who only guess.

        An item that few people guess at says almost nothing about its c, and without a prior c then runs to
        0 or takes b with it; those 20 answers settle such items and are soon outweighed on the others.
        """
        return cls(c=Beta(5.0, 17.0)) if model == "3PL" else cls()

    def log_density(self, parameters: Floats, free_c: Floats) -> Floats:
        """Log density of each item, shape (items,); parameters (items, 3) = slope, intercept, c."""
        slope, intercept, c = parameters.T
        total = np.zeros(len(parameters))
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.slope is not None:
                log_slope = np.log(np.where(slope > 0.0, slope, np.nan))
                z = (log_slope - self.slope.mean) / self.slope.sd
                density = -log_slope - 0.5 * z * z - np.log(self.slope.sd * np.sqrt(2.0 * np.pi))
                total += np.where(slope > 0.0, density, -np.inf)
            if self.b is not None:
                z = (-intercept / slope - self.b.mean) / self.b.sd
                total += np.where(
                    slope != 0.0, -0.5 * z * z - np.log(self.b.sd * np.sqrt(2.0 * np.pi)), -np.inf
                )
            if self.c is not None:
                density = -betaln(self.c.alpha, self.c.beta) * np.ones_like(c)
                if self.c.alpha > 1.0:
                    density += (self.c.alpha - 1.0) * np.log(c)
                density += (self.c.beta - 1.0) * np.log1p(-c)
                total += np.where(free_c > 0.0, density, 0.0)
        return total

    def gradient(self, parameters: Floats, free_c: Floats) -> Floats:
        """Derivatives of the log density, shape (items, 3)."""
        slope, intercept, c = parameters.T
        out = np.zeros_like(parameters)
        if self.slope is not None:
            out[:, SLOPE] -= (1.0 + (np.log(slope) - self.slope.mean) / self.slope.sd**2) / slope
        if self.b is not None:
            b = -intercept / slope
            pull = -(b - self.b.mean) / self.b.sd**2
            out[:, SLOPE] += pull * -b / slope
            out[:, INTERCEPT] += pull * -1.0 / slope
        if self.c is not None:
            left, right = self._beta_terms(c)
            out[:, C] += np.where(free_c > 0.0, left - right, 0.0)
        return out

    def curvature(self, parameters: Floats, free_c: Floats, *, scoring: bool = False) -> Floats:
        """Negative second derivatives, shape (items, 3, 3).

        With `scoring` the terms that may be negative are left out (those that carry the first derivative),
        so that the matrix is positive semidefinite and safe to step with.
        """
        slope, intercept, c = parameters.T
        out = np.zeros((len(parameters), 3, 3))
        if self.slope is not None:
            variance = self.slope.sd**2
            extra = 0.0 if scoring else -(1.0 + (np.log(slope) - self.slope.mean) / variance)
            out[:, SLOPE, SLOPE] += (1.0 / variance + extra) / slope**2
        if self.b is not None:
            b, variance = -intercept / slope, self.b.sd**2
            by = np.stack([-b / slope, -1.0 / slope], axis=1)
            out[:, :C, :C] += by[:, :, None] * by[:, None, :] / variance
            if not scoring:
                pull = (b - self.b.mean) / variance
                out[:, SLOPE, SLOPE] += pull * 2.0 * b / slope**2
                out[:, SLOPE, INTERCEPT] += pull / slope**2
                out[:, INTERCEPT, SLOPE] += pull / slope**2
        if self.c is not None:
            left, right = self._beta_terms(c)
            bend = left / np.maximum(c, _TINY) + right / (1.0 - c)
            out[:, C, C] += np.where(free_c > 0.0, bend, 0.0)
        return out

    def _beta_terms(self, c: Floats) -> tuple[Floats, Floats]:
        """(alpha - 1) / c and (beta - 1) / (1 - c)."""
        assert self.c is not None
        return (self.c.alpha - 1.0) / np.maximum(c, _TINY), (self.c.beta - 1.0) / (1.0 - c)


_TINY = 1e-12


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0.0):
        raise InvalidArgument(f"a prior's {name} must be a positive number, not {value}")
