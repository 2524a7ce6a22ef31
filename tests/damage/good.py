"""Good data, built: a bank of weeks, calibrated and published, with ClickHouse beside Postgres."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from psycopg import sql

from database import clickhouse, migrate
from database.queries import attempts
from database.queries.attempts import AttemptRow
from orchestration.run import run_nightly
from tests.bank import Plan, write_bank
from tests.damage.builds import build_marts, publish_marts
from tests.damage.damage import ALL
from tests.damage.place import Place, server_of

# Few items and many learners, so that an item meets enough new learners in a day to tell how it changed.
SIZES = {"responses": 200_000, "items": 30, "days": 35, "sessions": 3}
HOURS_AT_A_TIME = 5_000


def plan_now(**sizes: int) -> Plan:
    """Return a plan whose last day ends within the last hour: checks compare the last 24 hours with those before."""
    hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return Plan(ends_at=hour, **(SIZES | sizes))  # type: ignore[arg-type]


def make_good(place: Place, plan: Plan, exams: Sequence[str]) -> None:
    """Fill the place and run the nightly job for the exams; raises RuntimeError where a run does not succeed."""
    with server_of(place) as server:
        server.execute(
            sql.SQL("create database {} template template0").format(sql.Identifier(place.database))
        )
    migrate.upgrade(place.url)
    write_bank(place.url, plan)
    fill_clickhouse(place)
    with place.here():
        for exam in exams:
            outcome = run_nightly(exam, place.home, lambda step: None)
            if not outcome.success:
                failed = [check.name for check in outcome.checks if not check.passed]
                raise RuntimeError(f"the good bank does not pass: {failed}, {outcome.faults}")
    # Once more, so that both schemas of marts hold what was published last.
    build_marts(place, "again", ALL)
    publish_marts(place, "again")


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
