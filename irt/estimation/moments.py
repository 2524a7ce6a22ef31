"""Mean and standard deviation of each person's posterior."""

from __future__ import annotations

import numpy as np

from irt.estimation.compiled import compiled
from irt.estimation.kernels import Cells, Starts, posterior
from irt.estimation.problem import log_table, padded_weights
from irt.models import Floats
from irt.responses import Responses


def posterior_moments(
    responses: Responses, parameters: Floats, theta: Floats, log_weights: Floats
) -> tuple[Floats, Floats]:
    """(mean, standard deviation) of each person's posterior; without answers, those of the prior."""
    mean, sd = np.empty(responses.n_persons), np.empty(responses.n_persons)
    table, weights = log_table(parameters, theta), padded_weights(log_weights[None])[0]
    filled = np.full(len(weights), theta[-1])
    filled[: len(theta)] = theta
    _moments(responses.starts, responses.cells, table, filled, weights, mean, sd)
    return mean, sd


@compiled
def _moments(
    starts: Starts, cells: Cells, table: Floats, theta: Floats, log_weights: Floats, mean: Floats, sd: Floats
) -> None:
    own, window = np.empty(len(theta)), np.empty(2, dtype=np.uint8)
    for person in range(len(starts) - 1):
        window[0], window[1] = 0, len(theta) // 8
        posterior(cells, starts[person], starts[person + 1], table, log_weights, window, own)
        centre = 0.0
        for q in range(len(own)):
            centre += own[q] * theta[q]
        spread = 0.0
        for q in range(len(own)):
            spread += own[q] * (theta[q] - centre) ** 2
        mean[person] = centre
        sd[person] = np.sqrt(spread)
