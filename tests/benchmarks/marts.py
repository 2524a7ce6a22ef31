"""The marts of two histories, one ten times the other, built from nothing and by one day's answers; suites on them.

The longer history has more days and more learners, each of whom stays as long, and the same questions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

import expectations
from database import migrate
from database.queries import marts
from orchestration import dbt
from tests.bank import Plan, Written, add_day, write_bank
from tests.bank.plan import last_midnight
from tests.benchmarks.figure import Figure, seconds

HISTORY, TIMES, DAY = 1_000_000, 10, 10_000
DAYS = 60
# As many questions in both histories; a small one has few, for each is answered often enough to be calibrated.
ANSWERS_AN_ITEM, FEWEST_ITEMS = 500, 60
EXAM = "CARDIO"
SELECTIONS = (f"tag:{marts.BEFORE_FIT}", f"tag:{marts.AFTER_PUBLISH}")
# The day's answers are the same many whatever came before them.
GROWTH_LIMIT = 2.0
INCREMENTAL_LIMIT = 0.25
SUITES = ("user_responses", "recent_responses", "int_first_attempts", "response_matrix", "telemetry_events")


@dataclass(frozen=True)
class Built:
    """Seconds of the builds of one history, from nothing and by a day: `dbt run`, and `dbt test` after it."""

    full: float
    full_tests: float
    incremental: float
    tests: float


def measure(url: str, history: int = HISTORY, day: int = DAY) -> Iterator[Figure]:
    """Build the marts of `history` answers and of ten times as many on the server at `url`."""
    built = []
    for size, days in sizes(history):
        with bank(url, size, days, history) as (place, written):
            built.append(_build(place, written, day))
            yield from _figures(built[-1], size, day)
            yield from _suites(place, size)
    small, large = built
    yield Figure(
        f"marts by a day's {day:,} answers: {TIMES * history:,} before them, beside {history:,}",
        large.incremental / small.incremental, "x", goal=GROWTH_LIMIT, at_most=True,
    )  # fmt: skip
    yield Figure(
        f"marts by a day's {day:,} answers, beside all anew, {TIMES * history:,} answers",
        large.incremental / large.full, "x", goal=INCREMENTAL_LIMIT, at_most=True,
    )  # fmt: skip


def sizes(history: int) -> tuple[tuple[int, int], ...]:
    """Answers and days of the two histories."""
    return (history, DAYS), (TIMES * history, TIMES * DAYS)


def _figures(built: Built, size: int, day: int) -> Iterator[Figure]:
    anew, grown = f"all marts anew, {size:,} answers", f"marts by a day's {day:,} answers, after {size:,}"
    yield Figure(f"dbt: {anew}", built.full, "s")
    yield Figure(f"dbt: {anew}, with tests", built.full + built.full_tests, "s")
    yield Figure(f"dbt: {grown}", built.incremental, "s", peer=built.full)
    whole = built.full + built.full_tests
    yield Figure(f"dbt: {grown}, with tests", built.incremental + built.tests, "s", peer=whole)


@contextmanager
def bank(url: str, size: int, days: int, history: int) -> Iterator[tuple[str, Written]]:
    """A database with `size` answers that end a day before yesterday did; dropped afterwards.

    It has as many questions as suit the shorter history.
    """
    items = max(FEWEST_ITEMS, history // ANSWERS_AN_ITEM)
    name = sql.Identifier(f"qbank_marts_{size}")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(sql.SQL("create database {} template template0").format(name))
        try:
            place = make_url(url).set(database=f"qbank_marts_{size}").render_as_string(hide_password=False)
            migrate.upgrade(place)
            _models(place, full_refresh=True)  # dbt parses once for each database: that is not measured here
            ends_at = last_midnight() - dt.timedelta(days=1)
            yield place, write_bank(place, Plan(size, items=items, days=days, ends_at=ends_at))
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(name))


def _build(place: str, written: Written, day: int) -> Built:
    full, full_tests = (
        seconds(lambda: _models(place, full_refresh=True)),
        seconds(lambda: _tests(place)),
    )
    _vacuum(place)
    add_day(place, written, written.plan.days, day)
    incremental = seconds(lambda: _models(place, full_refresh=False))
    return Built(full, full_tests, incremental, seconds(lambda: _tests(place)))


def _vacuum(place: str) -> None:
    """What autovacuum does of itself in the day that lies between: here it would run beside what is measured."""
    plain = make_url(place).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")


def _models(place: str, *, full_refresh: bool) -> None:
    _invoke(place, "run", *(["--full-refresh"] if full_refresh else []))


def _tests(place: str) -> None:
    _invoke(place, "test", "--exclude-resource-type", "unit_test")


def _invoke(place: str, *command: str) -> None:
    """Run a command of dbt on both selections; raises RuntimeError where a node fails: nothing was measured."""
    for selection in SELECTIONS:
        results = dbt.results_of(place, [*command, "--select", selection])
        wrong = [
            f"{each.node.unique_id}: {each.message}"
            for each in results
            if str(each.status) not in ("success", "pass", "warn")
        ]
        if wrong or not results:
            raise RuntimeError(f"{command[0]} of {selection} failed: {wrong or 'nothing is selected'}")


def _suites(place: str, size: int) -> Iterator[Figure]:
    """The time of each suite on the marts that were built; importing Great Expectations is not counted."""
    import great_expectations  # noqa: F401

    for name in SUITES:
        asked = {"exam_code": EXAM} if "exam_code" in expectations.load_suite(name).parameters else {}
        result = expectations.run_suite(name, place, query_parameters=asked, marts=marts.CANDIDATE)
        yield Figure(f"suite {name}, {size:,} answers", result.seconds, "s")
