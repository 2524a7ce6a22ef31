"""Whether what was sent is there, exactly once, in both stores."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine, text

from database import clickhouse
from database.queries import attempts
from database.settings import DatabaseSettings
from tests.chaos.producers import Sent

_BY_TYPE = "select event_type, count(*) as n from telemetry.events group by 1"
_ANSWERS = """
select question_id, version, count(*) from telemetry.events
where event_type = 'answer_submitted' group by 1, 2
"""
_BY_HOUR = "select question_id, version, sum(attempts) from item_attempts_hourly final group by 1, 2"


def violations(engine: Engine, settings: DatabaseSettings, sent: Sent) -> list[str]:
    """Return what is wrong, a line each; none is as it must be."""
    return [*_in_postgres(engine, sent), *_in_clickhouse(settings, sent)]


def _in_postgres(engine: Engine, sent: Sent) -> list[str]:
    with engine.connect() as connection:
        ids = list(connection.scalars(text("select event_id::text from telemetry.events")))
        by_type = Counter({row.event_type: row.n for row in connection.execute(text(_BY_TYPE))})
        answers = Counter({(q, v): n for q, v, n in connection.execute(text(_ANSWERS))})
        dead = {bytes(raw) for raw in connection.scalars(text("select raw from telemetry.dead_letters"))}
        unpublished = connection.scalar(text("select count(*) from event_outbox where published_at is null"))
    wrong = []
    if len(ids) != len(set(ids)):
        wrong.append(f"Postgres: {len(ids) - len(set(ids))} events more than once")
    if missing := sent.ids - set(ids):
        wrong.append(f"Postgres: {len(missing)} of {len(sent.ids)} events missing, such as {min(missing)}")
    if more := set(ids) - sent.ids:
        wrong.append(f"Postgres: {len(more)} events that nobody sent, such as {min(more)}")
    if by_type != sent.by_type:
        wrong.append(f"Postgres: by type {dict(by_type)} instead of {dict(sent.by_type)}")
    if answers != sent.answers:
        wrong.append("Postgres: answers by item differ")
    if dead != sent.bad:
        wrong.append(f"Postgres: {len(dead)} kinds of dead letters instead of {len(sent.bad)}")
    if unpublished:
        wrong.append(f"Postgres: {unpublished} events of the outbox not published")
    return wrong


def _in_clickhouse(settings: DatabaseSettings, sent: Sent) -> list[str]:
    client = clickhouse.open_client(settings)
    try:
        counted = Counter(attempts.count_by_item(client))
        by_hour = Counter({(q, v): n for q, v, n in client.query(_BY_HOUR).result_rows})
    finally:
        client.close()
    wrong = []
    if counted != sent.answers:
        differing = [item for item in counted | sent.answers if counted[item] != sent.answers[item]]
        wrong.append(
            f"ClickHouse: {len(differing)} items differ, {counted.total()} instead of {sent.answers.total()}"
        )
    if by_hour != sent.answers:
        wrong.append(f"ClickHouse by the hour: {by_hour.total()} answers instead of {sent.answers.total()}")
    return wrong
