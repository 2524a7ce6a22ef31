"""Who answers and what there is to answer: abilities by group, and parameters of a bank."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters

MODELS = ("1PL", "2PL", "3PL")


@dataclass(frozen=True)
class Group:
    """Persons of one group: theta with mean, sd and skewness (0 is normal; else a shifted gamma).

    Raises:
        InvalidArgument: no persons, or a mean, sd or skew that is none.
    """

    label: Hashable
    persons: int
    mean: float = 0.0
    sd: float = 1.0
    skew: float = 0.0

    def __post_init__(self) -> None:
        if self.persons < 1:
            raise InvalidArgument(f"group {self.label!r} needs at least 1 person, not {self.persons}")
        if not (np.isfinite([self.mean, self.sd, self.skew]).all() and self.sd >= 0.0):
            raise InvalidArgument(
                f"group {self.label!r} needs a finite mean, skew and sd >= 0, "
                f"not {self.mean}, {self.skew} and {self.sd}"
            )


@dataclass(frozen=True)
class Population:
    """Abilities, shape (persons,), with each person's group as a code into `labels`."""

    theta: Floats
    group: NDArray[np.int64]
    labels: tuple[Hashable, ...]

    @property
    def groups(self) -> tuple[Hashable, ...]:
        """The group's label of each person, as `irt.calibrate(groups=...)` takes it."""
        return tuple(self.labels[code] for code in self.group.tolist())


def draw_population(rng: np.random.Generator, groups: Sequence[Group]) -> Population:
    """Abilities of all groups, mixed in random order: a person's place says nothing of the group.

    Raises:
        InvalidArgument: no groups, or a label twice.
    """
    labels = tuple(group.label for group in groups)
    if not labels or len(set(labels)) != len(labels):
        raise InvalidArgument(f"a population needs groups with different labels, not {list(labels)}")
    theta = np.concatenate([_abilities(rng, group) for group in groups])
    code = np.repeat(np.arange(len(groups)), [group.persons for group in groups])
    order = rng.permutation(len(theta))
    return Population(theta[order], code[order], labels)


def draw_bank(
    rng: np.random.Generator,
    items: int,
    model: str = "2PL",
    *,
    ln_a: tuple[float, float] = (-0.2, 0.3),
    b: tuple[float, float] = (0.0, 1.0),
    c: tuple[float, float] = (5.0, 17.0),
) -> ItemParameters:
    """Parameters of items labelled 0, 1, ..., D = 1.7 metric.

    ln a ~ N(ln_a), b ~ N(b), c ~ Beta(c). In the 1PL every a is exp(mean of ln a); c is 0 but in the 3PL.

    Raises:
        InvalidArgument: an unknown model or no items.
    """
    if model not in MODELS:
        raise InvalidArgument(f"model must be one of {', '.join(MODELS)}, not {model!r}")
    if items < 1:
        raise InvalidArgument(f"a bank needs at least 1 item, not {items}")
    slopes = np.exp(rng.normal(ln_a[0], 0.0 if model == "1PL" else ln_a[1], items))
    difficulties = rng.normal(b[0], b[1], items)
    guessing = rng.beta(c[0], c[1], items) if model == "3PL" else np.zeros(items)
    return ItemParameters(range(items), slopes, difficulties, guessing)


def _abilities(rng: np.random.Generator, group: Group) -> Floats:
    if abs(group.skew) < 1e-6:
        return rng.normal(group.mean, group.sd, group.persons)
    shape = 4.0 / group.skew**2  # the skewness of a gamma is 2 / sqrt(shape)
    standard = (rng.gamma(shape, size=group.persons) - shape) / np.sqrt(shape)
    skewed: Floats = group.mean + group.sd * np.sign(group.skew) * standard
    return skewed
