"""One kind of damage: a copy of good data, the damage, the checks, and what they said."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from database import clickhouse
from database.queries import marts
from tests.damage.builds import build_models
from tests.damage.checks import Verdicts, dbt_test, looks
from tests.damage.damage import Damage
from tests.damage.good import fill_clickhouse
from tests.damage.place import Place, copy_of


@dataclass(frozen=True)
class Caught:
    """What became of one kind of damage; `raised` holds every check that did not pass, or what refused it."""

    damage: Damage
    raised: tuple[str, ...]
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether the check that must catch it did."""
        return self.damage.caught_by in self.raised


@dataclass(frozen=True)
class Clean:
    """Which look asks each check, and which checks good data raised."""

    asked_by: Mapping[str, str]
    raised: tuple[str, ...]


def look_at_clean(good: Place) -> Clean:
    """Ask every check of good data."""
    asked_by: dict[str, str] = {}
    raised = []
    with copy_of(good) as place:
        for name, look in looks().items():
            verdicts = look(place)
            asked_by |= dict.fromkeys(verdicts, name)
            raised += _raised(verdicts)
    return Clean(asked_by, tuple(raised))


def run(good: Place, damage: Damage, clean: Clean) -> Caught:
    """Plant the damage in a copy, and ask the checks among which is the one that must catch it."""
    began = time.monotonic()
    with copy_of(good) as place:
        refused = _plant(place, damage)
        raised = [refused] if refused else _look(place, damage, clean)
    if damage.store == "clickhouse":
        fill_clickhouse(good)
    return Caught(damage, tuple(raised), time.monotonic() - began)


def _look(place: Place, damage: Damage, clean: Clean) -> list[str]:
    """Ask the check that must catch it, with those that its step runs beside it; nobody, where nobody asks it."""
    if damage.build:
        broken = build_models(place, "damage", damage.build)
        if broken:
            return broken
    if damage.caught_by not in clean.asked_by:
        return []
    kind, _, name = damage.caught_by.partition(": ")
    look = dbt_test(name) if kind == "dbt test" else looks()[clean.asked_by[damage.caught_by]]
    return _raised(look(place))


def _plant(place: Place, damage: Damage) -> str | None:
    """Plant the damage; return what refused it, or None."""
    if damage.store == "clickhouse":
        client = clickhouse.open_url(place.clickhouse_url)
        client.command(damage.sql)
        client.close()
        return None
    try:
        with place.connect() as connection:
            for statement in _statements(damage.sql):
                connection.execute(sql.SQL(statement))
    except psycopg.errors.RaiseException as fault:
        return _trigger(fault)
    except psycopg.errors.NotNullViolation as fault:
        return f"not null: {fault.diag.table_name}.{fault.diag.column_name}"
    except psycopg.errors.IntegrityError as fault:
        return f"constraint: {fault.diag.constraint_name}" if fault.diag.constraint_name else _trigger(fault)
    return None


def _statements(planted: str) -> list[str]:
    if "{marts}" not in planted:
        return [planted]
    return [planted.replace("{marts}", schema) for schema in (marts.LIVE, marts.CANDIDATE)]


def _trigger(fault: psycopg.Error) -> str:
    """Name the trigger function that refused: Postgres names it in the context alone."""
    function = (fault.diag.context or "").removeprefix("PL/pgSQL function ").partition("(")[0]
    return f"trigger: {function}"


def _raised(verdicts: Verdicts) -> list[str]:
    return [name for name, passed in verdicts.items() if not passed]
