"""The schema comes and goes by migrations alone, also with dbt's views standing on it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import inspect, text

from database import migrate
from database.engine import engine_as, login_engine
from database.tables import Base
from database.tenancy import Role


def test_upgrade_from_empty_makes_every_table_of_the_models(database_url: str) -> None:
    assert migrate.current(database_url) == migrate.head()
    engine = login_engine(database_url)
    found = inspect(engine)
    there = set(found.get_table_names()) | {f"telemetry.{t}" for t in found.get_table_names("telemetry")}
    engine.dispose()
    assert there == set(Base.metadata.tables) | {"alembic_version"}


def test_models_and_migrations_agree(database_url: str) -> None:
    migrate.check(database_url)


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.head()


def test_downgrade_with_views_of_dbt_in_place_then_upgrade(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("qbank_down_and_up")
    migrate.upgrade(url)
    engine = engine_as(url, Role.PIPELINE)
    with engine.begin() as connection:
        connection.execute(text("create view analytics.stg_user_responses as select * from user_responses"))
        connection.execute(text("create table analytics.facts as select * from analytics.stg_user_responses"))
    engine.dispose()
    migrate.downgrade(url, "base")
    assert migrate.current(url) is None
    engine = login_engine(url)
    with engine.begin() as connection:
        left = connection.scalars(
            text(
                "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname in ('public', 'telemetry', 'analytics') and c.relkind in ('r', 'v') "
                "union all select p.proname from pg_proc p join pg_roles o on o.oid = p.proowner "
                "where o.rolname = 'qbank_owner'"
            )
        ).all()
    engine.dispose()
    assert left == ["public.alembic_version"]
    migrate.upgrade(url)
    migrate.check(url)


def test_every_table_and_column_has_a_comment() -> None:
    bare = [
        f"{table.fullname}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if not column.comment
    ]
    assert bare == []


def test_parameter_columns_say_their_metric() -> None:
    for name in ("item_calibration", "item_calibration_candidate", "item_calibration_history"):
        for column in ("a", "b", "se_a"):
            assert "D = 1.7" in str(Base.metadata.tables[name].c[column].comment)
