"""An item's answers by what each person's other answers say of theta: enough to fit its curve without the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.fit.calibrated import Calibrated
from irt.models import Floats

#: Bins of E[theta | other answers] over 8 SD; within one, curves of any item differ too little to matter.
BINS = 48
_REACH = 4.0


@dataclass(frozen=True)
class Rest:
    """Answers to items, binned by E[theta | other answers].

    weights: shape (items, bins, nodes), the mean posterior of the persons of a bin given their other answers,
    0 where nobody is. n, right: shape (items, bins). theta: shape (nodes,).
    """

    weights: Floats
    n: Floats
    right: Floats
    theta: Floats

    def only(self, kept: NDArray[np.bool_] | slice) -> Rest:
        """Of some of the items, shape (items,); of neighbours, a slice, without a copy."""
        return Rest(self.weights[kept], self.n[kept], self.right[kept], self.theta)


def rest_of(fitted: Calibrated, wanted: NDArray[np.bool_]) -> Rest:
    """Of the fitted items that are wanted (fitted items,), in their order; 23 kB an item at 61 nodes."""
    slot = np.where(wanted, np.cumsum(wanted) - 1, -1).astype(np.int64)
    size = int(wanted.sum())
    weights = np.zeros((size, BINS, len(fitted.theta)))
    counts = np.zeros((size, BINS, 2))
    mean, sd = overall(fitted)
    _add_rest(
        fitted.responses.starts,
        fitted.responses.cells,
        fitted.group,
        fitted.table,
        np.exp(fitted.table),
        fitted.theta,
        fitted.log_weights,
        slot,
        (mean - _REACH * sd, BINS / (2.0 * _REACH * sd)),
        weights,
        counts,
    )
    n = counts.sum(axis=2)
    weights /= np.maximum(n, 1.0)[:, :, None]
    return Rest(weights, n, counts[:, :, 1], fitted.theta)


def overall(fitted: Calibrated) -> tuple[float, float]:
    """Mean and SD of theta over all groups together."""
    latent = fitted.calibration.latent
    share = latent.n / latent.n.sum()
    mean = float(share @ latent.mean)
    return mean, float(np.sqrt(share @ (latent.sd**2 + (latent.mean - mean) ** 2)))


@compiled
def _add_rest(
    starts: NDArray[np.int64],
    cells: NDArray[np.int32],
    group: NDArray[np.int64],
    table: Floats,
    likelihood: Floats,
    theta: Floats,
    log_weights: Floats,
    slot: NDArray[np.int64],
    grid: tuple[float, float],
    weights: Floats,
    counts: Floats,
) -> None:
    """Add each answer to its item's bin; `grid` is the lower end and the bins to a unit of theta.

    Leaving an answer out divides the posterior by its likelihood; where that is too small to divide by, the
    posterior is nothing already.
    """
    nodes, bins = len(theta), counts.shape[1]
    posterior, rest = np.empty(nodes), np.empty(nodes)
    for person in range(len(starts) - 1):
        first, last = starts[person], starts[person + 1]
        posterior[:] = log_weights[group[person]]
        for k in range(first, last):
            for q in range(nodes):
                posterior[q] += table[cells[k], q]
        top = posterior.max()
        for q in range(nodes):
            posterior[q] = np.exp(posterior[q] - top)
        for k in range(first, last):
            own = slot[cells[k] >> 1]
            if own < 0:
                continue
            mass = centre = 0.0
            for q in range(nodes):
                rest[q] = posterior[q] / max(likelihood[cells[k], q], 1e-200)
                mass += rest[q]
                centre += rest[q] * theta[q]
            place = min(max(int((centre / mass - grid[0]) * grid[1]), 0), bins - 1)
            counts[own, place, cells[k] & 1] += 1.0
            for q in range(nodes):
                weights[own, place, q] += rest[q] / mass
