"""What a run must build anew, where the newest marts stand, and who may read them while they are built."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from database.errors import MartsError
from database.queries import mart_plans, mart_swap, marts
from database.queries.marts import AFTER_PUBLISH, BEFORE_FIT, CANDIDATE, LIVE
from database.tables import AppUser

BOTH = (BEFORE_FIT, AFTER_PUBLISH)
FAR = 2**60


def build(engine: Engine, run: str, project: str = "p", passed: tuple[str, ...] = BOTH) -> marts.Build:
    with engine.begin() as connection:
        planned = mart_plans.plan(connection, run, project)
        mart_plans.mark_passed(connection, run, passed)
    return planned


def publish(engine: Engine, run: str) -> None:
    with engine.begin() as connection:
        mart_swap.publish(connection, run)


def night(engine: Engine, run: str, project: str = "p") -> marts.Build:
    """Build and publish, as one run."""
    planned = build(engine, run, project)
    publish(engine, run)
    return planned


@pytest.fixture
def settled(pipeline_engine: Engine) -> Engine:
    """Both schemas built anew and published, one after the other."""
    assert [night(pipeline_engine, run).full_refresh for run in ("first", "second")] == [True, True]
    return pipeline_engine


def newest(engine: Engine) -> str:
    with engine.begin() as connection:
        return marts.newest(connection)


def test_both_schemas_are_built_anew_once_and_grow_then(settled: Engine) -> None:
    third, fourth = night(settled, "third"), night(settled, "fourth")
    assert (third.full_refresh, fourth.full_refresh) == (False, False)
    assert third.schema_oid != fourth.schema_oid


def test_a_schema_that_was_left_unpublished_is_built_anew_and_the_other_is_not(settled: Engine) -> None:
    failed = build(settled, "failed", passed=())
    assert not failed.full_refresh
    again = night(settled, "again")
    assert again.full_refresh
    assert "failed" in again.reason
    assert again.schema_oid == failed.schema_oid
    assert not night(settled, "after").full_refresh


def test_another_project_builds_both_schemas_anew(settled: Engine) -> None:
    assert [night(settled, run, "q").full_refresh for run in ("3", "4", "5", "6")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_request_builds_each_schema_anew_once(settled: Engine) -> None:
    with settled.begin() as connection:
        marts.request_refresh(connection, "because")
    third = night(settled, "third")
    assert third.full_refresh
    assert third.reason == "asked for: because"
    assert [night(settled, run).full_refresh for run in ("4", "5", "6")] == [True, False, False]


def test_rows_that_are_deleted_build_each_schema_anew(settled: Engine) -> None:
    learner = uuid.uuid4()
    with settled.begin() as connection:
        connection.execute(
            text("insert into app_users (id, external_ref) values (:id, 'x')"), {"id": learner}
        )
    assert not night(settled, "third").full_refresh
    with settled.begin() as connection:
        connection.execute(text(f"delete from {AppUser.__tablename__} where id = :id"), {"id": learner})
    fourth = night(settled, "fourth")
    assert fourth.full_refresh
    assert "app_users: 1 rows deleted" in fourth.reason


def test_a_request_that_commits_after_the_refresh_it_began_before_is_not_missed(settled: Engine) -> None:
    with settled.connect() as slow, slow.begin():
        marts.request_refresh(slow, "slow")
        assert night(settled, "third", "q").full_refresh
        assert night(settled, "fourth", "q").full_refresh
        assert not build(settled, "not seen yet", "q").full_refresh
        publish(settled, "not seen yet")
    assert night(settled, "fifth", "q").reason == "asked for: slow"
    assert night(settled, "sixth", "q").reason == "asked for: slow"
    assert not night(settled, "seventh", "q").full_refresh


def test_a_watermark_of_another_server_builds_anew(settled: Engine) -> None:
    with settled.begin() as connection:
        connection.execute(text(f"create table {CANDIDATE}.mart_watermarks (model text, below xid8)"))
        connection.execute(text(f"insert into {CANDIDATE}.mart_watermarks values ('m', '{FAR}')"))
    third = night(settled, "third")
    assert third.full_refresh
    assert "dump" in third.reason


def test_a_request_of_another_server_does_not_build_anew_every_night(settled: Engine) -> None:
    with settled.begin() as connection:
        connection.execute(
            text(f"insert into mart_refresh_requests (reason, change_xid) values ('elsewhere', '{FAR}')")
        )
    assert not night(settled, "third").full_refresh


def test_a_run_that_asks_again_gets_its_own_build(settled: Engine) -> None:
    first = build(settled, "third", passed=(BEFORE_FIT,))
    again = build(settled, "third", "q", passed=())
    assert (again.full_refresh, again.reason, again.started_at) == (
        first.full_refresh,
        first.reason,
        first.started_at,
    )
    assert list(again.passed) == [BEFORE_FIT]


def test_a_run_that_was_built_over_starts_anew_and_publishes(settled: Engine) -> None:
    build(settled, "one", passed=(BEFORE_FIT,))
    build(settled, "two", passed=(BEFORE_FIT,))
    again = build(settled, "one", passed=())
    assert again.full_refresh
    assert list(again.passed) == []
    with pytest.raises(MartsError, match="build of run one"):
        publish(settled, "two")
    build(settled, "one")
    publish(settled, "one")


def test_a_run_publishes_once(settled: Engine) -> None:
    with pytest.raises(MartsError, match="second has published its marts already"):
        build(settled, "second")


def test_what_no_model_makes_any_more_is_dropped_from_the_candidate_alone(settled: Engine) -> None:
    with settled.begin() as connection:
        for schema in (LIVE, CANDIDATE):
            for name in ("item_health", "renamed", "mart_watermarks"):
                connection.execute(text(f"create table {schema}.{name} (x int)"))
            connection.execute(text(f"create view {schema}.stg_gone as select * from {schema}.renamed"))
        mart_plans.drop_strangers(connection, ["item_health", "new_mart"])
        left = {
            schema: set(
                connection.scalars(
                    text(
                        "select relname from pg_class where relnamespace = cast(:s as regnamespace) "
                        "and relkind in ('r', 'v')"
                    ),
                    {"s": schema},
                )
            )
            for schema in (LIVE, CANDIDATE)
        }
    assert left[CANDIDATE] == {"item_health", "mart_watermarks"}
    assert left[LIVE] == {"item_health", "renamed", "mart_watermarks", "stg_gone"}


def test_the_newest_build_is_the_candidate_until_it_is_live(settled: Engine) -> None:
    assert newest(settled) == LIVE
    build(settled, "third")
    assert newest(settled) == CANDIDATE
    publish(settled, "third")
    assert newest(settled) == LIVE


def test_before_the_first_build_the_live_schema_is_read(pipeline_engine: Engine) -> None:
    assert newest(pipeline_engine) == LIVE
    with pipeline_engine.begin() as connection, pytest.raises(MartsError, match="no marts were built yet"):
        marts.hold_newest(connection)


def test_first_attempts_that_did_not_pass_are_not_to_be_read(settled: Engine) -> None:
    build(settled, "third", passed=())
    with settled.begin() as connection, pytest.raises(MartsError, match="run third"):
        marts.hold_newest(connection)


def test_who_reads_the_newest_holds_it_where_it_is(settled: Engine) -> None:
    build(settled, "third")
    with settled.connect() as reader, reader.begin():
        assert marts.hold_newest(reader) == CANDIDATE
        with settled.begin() as connection:
            connection.execute(text("set local lock_timeout = '300ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                mart_swap.publish(connection, "third")
    publish(settled, "third")


def test_the_last_builds_and_since_when_one_is_live_are_told(settled: Engine) -> None:
    build(settled, "third", passed=())
    with settled.begin() as connection:
        told = marts.builds(connection, limit=2)
        live = marts.live_since(connection)
    assert [each.run_id for each in told] == ["third", "second"]
    assert told[0].published_at is None
    assert told[1].published_at == live


def test_without_its_schema_a_build_says_how_to_make_it(settled: Engine) -> None:
    with settled.connect() as connection, connection.begin():
        connection.execute(text(f"drop schema {CANDIDATE}"))
        with pytest.raises(MartsError, match=f"create schema {CANDIDATE} authorization qbank_pipeline"):
            mart_plans.plan(connection, "third", "p")
        made_as_told(connection)
        assert mart_plans.plan(connection, "third", "p").full_refresh


def made_as_told(connection: Connection) -> None:
    connection.execute(text(f"create schema {CANDIDATE} authorization qbank_pipeline"))
