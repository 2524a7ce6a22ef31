"""The latent distribution of each group on the nodes: its weights, and its part of the M-step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from irt.models import Floats

#: The log weight of a node that is only there to fill up a block: nothing beside any other.
NO_WEIGHT = -1e5
_ROUNDS = 12


@dataclass(frozen=True)
class Population:
    """Groups of persons: N(mean, sd) each, or a histogram of its own on the nodes.

    mean, sd: shape (groups,). free: shape (groups,), False for a group that holds its distribution.
    histogram: None, or probabilities of shape (groups, nodes); mean and sd are then those of the histogram.
    """

    mean: Floats
    sd: Floats
    free: NDArray[np.bool_]
    histogram: Floats | None = None

    def log_weights(self, theta: Floats) -> Floats:
        """Log probabilities of the nodes, shape (groups, nodes); each group's sum to 1."""
        if self.histogram is not None:
            with np.errstate(divide="ignore"):
                return np.maximum(np.log(self.histogram), NO_WEIGHT)
        z = (theta - self.mean[:, None]) / self.sd[:, None]
        log_weights = -0.5 * z * z
        top = log_weights.max(axis=1, keepdims=True)
        total: Floats = log_weights - (top + np.log(np.exp(log_weights - top).sum(axis=1, keepdims=True)))
        return total

    def gradient(self, mass: Floats, theta: Floats) -> Floats:
        """Derivatives of the marginal log-likelihood by (mean, ln sd), shape (groups, 2).

        mass (groups, nodes): expected persons. 0 for groups that are not free, and for histograms, whose
        step tells all.
        """
        out = np.zeros((len(self.mean), 2))
        if self.histogram is not None:
            return out
        z = (theta - self.mean[:, None]) / self.sd[:, None]
        excess = mass - mass.sum(axis=1, keepdims=True) * np.exp(self.log_weights(theta))
        out[:, 0] = (excess * z).sum(axis=1) / self.sd
        out[:, 1] = (excess * z * z).sum(axis=1)
        out[~self.free] = 0.0
        return out

    def maximized(self, mass: Floats, theta: Floats) -> Population:
        """The M-step. On the nodes the maximum is where the moments of the weights are those of the mass."""
        if not self.free.any():
            return self
        persons = np.maximum(mass.sum(axis=1, keepdims=True), 1e-300)
        share = mass / persons
        mean = (share * theta).sum(axis=1)
        sd = np.sqrt((share * (theta - mean[:, None]) ** 2).sum(axis=1))
        if self.histogram is not None:
            kept = ~self.free
            share[kept], mean[kept], sd[kept] = self.histogram[kept], self.mean[kept], self.sd[kept]
            return replace(self, mean=mean, sd=sd, histogram=share)
        found = replace(self, mean=np.where(self.free, mean, self.mean), sd=np.where(self.free, sd, self.sd))
        for _ in range(_ROUNDS):  # what the ends of the grid cut off; nothing, usually
            weights = np.exp(found.log_weights(theta))
            centre = (weights * theta).sum(axis=1)
            spread = np.sqrt((weights * (theta - centre[:, None]) ** 2).sum(axis=1))
            off = np.where(self.free, mean - centre, 0.0)
            ratio = np.where(self.free & (spread > 0.0), sd / np.maximum(spread, 1e-12), 1.0)
            if np.abs(off).max() < 1e-13 and np.abs(ratio - 1.0).max() < 1e-13:
                break
            found = replace(found, mean=found.mean + off, sd=found.sd * np.clip(ratio, 0.5, 2.0))
        return found

    def moved(self, shift: float, scale: float) -> Population:
        """The same people on the scale theta' = (theta - shift) / scale."""
        return replace(self, mean=(self.mean - shift) / scale, sd=self.sd / scale)
