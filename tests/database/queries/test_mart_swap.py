"""The swap beside readers: what they see, how long they wait, and what survives it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from database.engine import login_engine
from database.errors import MartsError, MartsInUseError
from database.queries import mart_plans, mart_swap, marts
from database.queries.marts import AFTER_PUBLISH, BEFORE_FIT, CANDIDATE, LIVE
from database.tenancy import enter_tenant

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
TABLES = ("item_health", "topic_mastery")
RULES = """
select c.relname, c.oid, c.relacl::text, c.relrowsecurity, c.relforcerowsecurity, obj_description(c.oid, 'pg_class'),
       col_description(c.oid, 1), (select array_agg(polname order by polname) from pg_policy where polrelid = c.oid)
from pg_class c where c.relnamespace = cast(:schema as regnamespace) and c.relkind = 'r' order by 1
"""


def make_marts(connection: Connection, schema: str, value: str) -> None:
    """Make two marts as the post-hooks of dbt leave them, each with a row a tenant."""
    for table in TABLES:
        name = f"{schema}.{table}"
        connection.execute(text(f"create table {name} (value text, tenant_id uuid)"))
        for tenant in (ONE, TWO):
            row = {"value": f"{value} of {tenant.int}", "tenant": tenant}
            connection.execute(text(f"insert into {name} values (:value, :tenant)"), row)
        for statement in (
            f"alter table {name} enable row level security",
            f"alter table {name} force row level security",
            f"create policy pipeline_all on {name} to qbank_pipeline using (true)",
            f"create policy tenant_own on {name} for select to qbank_api "
            "using (tenant_id = (select public.current_tenant()))",
            f"grant select on {name} to qbank_api",
            f"comment on table {name} is '{value}'",
            f"comment on column {name}.value is '{value}'",
        ):
            connection.execute(text(statement))


@pytest.fixture
def engine(pipeline_engine: Engine) -> Engine:
    """Live marts that say old, a candidate of run `r` that says new."""
    with pipeline_engine.begin() as connection:
        make_marts(connection, LIVE, "old")
        make_marts(connection, CANDIDATE, "new")
        mart_plans.plan(connection, "r", "p")
        mart_plans.mark_passed(connection, "r", [BEFORE_FIT, AFTER_PUBLISH])
    return pipeline_engine


@pytest.fixture
def reader(engine: Engine, database_url: str) -> Iterator[Connection]:
    """A connection of the login, which takes the API's role and a tenant for each transaction."""
    logins = login_engine(database_url)
    with logins.connect() as connection:
        yield connection
    logins.dispose()


def publish(engine: Engine, run: str = "r") -> mart_swap.Swap:
    with engine.begin() as connection:
        return mart_swap.publish(connection, run)


def read(connection: Connection, table: str) -> list[Any]:
    return list(connection.scalars(text(f"select value from analytics.{table}")))


def test_a_transaction_that_has_begun_to_read_reads_on_from_the_same_build(
    engine: Engine, reader: Connection
) -> None:
    with reader.begin():
        enter_tenant(reader, ONE)
        assert read(reader, "item_health") == ["old of 1"]
        with pytest.raises(MartsInUseError, match="have not ended within 2s"):
            publish(engine)
        assert read(reader, "topic_mastery") == ["old of 1"]
    assert publish(engine).live_before is None
    with reader.begin():
        enter_tenant(reader, ONE)
        assert read(reader, "item_health") == ["new of 1"]
        assert read(reader, "topic_mastery") == ["new of 1"]


def test_readers_who_come_while_a_swap_waits_wait_no_longer_than_it(
    engine: Engine, reader: Connection
) -> None:
    faults: list[MartsInUseError] = []

    def swap() -> None:
        try:
            publish(engine)
        except MartsInUseError as fault:
            faults.append(fault)

    with reader.begin():
        enter_tenant(reader, ONE)
        read(reader, "item_health")
        waiting = threading.Thread(target=swap)
        waiting.start()
        time.sleep(0.5)
        began = time.monotonic()
        with engine.begin() as second:
            assert read(second, "item_health") == ["old of 1", "old of 2"]
        seconds = time.monotonic() - began
        waiting.join()
    assert len(faults) == 1
    assert 0.5 < seconds < 4


def test_prepared_statements_of_the_api_go_on(engine: Engine, reader: Connection) -> None:
    seen = []
    for swapping in (False, True, False):
        with reader.begin():
            enter_tenant(reader, TWO)
            driver = reader.connection.driver_connection
            assert driver is not None
            seen.append(driver.execute("select value from analytics.item_health", prepare=True).fetchall())
            prepared = driver.execute("select count(*) from pg_prepared_statements").fetchone()
            assert prepared[0] >= 1
        if not swapping and len(seen) == 1:
            publish(engine)
    assert seen == [[("old of 2",)], [("new of 2",)], [("new of 2",)]]


def test_policies_grants_and_comments_go_with_the_tables(engine: Engine) -> None:
    def rules() -> dict[str, list[Any]]:
        with engine.begin() as connection:
            return {
                schema: [tuple(row) for row in connection.execute(text(RULES), {"schema": schema})]
                for schema in (LIVE, CANDIDATE)
            }

    before = rules()
    assert all(row[7] == ["pipeline_all", "tenant_own"] and row[6] for row in before[LIVE])
    publish(engine)
    assert rules() == {LIVE: before[CANDIDATE], CANDIDATE: before[LIVE]}


def test_every_role_may_enter_both_schemas_after_a_swap(engine: Engine) -> None:
    publish(engine)
    with engine.begin() as connection:
        for schema in (LIVE, CANDIDATE):
            for role in ("qbank_owner", "qbank_api", "qbank_analyst", "qbank_pipeline"):
                usage = text("select has_schema_privilege(:role, :schema, 'usage')")
                assert connection.scalar(usage, {"role": role, "schema": schema}), (role, schema)


def test_a_swap_that_fails_on_its_way_changes_nothing(engine: Engine) -> None:
    with pytest.raises(RuntimeError), engine.begin() as connection:
        mart_swap.publish(connection, "r")
        assert read(connection, "item_health") == ["new of 1", "new of 2"]
        raise RuntimeError
    with engine.begin() as connection:
        assert read(connection, "item_health") == ["old of 1", "old of 2"]
        assert marts.newest(connection) == CANDIDATE


def test_only_the_run_that_built_last_publishes(engine: Engine) -> None:
    with pytest.raises(MartsError, match="is the build of run r by now"):
        publish(engine, "another")
    with engine.begin() as connection:
        mart_plans.plan(connection, "later", "p")
    with pytest.raises(MartsError, match="is the build of run later by now"):
        publish(engine)


def test_half_a_build_is_not_published(pipeline_engine: Engine) -> None:
    with pytest.raises(MartsError, match="was built by no run"):
        publish(pipeline_engine)
    with pipeline_engine.begin() as connection:
        mart_plans.plan(connection, "r", "p")
        mart_plans.mark_passed(connection, "r", [BEFORE_FIT])
    with pytest.raises(MartsError, match="did not build after_publish whole"):
        publish(pipeline_engine)


def test_a_right_that_a_dump_left_behind_is_named(engine: Engine, database_url: str) -> None:
    name = database_url.rpartition("/")[2]
    logins = login_engine(database_url)
    with logins.begin() as connection:
        connection.execute(text(f"revoke create on database {name} from qbank_pipeline"))
    logins.dispose()
    with pytest.raises(MartsError, match=f"grant create on database {name} to qbank_pipeline"):
        publish(engine)
