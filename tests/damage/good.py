"""Good data, built: a bank of weeks, calibrated and published exam by exam, with ClickHouse beside Postgres."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from database import clickhouse, migrate
from database.queries import attempts
from database.queries.attempts import AttemptRow
from orchestration.run import run_nightly
from tests.bank import Plan, write_bank
from tests.bank.content import EXAMS

# Few items and many learners, so that an item meets enough new learners in a day to tell how it changed.
SIZES = {"responses": 200_000, "items": 30, "days": 35, "sessions": 3}
HOURS_AT_A_TIME = 5_000


def plan_now(**sizes: int) -> Plan:
    """Return a plan whose last day ends within the last hour: checks compare the last 24 hours with those before."""
    hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return Plan(ends_at=hour, **(SIZES | sizes))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Place:
    """A database with its ClickHouse, and the QBANK_HOME of what runs on them."""

    url: str
    clickhouse_url: str
    home: Path

    @property
    def database(self) -> str:
        """Name of the Postgres database."""
        name = make_url(self.url).database
        assert name is not None
        return name

    def connect(self, role: str = "qbank_pipeline") -> psycopg.Connection[tuple[object, ...]]:
        """Return a connection in a transaction, as `role`."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, options=f"-c role={role} -c timezone=UTC")

    @contextmanager
    def here(self) -> Iterator[None]:
        """Let the commands of this process act on this place."""
        wanted = {
            "QBANK_DATABASE_URL": self.url,
            "QBANK_CLICKHOUSE_URL": self.clickhouse_url,
            "QBANK_HOME": str(self.home),
        }
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def place_on(postgres_url: str, clickhouse_url: str, home: Path, name: str = "qbank_good") -> Place:
    """Return the place of good data on two servers, wherever their URLs point."""
    return Place(
        make_url(postgres_url).set(database=name).render_as_string(hide_password=False),
        f"{clickhouse_url.rpartition('/')[0]}/{name}",
        home,
    )


def make_good(place: Place, plan: Plan) -> None:
    """Fill the place and run the nightly job for each exam; raises RuntimeError where a run does not succeed."""
    with _server(place) as server:
        server.execute(
            sql.SQL("create database {} template template0").format(sql.Identifier(place.database))
        )
    migrate.upgrade(place.url)
    write_bank(place.url, plan)
    fill_clickhouse(place)
    with place.here():
        for exam in EXAMS:
            outcome = run_nightly(exam.code, place.home, lambda step: None)
            if not outcome.success:
                failed = [check.name for check in outcome.checks if not check.passed]
                raise RuntimeError(f"the good bank does not pass: {failed}, {outcome.faults}")


@contextmanager
def copy_of(good: Place) -> Iterator[Place]:
    """A copy of the good database, dropped afterwards; always of one name, for dbt parses once for each name."""
    copied = replace(
        good, url=make_url(good.url).set(database=f"{good.database}_copy").render_as_string(False)
    )
    name, source = sql.Identifier(copied.database), sql.Identifier(good.database)
    with _server(good) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        server.execute(sql.SQL("create database {} template {} strategy file_copy").format(name, source))
        try:
            yield copied
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(name))


def fill_clickhouse(place: Place) -> None:
    """Write the answers of Postgres into ClickHouse, into a database made anew."""
    client = clickhouse.open_url(place.clickhouse_url)
    client.command(f"drop database {client.database}")
    client.close()
    client = clickhouse.open_url(place.clickhouse_url)
    try:
        with place.connect() as connection:
            rows = [AttemptRow(*row) for row in connection.execute(_ANSWERS)]  # type: ignore[arg-type]
        attempts.insert_rows(client, rows)
        touched = sorted({attempts.item_hour(row) for row in rows})
        for first in range(0, len(touched), HOURS_AT_A_TIME):
            attempts.rewrite_hours(client, touched[first : first + HOURS_AT_A_TIME])
    finally:
        client.close()


_ANSWERS = """
select occurred_at, question_id, version, is_correct, time_taken_ms, event_id, selected, tenant_id,
       payload ->> 'exam_code'
from telemetry.events where event_type = 'answer_submitted'
"""


def _server(place: Place) -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(place.url).set(drivername="postgresql", database="postgres")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
