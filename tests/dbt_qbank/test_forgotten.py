"""A forgotten learner is gone from the marts at once, and the next build knows nothing of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from database.engine import engine_as
from database.forgetting import ForgetKey
from database.tenancy import Role
from ingestion.forget import Stores, forget
from tests.dbt_qbank.conftest import with_dbt

PUBLISHED = ("calibration_runs", "item_calibration", "item_calibration_history", "item_stats_ctt")


@pytest.fixture
def copy(bank: Any, builds: Any, cluster_url: str, tmp_path: Path) -> Iterator[Any]:
    """The bank with its marts, once more, to be changed."""
    url = make_url(cluster_url)
    server = url.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"qbank_copy_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        statement = sql.SQL("create database {} template {}")
        connection.execute(
            statement.format(sql.Identifier(name), sql.Identifier(str(make_url(bank.url).database)))
        )
        made = url.set(database=name).render_as_string(hide_password=False)
        yield with_dbt(made, tmp_path / "dbt")
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def naming(bank: Any, needles: list[str]) -> set[str]:
    """Return the tables and views, of whatever schema, with a row that has one of these in it."""
    with bank.connect() as connection:
        relations = connection.execute(
            "select n.nspname as schema, c.relname as name "
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'v') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' "
            "and has_table_privilege(c.oid, 'SELECT')"
        ).fetchall()
        found = set()
        for one in relations:
            table = sql.Identifier(one["schema"], one["name"])
            asked = sql.SQL("select exists (select from {} t where t::text like any(%s)) as it").format(table)
            row = connection.execute(asked, [[f"%{needle}%" for needle in needles]]).fetchone()
            if row["it"]:
                found.add(one["name"])
        return found


def published(bank: Any) -> dict[str, list[str]]:
    with bank.connect() as connection:
        return {
            table: [row["t"] for row in connection.execute(f"select t::text as t from {table} t order by 1")]
            for table in PUBLISHED
        }


def of_others(bank: Any, learner: uuid.UUID) -> dict[str, list[str]]:
    theirs = {
        name: sorted(repr(row) for row in bank.rows(name) if row.get("user_id", learner) != learner)
        for name in bank.relations()
    }
    return {name: rows for name, rows in theirs.items() if rows}


def test_marts_lose_the_learner_at_once_and_the_next_build_lacks_them(copy: Any, tmp_path: Path) -> None:
    persons = {
        str(row["person_id"]) for row in copy.rows("int_dispositions") if row["user_id"] == copy.ann
    } - {"None"}
    needles = [str(copy.ann), *persons]
    before, others, live = naming(copy, needles), of_others(copy, copy.ann), published(copy)
    assert before >= {"fact_responses", "int_dispositions", "topic_mastery", "dim_users", "user_responses"}

    engine = engine_as(copy.url, Role.PIPELINE)
    stores = Stores(engine, ForgetKey(tmp_path), None, {}, tmp_path)
    summary = forget(stores, copy.tenant_a, str(copy.ann))
    engine.dispose()
    assert {f"{copy.schema}.{table}" for table in ("fact_responses", "topic_mastery", "dim_users")} <= set(
        summary.rows
    )
    assert naming(copy, needles) == set()
    assert of_others(copy, copy.ann) == others
    assert published(copy) == live
    with copy.connect() as connection:
        asked = connection.execute("select count(*) as n from public.mart_refresh_requests").fetchone()
    assert asked["n"] > 0

    outcomes = copy.invoke("build", "--full-refresh")  # as the deleted rows have asked for
    assert set(outcomes.values()) == {"success", "pass"}
    assert naming(copy, needles) == set()
    assert published(copy) == live
    assert {row["user_id"] for row in copy.rows("dim_users")} >= {copy.ben, copy.cas}
