"""Sympson-Hetter parameters for sessions as they will be given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from irt.models import Floats, ItemParameters
from irt.selection.decide import SelectionBank
from irt.selection.sympson_hetter import Batch, Control, find_control
from irt.simulation.delivery import Delivered, deliver
from irt.simulation.sitting import Delivery


def simulated_control(
    play: Callable[[Delivery], Delivered],
    delivery: Delivery,
    items: int,
    r_max: float,
    *,
    batches: int = 30,
) -> Control:
    """Control parameters that keep rates at r_max in sessions by `delivery`, found batch after batch.

    Args:
        play: gives a batch of simulees their sessions, such as `played_alone`.
        delivery: how sessions are given; its longest session must be known to its stopping rule.
        items: of the bank.
        r_max: highest rate, over the population that is simulated.
        batches: at most so many.

    Raises:
        InvalidArgument: as `find_control`.
    """
    rule = delivery.stopping
    longest = max((n for n in (rule.length, rule.max_length) if n is not None), default=items)

    def administer(control: Floats) -> Batch:
        found = play(replace(delivery, control=control))
        n = len(found.theta)
        return Batch(n, found.selected * n, found.exposure.rates * n)

    return find_control(administer, items, r_max, longest, shortest=rule.shortest, batches=batches)


def played_alone(
    bank: SelectionBank, true: ItemParameters, theta: Floats, seed: int, clock: Callable[[], float]
) -> Callable[[Delivery], Delivered]:
    """Sessions of these simulees, in this process."""
    return lambda delivery: deliver(bank, true, delivery, theta, seed, clock)
