"""What stays the same during a fit, and the two halves of a pass over the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation import kernels, shards
from irt.estimation.maximize import Ascent, Point, maximize
from irt.estimation.population import NO_WEIGHT
from irt.estimation.shards import Expectation, Shard
from irt.estimation.specification import Specification
from irt.estimation.workers import Threads, Windows, Workers
from irt.models import Floats


@dataclass(frozen=True)
class Problem:
    """The answers in shards, the nodes, what is estimated, and who computes.

    `workers` does the E-steps, `local` all that needs threads of this process. With `windowed` nodes
    without posterior weight are left out; a histogram need not fall off to the sides, so it goes without.
    """

    shards: tuple[Shard, ...]
    theta: Floats
    specification: Specification
    workers: Workers
    local: Threads
    windowed: bool = True

    def open_windows(self) -> tuple[Windows, ...]:
        """Windows that leave nothing out."""
        return shards.open_windows(self.shards, len(self.theta))

    def expect(
        self, point: Point, windows: Sequence[Windows], only: NDArray[np.bool_] | None = None
    ) -> Expectation:
        """The E-step; with `only` (items,), posteriors come from the answers to those items alone."""
        table = self.table(point.parameters)
        if only is not None:
            table[np.repeat(~only, 2)] = 0.0
        each = self.workers.expect(
            table, self.log_weights(point), windows if self.windowed else self.open_windows()
        )
        return total(each, len(self.theta))

    def maximize(self, expected: Expectation, point: Point) -> Ascent:
        """The M-step."""
        return maximize(self.specification, expected, self.theta, point, self.local.map, self.local.number)

    def table(self, parameters: Floats) -> Floats:
        """Log probabilities (2 * items, nodes), nodes padded."""
        return log_table(parameters, self.theta)

    def log_weights(self, point: Point) -> Floats:
        """Log weights (groups, nodes), nodes padded by some without weight."""
        return padded_weights(point.population.log_weights(self.theta))


def log_table(parameters: Floats, theta: Floats) -> Floats:
    """Log probabilities of a wrong and a right answer, shape (2 * items, nodes), row 2 * item + correct.

    theta (nodes,); the table has as many nodes as are computed at once, the last one repeated.
    """
    filled = np.full(shards.padded(len(theta)), theta[-1])
    filled[: len(theta)] = theta
    table = np.empty((2 * len(parameters), len(filled)))
    kernels.fill_table(parameters, filled, table)
    return table


def padded_weights(log_weights: Floats) -> Floats:
    """Log weights (groups, nodes) with nodes without weight at the end, as many as are computed at once."""
    extra = shards.padded(log_weights.shape[1]) - log_weights.shape[1]
    return np.pad(log_weights, ((0, 0), (0, extra)), constant_values=NO_WEIGHT)


def total(each: Sequence[Expectation], nodes: int) -> Expectation:
    """The sum over shards, in their order, without the nodes that only fill up."""
    counts, mass = each[0].counts[:, :nodes].copy(), each[0].mass[:, :nodes].copy()
    log_likelihood = each[0].log_likelihood
    for other in each[1:]:
        counts += other.counts[:, :nodes]
        mass += other.mass[:, :nodes]
        log_likelihood += other.log_likelihood
    windows = tuple(window for one in each for window in one.windows)
    return Expectation(counts, mass, log_likelihood, windows)
