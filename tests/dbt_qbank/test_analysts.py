"""Analysts see mart rows of their own tenants, whatever they set, and nothing besides."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.rows import dict_row
from sqlalchemy.engine import make_url

from database.engine import login_engine
from database.errors import AnalystError
from database.queries import analysts

SECRET = uuid.uuid4().hex


@dataclass(frozen=True)
class Logins:
    """Names of logins: of tenant A, of tenant B, of no tenant with the role all the same."""

    a: str
    b: str
    nobody: str
    connect: Callable[[str], psycopg.Connection[Any]]


@pytest.fixture(scope="module")
def logins(bank: Any, builds: Any) -> Iterator[Logins]:
    names = {which: f"qbank_test_{which}_{uuid.uuid4().hex[:8]}" for which in ("a", "b", "nobody")}
    engine = login_engine(bank.url)

    def connect(login: str) -> psycopg.Connection[Any]:
        url = make_url(bank.url).set(drivername="postgresql", username=login, password=SECRET)
        plain = url.render_as_string(hide_password=False)
        return psycopg.connect(plain, row_factory=dict_row, autocommit=True)

    with engine.begin() as connection:
        for name in names.values():
            connection.exec_driver_sql(f"create role {name} login password '{SECRET}'")
        analysts.add(connection, names["a"], bank.tenant_a)
        analysts.add(connection, names["b"], bank.tenant_b)
        connection.exec_driver_sql(f"grant qbank_analyst to {names['nobody']}")
    yield Logins(**names, connect=connect)
    with engine.begin() as connection:
        for name in names.values():
            analysts.remove(connection, name)
            connection.exec_driver_sql(f"drop role {name}")
    engine.dispose()


@pytest.fixture(scope="module")
def schema(bank: Any, builds: Any) -> str:
    with bank.connect() as connection:
        row = connection.execute(
            "select relnamespace::regnamespace::text as name from pg_class where relname = 'topic_mastery'"
        ).fetchone()
    return str(row["name"])


@pytest.fixture(scope="module")
def tables(bank: Any, builds: Any) -> list[str]:
    """Every table of the marts."""
    nodes = [node for node in bank.manifest.nodes.values() if node.resource_type == "model"]
    return sorted(node.name for node in nodes if node.group == "marts")


def rows(connection: psycopg.Connection[Any], schema: str, table: str) -> list[str]:
    query = sql.SQL("select * from {}").format(sql.Identifier(schema, table))
    return sorted(map(repr, connection.execute(query).fetchall()))


def own_rows(bank: Any, schema: str, table: str, tenant: uuid.UUID) -> list[str]:
    with bank.connect() as connection:
        query = sql.SQL("select * from {} where tenant_id = %s").format(sql.Identifier(schema, table))
        return sorted(map(repr, connection.execute(query, [tenant]).fetchall()))


def test_each_login_sees_its_tenants_rows_and_all_of_them(
    bank: Any, logins: Logins, schema: str, tables: list[str]
) -> None:
    assert {"fact_responses", "item_health", "topic_mastery"} <= set(tables)
    for login, tenant in ((logins.a, bank.tenant_a), (logins.b, bank.tenant_b)):
        with logins.connect(login) as connection:
            for table in tables:
                assert rows(connection, schema, table) == own_rows(bank, schema, table, tenant), table
    assert own_rows(bank, schema, "fact_responses", bank.tenant_a)
    assert own_rows(bank, schema, "fact_responses", bank.tenant_b)


def test_a_login_with_the_role_alone_sees_no_row(logins: Logins, schema: str, tables: list[str]) -> None:
    with logins.connect(logins.nobody) as connection:
        assert {table: rows(connection, schema, table) for table in tables} == {table: [] for table in tables}


@pytest.mark.parametrize(
    "trick",
    [
        "set qbank.tenant_id = '{b}'",
        "set role qbank_analyst",
        "set search_path = pg_temp",
        "set session_replication_role = default",
        "create temp table analysts as select '{login}'::text as login, '{b}'::uuid as tenant_id",
    ],
)
def test_nothing_that_an_analyst_may_set_shows_another_tenant(
    bank: Any, logins: Logins, schema: str, trick: str
) -> None:
    with logins.connect(logins.a) as connection:
        try:
            connection.execute(trick.format(b=bank.tenant_b, login=logins.a))
        except errors.InsufficientPrivilege:
            assert "replication" in trick or "temp" in trick
        seen = rows(connection, schema, "fact_responses")
    assert seen == own_rows(bank, schema, "fact_responses", bank.tenant_a)


@pytest.mark.parametrize(
    "forbidden",
    [
        "set role qbank_pipeline",
        "set role qbank_api",
        "set role {b}",
        "set session authorization {b}",
        "set row_security = off; select * from {schema}.fact_responses",
        "insert into public.analysts (login, tenant_id) values ('{a}', gen_random_uuid())",
        "select * from public.analysts",
        "select * from {schema}.mart_watermarks",
        "select * from {schema}.int_first_attempts",
        "delete from {schema}.fact_responses",
        "create table {schema}.mine (x int)",
        "create view {schema}.mine as select 1",
        "select * from public.user_responses",
        "select * from public.app_users",
        "select * from telemetry.events",
        "select * from telemetry.dead_letters",
    ],
)
def test_what_is_beyond_the_marts_is_refused(logins: Logins, schema: str, forbidden: str) -> None:
    with logins.connect(logins.a) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(forbidden.format(a=logins.a, b=logins.b, schema=schema))


def test_no_staging_view_and_no_raw_table_may_be_read(bank: Any, logins: Logins, tables: list[str]) -> None:
    with logins.connect(logins.a) as connection:
        readable = connection.execute(
            "select relname from pg_class where relkind in ('r', 'v', 'm', 'p', 'f') "
            "and relnamespace in (select oid from pg_namespace where nspname in "
            "('public', 'telemetry', 'analytics', 'analytics_candidate')) and has_any_column_privilege(oid, 'select')"
        ).fetchall()
    # A calendar, which names nobody.
    assert sorted(row["relname"] for row in readable) == sorted(["dim_days", *tables])


def test_statistics_of_the_planner_show_nothing(logins: Logins, schema: str) -> None:
    with logins.connect(logins.a) as connection:
        shown = connection.execute("select * from pg_stats where schemaname = %s", [schema]).fetchall()
    assert shown == []


def test_only_a_login_that_sees_no_more_is_added(bank: Any, logins: Logins) -> None:
    engine = login_engine(bank.url)
    name = f"qbank_test_{uuid.uuid4().hex[:8]}"
    with engine.connect() as connection:
        with connection.begin(), pytest.raises(AnalystError, match=f"create role {name} login"):
            analysts.add(connection, name, bank.tenant_a)
        for more, why in (("bypassrls", "bypasses"), ("in role qbank_pipeline", "holds role qbank_pipeline")):
            attempt = connection.begin()
            connection.exec_driver_sql(f"create role {name} login {more}")
            with pytest.raises(AnalystError, match=why):
                analysts.add(connection, name, bank.tenant_a)
            attempt.rollback()
    engine.dispose()


def test_who_loses_the_last_tenant_loses_the_role(bank: Any, logins: Logins, schema: str) -> None:
    engine = login_engine(bank.url)
    both = (bank.tenant_a, bank.tenant_b)
    with engine.begin() as connection:
        for tenant in both:
            analysts.add(connection, logins.nobody, tenant)
        held = [one for one in analysts.readers(connection) if one.login == logins.nobody]
    assert [(one.tenant_id, one.may_read) for one in held] == [(tenant, True) for tenant in both]
    with logins.connect(logins.nobody) as reader:
        everything = len(rows(reader, schema, "fact_responses"))
        for tenant, left in zip(
            both, (own_rows(bank, schema, "fact_responses", bank.tenant_b), None), strict=True
        ):
            with engine.begin() as connection:
                assert analysts.remove(connection, logins.nobody, tenant) == 1
            if left is None:
                with pytest.raises(errors.InsufficientPrivilege):
                    rows(reader, schema, "fact_responses")
            else:
                assert rows(reader, schema, "fact_responses") == left
                assert len(left) < everything
    engine.dispose()
