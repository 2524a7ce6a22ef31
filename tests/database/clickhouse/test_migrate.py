"""ClickHouse's tables: made once, whoever asks, and again where making them was cut short."""

from __future__ import annotations

import threading

import pytest
from clickhouse_connect.driver.client import Client

from database import clickhouse
from database.clickhouse import migrate
from database.errors import ClickHouseError

OURS = {
    "forgotten_learners",
    "item_attempts",
    "item_attempts_hourly",
    "schema_revisions",
    "source_positions",
}


def tables(client: Client) -> set[str]:
    rows = client.query("select name from system.tables where database = currentDatabase()").result_rows
    return {name for (name,) in rows}


def revisions(client: Client) -> list[int]:
    rows = client.query("select revision from schema_revisions final order by revision").result_rows
    return [revision for (revision,) in rows]


def test_opening_makes_the_database_and_its_tables_once(clickhouse_server: str) -> None:
    url = f"{clickhouse_server.rpartition('/')[0]}/qbank-made_here"
    for _ in range(2):
        client = clickhouse.open_url(url)
        assert tables(client) == OURS
        assert migrate.current(client) == migrate.head()
        assert client.command("select count() from schema_revisions") == migrate.head()
        client.close()
    client = clickhouse.open_url(url)
    client.command("drop database {name:Identifier}", parameters={"name": "qbank-made_here"})
    client.close()


def test_numbers_of_migrations_leave_no_gap(clickhouse_client: Client) -> None:
    assert revisions(clickhouse_client) == list(range(1, migrate.head() + 1))
    assert len(list(migrate.SCRIPTS.glob("*.sql"))) == migrate.head()


def test_callers_at_once_do_no_harm(clickhouse_server: str) -> None:
    url = f"{clickhouse_server.rpartition('/')[0]}/qbank_at_once"
    failed: list[BaseException] = []

    def opened() -> None:
        try:
            clickhouse.open_url(url).close()
        except BaseException as fault:
            failed.append(fault)

    threads = [threading.Thread(target=opened) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    client = clickhouse.open_url(url)
    assert (tables(client), revisions(client)) == (OURS, [1, 2, 3])
    client.command("drop database qbank_at_once")
    client.close()


def test_a_migration_that_was_cut_short_is_run_again(clickhouse_client: Client) -> None:
    clickhouse_client.command("drop table schema_revisions")
    clickhouse_client.command("drop table item_attempts_hourly")
    assert migrate.current(clickhouse_client) == 0
    assert migrate.upgrade(clickhouse_client) == 0
    assert tables(clickhouse_client) == OURS
    assert migrate.upgrade(clickhouse_client) == migrate.head()


def test_tables_of_a_later_version_are_left_alone(clickhouse_client: Client) -> None:
    row = (migrate.head() + 1, "later")
    clickhouse_client.insert("schema_revisions", [row], column_names=["revision", "name"])
    assert migrate.upgrade(clickhouse_client) == migrate.head() + 1


@pytest.mark.parametrize("kind", ["tables", "columns"])
def test_everything_is_commented(clickhouse_client: Client, kind: str) -> None:
    column = "table" if kind == "columns" else "name"
    bare = clickhouse_client.query(
        f"select {column}, name from system.{kind} where database = currentDatabase() and comment = ''"
    ).result_rows
    assert bare == []


def test_a_login_that_may_make_nothing_is_told(clickhouse_client: Client) -> None:
    clickhouse_client.command("drop table schema_revisions")
    with pytest.raises(ClickHouseError, match="refused"):
        clickhouse_client.set_client_setting("readonly", 1)
        migrate.upgrade(clickhouse_client)
