"""The sessions of all configurations, in this process or in several, with the same figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np

import irt
from cli.simulation.bank import Bank
from cli.simulation.configuration import Configuration
from irt.models import Floats
from irt.selection import EligibilityCounts, SelectionBank
from irt.selection.constraints import constraints
from irt.simulation import Delivered, Delivery, Group, deliver, draw_population, joined, simulated_control

#: Simulees that are played before anything is told of them.
PART = 25
#: Theta points of conditional control, in standard deviations from the mean.
POINTS = np.linspace(-1.8, 1.8, 7)

Told = Callable[[str, int], None]


@dataclass(frozen=True)
class Population:
    """Whose theta has mean, sd and skewness: so many, by a seed."""

    simulees: int
    mean: float
    sd: float
    skew: float
    seed: int

    def draw(self, *, trial: bool = False) -> Floats:
        """Their theta; others of the same population for a trial."""
        rng = np.random.default_rng([self.seed, int(trial)])
        group = Group("simulees", self.simulees, self.mean, self.sd, self.skew)
        theta: Floats = draw_population(rng, [group]).theta
        return theta


class Players:
    """Who gives sessions: this process or, with more than one worker, a pool of them."""

    def __init__(self, bank: Bank, pool: ProcessPoolExecutor | None) -> None:
        self.bank, self.pool = bank, pool
        self.selection = bank.selection()

    def play(
        self, deliveries: Mapping[str, Delivery], theta: Floats, seed: int, told: Told
    ) -> dict[str, Delivered]:
        """Give everybody a session by each delivery; `told` hears its name and how many more are done."""
        starts = range(0, len(theta), PART)
        done: dict[str, dict[int, Delivered]] = {name: {} for name in deliveries}
        waiting: dict[Future[Delivered], tuple[str, int]] = {}

        def begin(name: str, first: int) -> None:
            before = done[name].get(first - PART)
            delivery = deliveries[name]
            if delivery.counts is not None and before is not None:
                delivery = replace(delivery, counts=before.counts)
            waiting[self._submit(delivery, theta[first : first + PART], seed, first)] = (name, first)

        for name, delivery in deliveries.items():
            # Under conditional control each part needs what the one before has left.
            for first in starts if delivery.counts is None and self.pool is not None else starts[:1]:
                begin(name, first)
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                name, first = waiting.pop(future)
                done[name][first] = future.result()
                told(name, len(done[name][first].theta))
                following = first + PART
                chained = deliveries[name].counts is not None or self.pool is None
                if chained and following < len(theta):
                    begin(name, following)
        return {name: joined([parts[first] for first in starts]) for name, parts in done.items()}

    def _submit(self, delivery: Delivery, theta: Floats, seed: int, first: int) -> Future[Delivered]:
        if self.pool is not None:
            return self.pool.submit(_in_worker, delivery, theta, seed, first)
        played: Future[Delivered] = Future()
        played.set_result(_part(self.selection, self.bank.parameters, delivery, theta, seed, first))
        return played


@contextmanager
def players(bank: Bank, workers: int) -> Iterator[Players]:
    """Lend players; their processes end with it."""
    if workers == 1:
        yield Players(bank, None)
        return
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(bank.parameters,)
    )
    try:
        yield Players(bank, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def delivery_of(
    asked: Configuration, bank: Bank, people: Population, playing: Players
) -> tuple[Delivery, bool | None]:
    """How a settled configuration is given; and whether Sympson-Hetter's parameters settled, where they were sought.

    Raises:
        OptionError, InvalidArgument: what the bank cannot do, or settings outside their range.
    """
    made = Delivery(
        rules=asked.rules(people.mean, people.sd),
        stopping=asked.stopping(),
        rows=None if asked.blueprint == "none" else constraints(bank.blueprint(asked.longest)),
        solves=0 if asked.blueprint == "greedy" else None,
    )
    if asked.exposure == "eligibility":
        points = people.mean + people.sd * POINTS
        return replace(made, counts=EligibilityCounts.empty(points, bank.items, asked.r_max)), None
    if asked.exposure != "sympson-hetter":
        return made, None
    theta = people.draw(trial=True)

    def batch(delivery: Delivery) -> Delivered:
        return playing.play({"": delivery}, theta, people.seed + 1, lambda *_: None)[""]

    control = simulated_control(batch, made, bank.items, asked.r_max)
    return replace(made, control=control.parameters), control.settled


def _part(
    bank: SelectionBank, true: irt.ItemParameters, delivery: Delivery, theta: Floats, seed: int, first: int
) -> Delivered:
    return deliver(bank, true, delivery, theta, seed, time.perf_counter, first=first)


_bank: tuple[SelectionBank, irt.ItemParameters] | None = None


def _begin(parameters: irt.ItemParameters) -> None:
    """Make a worker's bank, once."""
    global _bank  # noqa: PLW0603 - what a process of the pool keeps between its parts
    _bank = SelectionBank(parameters.a, parameters.b, parameters.c), parameters


def _in_worker(delivery: Delivery, theta: Floats, seed: int, first: int) -> Delivered:
    assert _bank is not None
    return _part(*_bank, delivery, theta, seed, first)
