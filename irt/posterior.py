"""What the answers of one person tell of their ability: the posterior, for use after each answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidParameters, InvalidResponses
from irt.latent import Quadrature
from irt.models import D, Floats, log_probabilities
from irt.scoring.posterior_kernels import FINE, MOST_REFINED, RESOLVED


@dataclass(frozen=True, eq=False)
class Posterior:
    """A posterior of theta: nodes and weights, each (nodes,), the weights summing to 1; mean and sd of it."""

    theta: Floats
    weights: Floats
    mean: float
    sd: float

    @classmethod
    def of(
        cls,
        correct: ArrayLike,
        a: ArrayLike,
        b: ArrayLike,
        c: ArrayLike,
        *,
        mean: float = 0.0,
        sd: float = 1.0,
        quadrature: Quadrature | None = None,
    ) -> Posterior:
        """The posterior under theta ~ N(mean, sd): answers 0/1 and parameters of the items, shape (answers,), D = 1.7.

        Plain numpy, some tens of microseconds. quadrature: in sd from the mean, taken as it is; None: 61 nodes on
        [-6, 6], and finer ones around a posterior that is too narrow for them, as `irt.score` has them.

        Raises:
            InvalidResponses: an answer that is not 0 or 1, or not as many answers as items.
            InvalidParameters: a parameter that is not finite.
        """
        u, a_, b_, c_ = (np.asarray(x, dtype=np.float64) for x in (correct, a, b, c))
        if not u.shape == a_.shape == b_.shape == c_.shape or u.ndim != 1:
            raise InvalidResponses(
                f"one answer for each item is needed, in one dimension: {u.shape} answers, "
                f"a {a_.shape}, b {b_.shape}, c {c_.shape}"
            )
        if not ((u == 0.0) | (u == 1.0)).all():
            raise InvalidResponses("every answer must be 0 or 1")
        if not np.isfinite(a_ + b_ + c_).all():
            raise InvalidParameters(
                "every item needs finite a, b and c; give items without parameters a stand-in"
            )
        theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
        found = cls._at(theta, log_weights, u, a_, b_, c_)
        for _ in range(MOST_REFINED if quadrature is None else 0):
            gap = found.theta[1] - found.theta[0]
            if found.sd >= RESOLVED * gap:
                break
            theta = found.mean + 5.0 * gap * np.linspace(-1.0, 1.0, FINE)  # as the kernel of `score` does
            found = cls._at(theta, -0.5 * ((theta - mean) / sd) ** 2, u, a_, b_, c_)
        return found

    @classmethod
    def _at(cls, theta: Floats, log_prior: Floats, u: Floats, a: Floats, b: Floats, c: Floats) -> Posterior:
        """The posterior at these nodes."""
        logits = (D * a)[:, None] * (theta - b[:, None])
        log_right, log_wrong = log_probabilities(logits, c[:, None])
        log_posterior = log_prior + np.where(u[:, None] > 0.0, log_right, log_wrong).sum(axis=0)
        weights = np.exp(log_posterior - log_posterior.max())
        weights /= weights.sum()
        mean = float(weights @ theta)
        return cls(theta, weights, mean, float(np.sqrt(weights @ (theta - mean) ** 2)))
