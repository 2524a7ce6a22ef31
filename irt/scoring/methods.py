"""Each method over all persons: tables at the nodes, then the kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from irt.estimation.shards import log_table
from irt.models import Floats
from irt.responses import Responses
from irt.scoring.maximum_kernels import LIKELIHOOD, WEIGHTED, Codes, highest
from irt.scoring.posterior_kernels import draws, moments
from irt.scoring.prior import Prior, Shared
from irt.scoring.threads import in_pieces

_NONE = np.empty((0, 0))


@dataclass(frozen=True)
class Estimates:
    """theta, se and code of `irt.scoring.maximum_kernels`, shape (persons,)."""

    theta: Floats
    se: Floats
    code: Codes


def posterior_means(
    data: Responses, logistic: Floats, prior: Prior, refine: bool, threads: int | None
) -> Estimates:
    """EAP: mean and sd of each posterior."""
    theta, se = np.empty(data.n_persons), np.empty(data.n_persons)
    for part in _parts(data, prior):
        table = log_table(logistic, part.theta) if prior.shared else _NONE

        def work(begin: int, end: int, part: Shared = part, table: Floats = table) -> None:
            moments(
                part.members[begin:end],
                data.starts,
                data.cells,
                logistic,
                table,
                part.theta,
                part.log_weights,
                prior.mean,
                prior.sd,
                part.normal,
                refine,
                theta,
                se,
            )

        in_pieces(work, len(part.members), threads)
    return Estimates(theta, se, np.zeros(data.n_persons, dtype=np.int8))


def posterior_draws(
    data: Responses, logistic: Floats, prior: Prior, number: int, key: int, threads: int | None
) -> Floats:
    """Plausible values, shape (persons, number)."""
    drawn = np.empty((data.n_persons, number))
    for part in _parts(data, prior):
        table = log_table(logistic, part.theta) if prior.shared else _NONE

        def work(begin: int, end: int, part: Shared = part, table: Floats = table) -> None:
            draws(
                part.members[begin:end],
                data.starts,
                data.cells,
                logistic,
                table,
                part.theta,
                part.log_weights,
                prior.mean,
                prior.sd,
                part.normal,
                np.uint64(key),
                drawn,
            )

        in_pieces(work, len(part.members), threads)
    return drawn


def maxima(
    data: Responses,
    logistic: Floats,
    nodes: Floats,
    *,
    prior: Prior | None,
    weighted: bool,
    bounded: bool,
    threads: int | None,
) -> Estimates:
    """ML (no prior), MAP (a prior) or WLE (weighted)."""
    persons = data.n_persons
    mean = np.zeros(persons) if prior is None else prior.mean
    precision = np.zeros(persons) if prior is None else prior.sd**-2.0
    table, warm = _warm(logistic, nodes) if weighted else (log_table(logistic, nodes), _NONE)
    found = Estimates(np.empty(persons), np.empty(persons), np.empty(persons, dtype=np.int8))

    def work(begin: int, end: int) -> None:
        highest(
            begin,
            end,
            data.starts,
            data.cells,
            logistic,
            table,
            warm,
            nodes,
            mean,
            precision,
            WEIGHTED if weighted else LIKELIHOOD,
            bounded,
            found.theta,
            found.se,
            found.code,
        )

    in_pieces(work, persons, threads)
    return found


def _parts(data: Responses, prior: Prior) -> tuple[Shared, ...]:
    """Persons by what they share; all in one part with nodes of their own where they share too little."""
    everybody = np.arange(data.n_persons)
    return prior.shared or (Shared(everybody, *prior.standard, True),)


def _warm(logistic: Floats, nodes: Floats) -> tuple[Floats, Floats]:
    """(derivative of log P of a wrong and a right answer, I and J of an item), (2 * items, nodes) each."""
    a, c = logistic[:, 0, None], logistic[:, 2, None]
    logits = a * nodes + logistic[:, 1, None]
    up, down = expit(logits), expit(-logits)
    share = np.divide((1.0 - c) * up, c + (1.0 - c) * up, out=np.ones_like(up), where=c > 0.0)
    table, warm = np.empty((2, 2 * len(logistic), len(nodes)))
    table[0::2], table[1::2] = -a * up, a * down * share
    warm[0::2] = a * a * up * down * share
    warm[1::2] = warm[0::2] * a * (down - up)
    return table, warm
