"""How persons answer: the model, and what real exams do to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters, probability
from irt.responses import Responses
from irt.simulation.designs import Adaptive, Design, SelfSelected
from irt.simulation.populations import Population

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Shift:
    """Changed parameters of some items: b + `b`, a times `a` (D = 1.7), for a `group` or (None) for all."""

    items: Sequence[Hashable]
    b: float = 0.0
    a: float = 1.0
    group: Hashable = None


@dataclass(frozen=True)
class Effects:
    """What departs from the model; the default is nothing.

    dif:        shifts that hold for a group.
    drift:      shifts that hold for persons from the share `drift_from` of the population on, in its order.
    rapid:      share of answers given without reading, at random, right with `rapid_correct`.
    miskeyed:   labels of items scored by a wrong key: who knows the answer is scored wrong, who does not
                hits the keyed one of the `options` - 1 distractors by chance.
    growth:     ability gained from the first to the last answer, linear over the positions.

    Raises:
        InvalidArgument: a share outside [0, 1], or fewer than 2 options.
    """

    dif: Sequence[Shift] = ()
    drift: Sequence[Shift] = ()
    drift_from: float = 0.5
    rapid: float = 0.0
    rapid_correct: float = 0.2
    miskeyed: Sequence[Hashable] = ()
    options: int = 5
    growth: float = 0.0

    def __post_init__(self) -> None:
        for name in ("drift_from", "rapid", "rapid_correct"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidArgument(f"{name} is a share and must lie in [0, 1], not {getattr(self, name)}")
        if self.options < 2:
            raise InvalidArgument(f"options must be at least 2, not {self.options}")


@dataclass(frozen=True)
class Session:
    """Answers and the truth behind them.

    responses:  persons 0, 1, ..., the bank's items in its order, those that nobody met included.
    parameters: of the bank, before any effect, D = 1.7.
    theta:      shape (persons,), at the first answer.
    groups:     label of each person.
    history:    shape (persons,), what a self-selecting learner knew of theta; None in other designs.
    position:   shape (responses,), place of each answer in its person's sequence, from 0.
    rapid:      shape (responses,), True where the answer was given without reading.
    affected:   labels of the items by effect: "dif", "drift", "miskeyed".
    """

    responses: Responses
    parameters: ItemParameters
    theta: Floats
    groups: tuple[Hashable, ...]
    history: Floats | None
    position: NDArray[np.int32]
    rapid: NDArray[np.bool_]
    affected: Mapping[str, tuple[Hashable, ...]]


def administer(
    rng: np.random.Generator,
    population: Population,
    parameters: ItemParameters,
    design: Design,
    effects: Effects | None = None,
) -> Session:
    """Let a population answer a bank by a design.

    Raises:
        InvalidArgument: an effect names an item or a group that is not there, or the design does not fit.
    """
    effects = effects or Effects()
    persons, items = len(population.theta), len(parameters.items)
    history = design.history(rng, population.theta) if isinstance(design, SelfSelected) else None
    if isinstance(design, Adaptive):
        answering = _Answering(rng, population, parameters, effects, design.length)
        met = design.run(rng, persons, parameters, answering.answer)
    else:
        if isinstance(design, SelfSelected):
            assert history is not None
            met = design.assign(rng, history, parameters.b)
        else:
            met = design.assign(rng, persons, items)
        answering = _Answering(rng, population, parameters, effects, met.shape[1])
        for place in range(met.shape[1]):
            people = np.flatnonzero(met[:, place] >= 0)
            answering.answer(place, people, met[people, place])
    responses, position, rapid = _sorted(met, answering.right, answering.rapid, parameters.items)
    return Session(
        responses,
        parameters,
        population.theta,
        population.groups,
        history,
        position,
        rapid,
        {
            "dif": _named(effects.dif),
            "drift": _named(effects.drift),
            "miskeyed": tuple(dict.fromkeys(effects.miskeyed)),
        },
    )


class _Answering:
    """Answers of a population, one position at a time, kept in `right` and `rapid` (persons, positions)."""

    def __init__(
        self,
        rng: np.random.Generator,
        population: Population,
        parameters: ItemParameters,
        effects: Effects,
        length: int,
    ) -> None:
        persons = len(population.theta)
        self.rng, self.effects, self.length, self.theta = rng, effects, length, population.theta
        self.a, self.b = _variants(population.labels, parameters, effects)
        self.c = parameters.c
        late = np.arange(persons) >= round(effects.drift_from * persons)
        self.variant = 2 * population.group + late
        self.miskeyed = np.zeros(len(parameters.items), dtype=np.bool_)
        self.miskeyed[_codes(effects.miskeyed, parameters.items)] = True
        self.right = np.zeros((persons, length), dtype=np.bool_)
        self.rapid = np.zeros((persons, length), dtype=np.bool_)

    def answer(self, position: int, people: Codes, item: Codes) -> NDArray[np.bool_]:
        """Right or not, shape (people,), as scored."""
        effects, variant = self.effects, self.variant[people]
        grown = effects.growth * position / max(self.length - 1, 1)
        chance = probability(
            self.theta[people] + grown, self.a[variant, item], self.b[variant, item], self.c[item]
        )
        if self.miskeyed.any():
            chance = np.where(self.miskeyed[item], (1.0 - chance) / (effects.options - 1), chance)
        if effects.rapid > 0.0:
            rapid = self.rng.random(len(people)) < effects.rapid
            chance = np.where(rapid, effects.rapid_correct, chance)
            self.rapid[people, position] = rapid
        right: NDArray[np.bool_] = self.rng.random(len(people)) < chance
        self.right[people, position] = right
        return right


def _variants(
    labels: tuple[Hashable, ...], parameters: ItemParameters, effects: Effects
) -> tuple[Floats, Floats]:
    """Slopes and difficulties, each (2 * groups, items): row 2 g is of group g at first, 2 g + 1 after the drift."""
    a, b = (np.tile(column, (2 * len(labels), 1)) for column in (parameters.a, parameters.b))
    for shifts, first in ((effects.dif, 0), (effects.drift, 1)):
        for shift in shifts:
            if shift.group is not None and shift.group not in labels:
                raise InvalidArgument(f"there is no group {shift.group!r}; there are {list(labels)}")
            codes = _codes(shift.items, parameters.items)
            for group, label in enumerate(labels):
                if shift.group is None or shift.group == label:
                    rows = np.arange(2 * group + first, 2 * group + 2)
                    a[np.ix_(rows, codes)] *= shift.a
                    b[np.ix_(rows, codes)] += shift.b
    return a, b


def _codes(labels: Sequence[Hashable], items: tuple[Hashable, ...]) -> Codes:
    known = {label: code for code, label in enumerate(items)}
    for label in labels:
        if label not in known:
            raise InvalidArgument(f"there is no item {label!r} in the bank")
    return np.array([known[label] for label in labels], dtype=np.int64)


def _named(shifts: Iterable[Shift]) -> tuple[Hashable, ...]:
    return tuple(dict.fromkeys(label for shift in shifts for label in shift.items))


def _sorted(
    met: Codes, right: NDArray[np.bool_], rapid: NDArray[np.bool_], items: tuple[Hashable, ...]
) -> tuple[Responses, NDArray[np.int32], NDArray[np.bool_]]:
    """Answers in the order that `Responses` keeps them, by person and item; gaps (-1) go."""
    order = np.argsort(met, axis=1)
    item = np.take_along_axis(met, order, axis=1)
    scored, guessed = (np.take_along_axis(table, order, axis=1) for table in (right, rapid))
    there = item >= 0
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64)
    cells = (2 * item[there] + scored[there]).astype(np.int32)
    starts.flags.writeable = cells.flags.writeable = False
    responses = Responses(tuple(range(len(met))), items, starts, cells)
    return responses, order[there].astype(np.int32), guessed[there]
