"""All nights of a plan, one after another, on a database and an instance of Dagster of their own."""

from __future__ import annotations

from collections.abc import Callable

from dagster import DagsterInstance
from sqlalchemy import Engine

from tests.nights import house
from tests.nights.house import Night
from tests.nights.plan import Plan
from tests.nights.world import Item, bank, days


def play(
    plan: Plan, engine: Engine, told: Callable[[Night], None] = lambda _: None
) -> tuple[list[Item], list[Night]]:
    """Let the plan happen; `told` hears of each night. Returns the true items and what each night left."""
    from orchestration.definitions import defs

    items, nights = bank(plan), []
    loaded = defs()
    with engine.begin() as connection:
        house.furnish(connection, items, plan.policy)
    with DagsterInstance.ephemeral() as instance:
        for day, answers in days(plan, items):
            with engine.begin() as connection:
                if day >= 0:
                    house.add(connection, [item for item in items if item.since == day])
                    house.retire(connection, [item.key for item in items if item.until == day])
                house.write_answers(connection, answers)
            if day >= 0:
                nights.append(house.run_night(loaded, instance, engine, day))
                told(nights[-1])
    return items, nights
