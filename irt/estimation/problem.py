"""What stays the same during a fit, and the two halves of a pass over the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation import shards
from irt.estimation.maximize import Ascent, Point, maximize
from irt.estimation.shards import Expectation, Shard, Step, log_table, padded_weights, total
from irt.estimation.specification import Specification
from irt.estimation.workers import Threads, Windows, Workers
from irt.models import Floats
from irt.responses import Responses


@dataclass(frozen=True)
class Problem:
    """The answers, whole and in shards, the group of each person, the nodes, what is estimated, who computes.

    `workers` does the E-steps, `local` all that needs threads of this process. With `windowed` nodes
    without posterior weight are left out; a histogram need not fall off to the sides, so it goes without.
    """

    responses: Responses
    group: NDArray[np.int32]
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
        step = Step(point.parameters, self.theta, self.log_weights(point), only)
        each = self.workers.expect(step, windows if self.windowed else self.open_windows())
        return total(each, len(self.theta), self.local.map, self.local.number)

    def maximize(self, expected: Expectation, point: Point) -> Ascent:
        """The M-step."""
        return maximize(self.specification, expected, self.theta, point, self.local.map, self.local.number)

    def table(self, parameters: Floats) -> Floats:
        """Log probabilities (2 * items, nodes), nodes padded."""
        return log_table(parameters, self.theta)

    def log_weights(self, point: Point) -> Floats:
        """Log weights (groups, nodes), nodes padded by some without weight."""
        return padded_weights(point.population.log_weights(self.theta))
