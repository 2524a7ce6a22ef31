"""One E-step without a fit: what the answers say of items whose parameters are known."""

from __future__ import annotations

import numpy as np

from irt.estimation.shards import cut, expect_shard, in_lanes, log_table, open_windows, padded_weights, total
from irt.models import Floats
from irt.responses import Responses

__all__ = ["expected_counts", "log_table"]


def expected_counts(
    responses: Responses, parameters: Floats, theta: Floats, log_weights: Floats
) -> tuple[Floats, float]:
    """(counts, marginal log-likelihood) at parameters (items, 3) of the logistic metric.

    counts has shape (2 * items, nodes): expected number of wrong (row 2 * item) and right (2 * item + 1)
    answers at each node. Persons without an answer add nothing to either.
    """
    shards = cut(responses, np.zeros(responses.n_persons, dtype=np.int32))
    table, weights = in_lanes(log_table(parameters, theta)), padded_weights(log_weights[None])
    windows = open_windows(shards, len(theta))
    found = total(
        [expect_shard(shard, table, weights, own) for shard, own in zip(shards, windows, strict=True)],
        len(theta),
    )
    return found.counts, found.log_likelihood
