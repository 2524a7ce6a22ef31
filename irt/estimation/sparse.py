"""The E-step on sparse data: posterior of each person over the nodes, and the counts expected from it.

Bock & Aitkin (1981). All in logs: a person's 1,500 answers underflow nothing. The cost is one addition a
node for the likelihood and one for the counts, for each answer given; what was not answered costs nothing.
"""

from __future__ import annotations

import numpy as np

from irt.estimation.kernels import expect, moments
from irt.models import Floats, log_probabilities
from irt.responses import Responses


def log_table(parameters: Floats, theta: Floats) -> Floats:
    """Log probabilities of a wrong and a right answer, shape (2 * items, nodes), row 2 * item + correct."""
    logits = parameters[:, 0, None] * theta + parameters[:, 1, None]
    table = np.empty((2 * len(parameters), len(theta)))
    table[1::2], table[0::2] = log_probabilities(logits, parameters[:, 2, None])
    return table


def expected_counts(
    responses: Responses, parameters: Floats, theta: Floats, log_weights: Floats
) -> tuple[Floats, float]:
    """(counts, marginal log-likelihood) at the parameters.

    counts has shape (2 * items, nodes): expected number of wrong (row 2 * item) and right (2 * item + 1)
    answers at each node. Persons without an answer add nothing to either.
    """
    counts = np.zeros((2 * len(parameters), len(theta)))
    total = expect(responses.starts, responses.cells, log_table(parameters, theta), log_weights, counts)
    return counts, total


def posterior_moments(
    responses: Responses, table: Floats, theta: Floats, log_weights: Floats
) -> tuple[Floats, Floats]:
    """(mean, standard deviation) of each person's posterior; without answers, those of the prior."""
    mean, sd = np.empty(responses.n_persons), np.empty(responses.n_persons)
    moments(responses.starts, responses.cells, table, theta, log_weights, mean, sd)
    return mean, sd
