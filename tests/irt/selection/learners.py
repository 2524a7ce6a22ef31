"""Learners who take adaptive sessions one after the other, so that exposure control has something to control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import irt
from irt.information import item_information
from irt.latent import Quadrature
from irt.models import log_probabilities, probability, to_logistic

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: choose(values at the EAP (items,), posterior (nodes,), used (items,)) -> item.
Choose = Callable[[Floats, Floats, Bools], int]


@dataclass(frozen=True)
class Played:
    """Items in order, the EAP, and the posterior at the nodes."""

    items: list[int]
    theta: float
    posterior: Floats


class Learners:
    """Sessions of `length` items of a bank, scored by EAP under N(0, 1)."""

    def __init__(self, bank: irt.ItemParameters, length: int) -> None:
        self.bank, self.length = bank, length
        self.nodes, self.log_prior = Quadrature().grid()
        slope, intercept = to_logistic(bank.a, bank.b)
        logits = slope[:, None] * self.nodes + intercept[:, None]
        self.right, self.wrong = log_probabilities(logits, bank.c[:, None])
        self.information = item_information(self.nodes[:, None], bank.a, bank.b, bank.c)

    def play(self, theta: float, choose: Choose, rng: np.random.Generator) -> Played:
        chance = probability(theta, self.bank.a, self.bank.b, self.bank.c)
        log_posterior, used = self.log_prior.copy(), np.zeros(len(chance), dtype=np.bool_)
        items: list[int] = []
        while True:
            posterior = np.exp(log_posterior - log_posterior.max())
            posterior /= posterior.sum()
            eap = float(posterior @ self.nodes)
            if len(items) == self.length:
                return Played(items, eap, posterior)
            values = self.information[np.abs(self.nodes - eap).argmin()]
            item = choose(values, posterior, used)
            assert not used[item]
            used[item] = True
            items.append(item)
            log_posterior += (self.right if rng.random() < chance[item] else self.wrong)[item]
