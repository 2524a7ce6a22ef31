"""Which items each person meets, and in which order.

An assignment is an array of shape (persons, length) of item codes in the order of presentation; -1 where a
person meets fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.information import item_information
from irt.latent import Quadrature
from irt.models import Floats, ItemParameters, log_probabilities, to_logistic

Codes = NDArray[np.int64]
#: answer(position, persons, items) -> right, each of shape (persons,).
Answer = Callable[[int, Codes, Codes], NDArray[np.bool_]]
#: Persons handled at a time, so that tables of persons x items stay in some tens of megabytes.
_CELLS = 4_000_000


@dataclass(frozen=True)
class Complete:
    """Everybody answers every item, in the order of the bank or, `shuffled`, each in an order of their own."""

    shuffled: bool = False

    def assign(self, rng: np.random.Generator, persons: int, items: int) -> Codes:
        """Items of each person, shape (persons, items)."""
        order = np.tile(np.arange(items), (persons, 1))
        return rng.permuted(order, axis=1) if self.shuffled else order


@dataclass(frozen=True)
class RandomItems:
    """Everybody answers `length` items of the bank, drawn without replacement."""

    length: int

    def assign(self, rng: np.random.Generator, persons: int, items: int) -> Codes:
        """Items of each person, shape (persons, length)."""
        _check_length(self.length, items)
        if self.length > items // 4:
            return np.concatenate(
                [
                    np.argsort(rng.random((n, items)), axis=1)[:, : self.length]
                    for _, n in _blocks(persons, items)
                ]
            )
        # Drawn with replacement and drawn again where a row repeats: no item is preferred, and it costs
        # nothing that grows with the bank.
        chosen = np.sort(rng.integers(0, items, (persons, self.length)), axis=1)
        rows = np.arange(persons)
        while len(rows):
            part = chosen[rows]
            row, column = np.nonzero(part[:, 1:] == part[:, :-1])
            part[row, column + 1] = rng.integers(0, items, len(row))
            chosen[rows] = np.sort(part, axis=1)
            rows = rows[np.unique(row)]
        return rng.permuted(chosen, axis=1)


@dataclass(frozen=True)
class Booklets:
    """The first `common` items go to all; the others are dealt into `booklets` of which each person gets one.

    Item common + k is in booklet k modulo `booklets`. The common items come first.
    """

    booklets: int
    common: int

    def assign(self, rng: np.random.Generator, persons: int, items: int) -> Codes:
        """Items of each person, shape (persons, longest booklet), -1 where a booklet is shorter."""
        if self.booklets < 1 or not 0 <= self.common <= items:
            raise InvalidArgument(
                f"booklets must be at least 1 and common between 0 and the {items} items of the bank, not "
                f"{self.booklets} and {self.common}"
            )
        dealt = -(-(items - self.common) // self.booklets)
        own = self.common + np.arange(self.booklets)[:, None] + self.booklets * np.arange(dealt)
        own[own >= items] = -1
        books = np.hstack([np.tile(np.arange(self.common), (self.booklets, 1)), own])
        assigned: Codes = books[rng.integers(0, self.booklets, persons)]
        return assigned


@dataclass(frozen=True)
class SelfSelected:
    """Learners choose items about as hard as their history says they are able.

    History is a standardised ability known from before, correlating `correlation` with theta. An item is
    chosen with a weight exp(-(b - history)^2 / (2 width^2)), without replacement.
    """

    length: int
    correlation: float = 0.9
    width: float = 0.5

    def history(self, rng: np.random.Generator, theta: Floats) -> Floats:
        """What is known from before, shape (persons,), standardised on the persons given."""
        if not -1.0 <= self.correlation <= 1.0 or not self.width > 0.0:
            raise InvalidArgument(
                f"correlation must lie in [-1, 1] and width above 0, not {self.correlation} and {self.width}"
            )
        spread = theta.std()
        z = (theta - theta.mean()) / (spread if spread > 0.0 else 1.0)
        noise = rng.normal(size=len(theta))
        mixed: Floats = self.correlation * z + np.sqrt(1.0 - self.correlation**2) * noise
        return mixed

    def assign(self, rng: np.random.Generator, history: Floats, b: Floats) -> Codes:
        """Items of each person, shape (persons, length), chosen by their b."""
        _check_length(self.length, len(b))
        parts = []
        for first, n in _blocks(len(history), len(b)):
            distance = (b - history[first : first + n, None]) / self.width
            # The first arrivals of exponential clocks with these rates are a weighted draw without
            # replacement; in logs no weight underflows.
            race = np.log(rng.standard_exponential(distance.shape)) + 0.5 * distance**2
            parts.append(np.argpartition(race, self.length - 1, axis=1)[:, : self.length])
        return rng.permuted(np.concatenate(parts), axis=1)


@dataclass(frozen=True)
class Adaptive:
    """Each next item is one of the `among` most informative unused ones at the ability estimated so far.

    Ability is the EAP on 61 nodes under N(mean, sd), rounded to the nearest node; information is that of the
    true parameters of the bank.
    """

    length: int
    among: int = 5
    mean: float = 0.0
    sd: float = 1.0

    def run(
        self, rng: np.random.Generator, persons: int, parameters: ItemParameters, answer: Answer
    ) -> Codes:
        """Items of each person, shape (persons, length), chosen while `answer` answers them."""
        items = len(parameters.items)
        _check_length(self.length, items)
        if self.among < 1:
            raise InvalidArgument(f"among must be at least 1, not {self.among}")
        theta, log_weights = Quadrature().grid(self.mean, self.sd)
        slope, intercept = to_logistic(parameters.a, parameters.b)
        logits = slope[:, None] * theta + intercept[:, None]
        right, wrong = log_probabilities(logits, parameters.c[:, None])
        table = np.stack([wrong, right], axis=1)
        best = np.argsort(-item_information(theta[:, None], parameters.a, parameters.b, parameters.c), axis=1)
        chosen = np.empty((persons, self.length), dtype=np.int64)
        for first, n in _blocks(persons, items):
            people = np.arange(first, first + n)
            posterior = np.tile(log_weights, (n, 1))
            used = np.zeros((n, items), dtype=np.bool_)
            for position in range(self.length):
                node = _expected_node(posterior, theta)
                item = self._pick(rng, best[node, : min(position + self.among, items)], used)
                used[np.arange(n), item] = True
                chosen[people, position] = item
                posterior += table[item, answer(position, people, item).astype(np.int64)]
        return chosen

    def _pick(self, rng: np.random.Generator, candidates: Codes, used: NDArray[np.bool_]) -> Codes:
        """One of the first `among` unused of each row of candidates, which are best first."""
        rows = np.arange(len(candidates))
        rank = np.cumsum(~used[rows[:, None], candidates], axis=1)
        wanted = 1 + (rng.random(len(rows)) * np.minimum(self.among, rank[:, -1])).astype(np.int64)
        picked: Codes = candidates[rows, (rank == wanted[:, None]).argmax(axis=1)]
        return picked


Design: TypeAlias = Complete | RandomItems | Booklets | SelfSelected | Adaptive


def _expected_node(log_posterior: Floats, theta: Floats) -> Codes:
    weight = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    mean = (weight @ theta) / weight.sum(axis=1)
    nearest: Codes = np.rint((mean - theta[0]) / (theta[1] - theta[0])).astype(np.int64)
    return nearest


def _blocks(persons: int, items: int) -> list[tuple[int, int]]:
    """(first, number) of persons to handle at a time."""
    size = max(1, _CELLS // items)
    return [(first, min(size, persons - first)) for first in range(0, persons, size)]


def _check_length(length: int, items: int) -> None:
    if not 1 <= length <= items:
        raise InvalidArgument(f"length must lie between 1 and the {items} items of the bank, not {length}")
