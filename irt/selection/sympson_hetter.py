"""Exposure control by parameters found in simulation (Sympson & Hetter 1985; Hetter & Sympson 1997)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument, NothingEligible
from irt.models import Floats


@dataclass(frozen=True)
class Batch:
    """What a batch of simulated sessions did: in how many an item was selected, and in how many administered.

    `selected` and `administered` have shape (items,); an item passed over in a session counts as selected.
    """

    sessions: int
    selected: Floats
    administered: Floats


@dataclass(frozen=True)
class Control:
    """Control parameters, and the way to them.

    parameters: probability with which an item that was selected is administered, shape (items,).
    largest:    highest exposure rate of each batch, shape (batches,); the last one or, unsettled, the lowest
                one belongs to `parameters`.
    settled:    whether a batch kept to the target within the tolerance.
    """

    parameters: Floats
    largest: Floats
    settled: bool


def find_control(
    administer: Callable[[Floats], Batch],
    items: int,
    r_max: float,
    length: int,
    *,
    shortest: int | None = None,
    batches: int = 30,
    tolerance: float | None = None,
) -> Control:
    """Control parameters that keep every item's exposure rate at r_max, by simulating batch after batch.

    After a batch with parameters K, an item selected with a probability s above r_max gets K = r_max / s, any
    other K = 1; and the `length` highest parameters become 1, so that no session runs out of items.

    Args:
        administer: simulates sessions with given parameters, (items,), for the learners who are expected.
        items: of the bank.
        r_max: highest exposure rate wanted.
        length: items of the longest session.
        shortest: items of the shortest session, by which r_max may be out of reach; `length` if not given.
        batches: at most so many.
        tolerance: by which a rate may exceed r_max; three standard errors of a rate in a batch if not given.

    Raises:
        InvalidArgument: a target outside (0, 1], a length outside the bank, shortest sessions beyond r_max times
            the bank, fewer than 1 batch, or a batch without sessions or of another bank.
    """
    if not 0.0 < r_max <= 1.0 or batches < 1 or not 1 <= length <= items:
        raise InvalidArgument(
            f"r_max must lie in (0, 1], batches be at least 1 and length from 1 to {items}, "
            f"not {r_max}, {batches} and {length}"
        )
    least = length if shortest is None else shortest
    if least > r_max * items * (1.0 + 1e-12):
        raise InvalidArgument(
            f"sessions of {least} items from {items} cannot all keep to a rate of {r_max:g}: "
            f"the least is {least / items:.3g}"
        )
    control, largest, best = np.ones(items), [], np.inf
    kept = control
    for _ in range(batches):
        batch = administer(control)
        selected, administered = _checked(batch, items)
        error = np.sqrt(r_max * (1.0 - r_max) / batch.sessions)
        largest.append(float(administered.max()))
        if largest[-1] < best:
            best, kept = largest[-1], control
        if best <= r_max + (3.0 * error if tolerance is None else tolerance):
            return Control(kept, np.array(largest), True)
        control = _next(selected, r_max, length)
    return Control(kept, np.array(largest), False)


def administered_among(
    ranked: NDArray[np.int64], control: Floats, rng: np.random.Generator
) -> tuple[int, NDArray[np.int64]]:
    """(item to administer, items passed over) among candidates, best first.

    Down the list, each is administered with its control parameter, (items,); who is passed over is not to be
    selected in this session again. Where the whole list would be passed over, it is gone through anew (the
    multinomial method of Stocking & Lewis 1998): a session always gets an item. Takes exactly one number from
    `rng`.

    Raises:
        NothingEligible: no candidates, or none with a parameter above 0.
    """
    if not len(ranked):
        raise NothingEligible("no item is eligible: there are no candidates to administer")
    chance = control[ranked]
    passed = np.concatenate([[1.0], np.cumprod(1.0 - chance)[:-1]])
    reached = np.cumsum(chance * passed)
    if not reached[-1] > 0.0:
        raise NothingEligible("every candidate has a control parameter of 0; give each item one above 0")
    place = int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))
    return int(ranked[place]), ranked[:place].copy()


def _checked(batch: Batch, items: int) -> tuple[Floats, Floats]:
    """Rates (selected, administered) of a batch."""
    selected, administered = (np.asarray(x, dtype=np.float64) for x in (batch.selected, batch.administered))
    if batch.sessions < 1 or selected.shape != (items,) or administered.shape != (items,):
        raise InvalidArgument(
            f"a batch needs sessions and counts of all {items} items, not {batch.sessions} sessions "
            f"and shapes {selected.shape} and {administered.shape}"
        )
    return selected / batch.sessions, administered / batch.sessions


def _next(selected: Floats, r_max: float, length: int) -> Floats:
    control: Floats = r_max / np.maximum(selected, r_max)
    control[np.argsort(-control, kind="stable")[:length]] = 1.0
    return control
