"""Writes a bank into a migrated database by COPY, a few thousand learners at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import polars as pl
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.bank import answers, content, events, learners, sessions
from tests.bank.plan import ANSWERS_A_SESSION, Plan, microseconds

HISTORY, DAYS_ADDED = 3, 4
WHOLE_PAYLOADS = dt.timedelta(days=28)
# Some 180,000 answers at a time: memory stays the same whatever the bank's size.
LEARNERS_AT_A_TIME = 1_000
# Their indexes are built once at the end; sorted in one go they take a fraction of the time.
GROWING = ("public.quiz_items", "public.user_responses", "telemetry.events")


@dataclass(frozen=True)
class Written:
    """What is needed to let the bank live on: its plan, and the items and learners drawn from it."""

    plan: Plan
    items: content.Items
    learners: learners.Learners
    responses: int


def write_bank(url: str, plan: Plan) -> Written:
    """Fill the migrated, empty database at `url`; its login must be a superuser, as an embedded server's is.

    Good data breaks no rule, so triggers and foreign keys are not asked row by row; unique keys and checks are.
    """
    begins, ends = microseconds(plan.begins_at), microseconds(plan.ends_at)
    items, people = content.draw_items(plan, begins, ends), learners.draw_learners(plan)
    n = 0
    with _connect(url) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set maintenance_work_mem = '512MB'")
        known = content.tables(plan, items) | learners.tables(plan, people)
        for table, rows in known.items():
            _copy(connection, table, rows)
            if table not in ("exams", "app_users", "cohort_members"):
                _restart_identity(connection, table)
        with _without_indexes(connection, GROWING):
            for made in _ahead(_history(plan, items, people)):
                for table, rows in made.items():
                    _copy(connection, table, rows)
                n += len(made["user_responses"])
    with _connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
    return Written(plan, items, people, n)


def add_day(url: str, bank: Written, day: int, n: int, *, stream: int = 0) -> int:
    """Let about `n` more answers be given on a day, written now; return how many they are.

    Days count from 0: `plan.days` is the first after the history; on an earlier one the rows come late. Another
    `stream` draws others on the same day.
    """
    plan = bank.plan
    random = plan.random(DAYS_ADDED, day, stream)
    held = sessions.of_day(
        random, bank.learners, day, microseconds(plan.begins_at), round(n / ANSWERS_A_SESSION), bank.items
    )
    made = _rows(plan, random, held, bank.items, bank.learners)
    made["telemetry.events"] = made["telemetry.events"].with_columns(
        pl.lit(dt.datetime.now(dt.UTC)).alias("ingested_at")
    )
    with _connect(url) as connection:
        for table, rows in made.items():
            _copy(connection, table, rows)
    return len(made["user_responses"])


def _history(
    plan: Plan, items: content.Items, people: learners.Learners
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the rows of some learners at a time, by table."""
    for number, first in enumerate(range(0, plan.learners, LEARNERS_AT_A_TIME)):
        random = plan.random(HISTORY, number)
        chosen = range(first, min(first + LEARNERS_AT_A_TIME, plan.learners))
        held = sessions.of_history(random, people, chosen, plan, items)
        yield _rows(plan, random, held, items, people)


def _ahead(made: Iterator[dict[str, pl.DataFrame]]) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield what `made` yields, and let it make the next while the caller writes the last."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, made, None)
        while (rows := coming.result()) is not None:
            coming = pool.submit(next, made, None)
            yield rows


def _rows(
    plan: Plan,
    random: np.random.Generator,
    held: sessions.Sessions,
    items: content.Items,
    people: learners.Learners,
) -> dict[str, pl.DataFrame]:
    served = answers.play(random, held, items, people)
    sealed = answers.sealed_at(random, held, served)
    whole_since = microseconds(plan.ends_at - WHOLE_PAYLOADS)
    return {
        "quiz_sessions": sessions.frame(held, sealed, people),
        "quiz_items": answers.item_frame(held, served, items).sort("served_at"),
        "user_responses": answers.response_frame(held, served, items, people).sort("created_at"),
        "telemetry.events": events.event_frame(random, held, served, sealed, items, people, whole_since),
    }


def _copy(connection: psycopg.Connection[tuple[object, ...]], table: str, rows: pl.DataFrame) -> None:
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in rows.columns)
    command = sql.SQL("copy {} ({}) from stdin with (format csv)").format(
        sql.Identifier(*table.split(".")), columns
    )
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for part in rows.iter_slices(100_000):
            copy.write(
                part.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S%.6f+00").encode()
            )


def _restart_identity(connection: psycopg.Connection[tuple[object, ...]], table: str) -> None:
    connection.execute(
        sql.SQL("select setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 1)) from {}").format(
            sql.Literal(table), sql.Identifier(table)
        )
    )


@contextmanager
def _without_indexes(
    connection: psycopg.Connection[tuple[object, ...]], tables: Sequence[str]
) -> Iterator[None]:
    """Drop keys and indexes of the tables, and make them again as they were."""
    made = []
    for table in tables:
        name = sql.Identifier(*table.split("."))
        constraints = connection.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint "
            "where conrelid = %s::regclass and contype in ('p', 'u')",
            [table],
        ).fetchall()
        for constraint, definition in constraints:
            connection.execute(
                sql.SQL("alter table {} drop constraint {}").format(name, sql.Identifier(str(constraint)))
            )
            made.append(
                sql.SQL("alter table {} add constraint {} {}").format(
                    name, sql.Identifier(str(constraint)), sql.SQL(str(definition))
                )
            )  # type: ignore[arg-type]
        indexes = connection.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index "
            "where indrelid = %s::regclass",
            [table],
        ).fetchall()
        for index, definition in indexes:
            connection.execute(sql.SQL("drop index {}").format(sql.SQL(str(index))))  # type: ignore[arg-type]
            made.append(sql.SQL(str(definition)))  # type: ignore[arg-type]
    yield
    for command in made:
        connection.execute(command)


def _connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=autocommit, options="-c timezone=UTC")
