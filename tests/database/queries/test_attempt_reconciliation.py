"""Postgres against ClickHouse: equal down to the id, and named where not."""

from __future__ import annotations

import datetime as dt
import uuid

from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine, text

from database.queries import attempt_reconciliation, attempts
from database.queries.attempt_reconciliation import StoresAgreement
from database.queries.attempts import AttemptRow
from database.queries.reconciliation import Span
from tests.expectations.conftest import spoil

NOW = dt.datetime.now(dt.UTC)
ROWS = """
select occurred_at, question_id, version, is_correct, time_taken_ms, event_id, selected, tenant_id, null
from telemetry.events where event_type = 'answer_submitted' order by event_id
"""


def fill(engine: Engine, client: Client) -> list[AttemptRow]:
    with engine.begin() as connection:
        rows = [AttemptRow(*row) for row in connection.execute(text(ROWS))]
    attempts.insert_rows(client, rows)
    return rows


def compare(engine: Engine, client: Client, since: dt.datetime | None = None) -> StoresAgreement:
    with engine.begin() as connection:
        return attempt_reconciliation.stores(connection, client, Span(since, NOW))


def test_stores_that_agree(live_engine: Engine, clickhouse_client: Client) -> None:
    fill(live_engine, clickhouse_client)
    found = compare(live_engine, clickhouse_client)
    assert (found.postgres, found.clickhouse, found.differing, found.differences) == (7440, 7440, 0, ())
    assert found.cells >= 12 * 29
    within = compare(live_engine, clickhouse_client, NOW - dt.timedelta(days=2))
    assert 0 < within.postgres == within.clickhouse < 7440
    assert within.differing == 0


def test_what_only_one_store_has_is_named(
    live_url: str, live_engine: Engine, clickhouse_client: Client
) -> None:
    rows = fill(live_engine, clickhouse_client)
    gone = rows[0]
    spoil(live_url, "delete from telemetry.events where event_id = :id", id=gone.event_id)
    other = gone._replace(event_id=uuid.uuid4(), question_id=77)
    attempts.insert_rows(clickhouse_client, [other])
    found = compare(live_engine, clickhouse_client)
    assert (found.postgres, found.clickhouse, found.differing) == (7439, 7441, 2)
    assert {each.only_clickhouse for each in found.differences} == {(gone.event_id,), (other.event_id,)}
    assert all(each.only_postgres == () for each in found.differences)
    assert str(gone.event_id) in "".join(map(str, found.differences))


def test_as_many_answers_under_other_ids_do_not_agree(
    live_url: str, live_engine: Engine, clickhouse_client: Client
) -> None:
    rows = fill(live_engine, clickhouse_client)
    new = uuid.uuid4()
    spoil(
        live_url,
        "update telemetry.events set event_id = :new where event_id = :old",
        new=new,
        old=rows[5].event_id,
    )
    found = compare(live_engine, clickhouse_client)
    (difference,) = found.differences
    assert (difference.only_postgres, difference.only_clickhouse) == ((new,), (rows[5].event_id,))


def test_a_score_that_differs_is_noticed_under_the_same_ids(
    live_url: str, live_engine: Engine, clickhouse_client: Client
) -> None:
    rows = fill(live_engine, clickhouse_client)
    spoil(
        live_url,
        "update telemetry.events set is_correct = not is_correct where event_id = :id",
        id=rows[9].event_id,
    )
    found = compare(live_engine, clickhouse_client)
    (difference,) = found.differences
    assert difference.postgres.n == difference.clickhouse.n
    assert abs(difference.postgres.n_right - difference.clickhouse.n_right) == 1
    assert (difference.only_postgres, difference.only_clickhouse) == ((), ())
