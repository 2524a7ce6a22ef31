"""Roles, policies and rights, read from the catalogue and tried on rows of two tenants."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from database.engine import login_engine
from database.tenancy import Role, enter_tenant
from tests.database.bank import add_exam, add_item, publish

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
OUR_TABLES = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'telemetry', 'analytics') and c.relkind = 'r' order by 1
"""


def tables(connection: Connection) -> list[str]:
    return list(connection.scalars(text(OUR_TABLES)))


def test_the_roles_are_plain(database_url: str) -> None:
    engine = login_engine(database_url)
    with engine.begin() as connection:
        rows = connection.execute(
            text(
                "select rolname, rolsuper or rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb as more "
                "from pg_roles where rolname like 'qbank\\_%' order by 1"
            )
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [(role.value, False) for role in sorted(Role, key=str)]


def test_every_table_is_owned_forced_and_has_its_policies(database_url: str) -> None:
    engine = login_engine(database_url)
    with engine.begin() as connection:
        rows = connection.execute(
            text(
                "select c.relname, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity and c.relforcerowsecurity "
                "as forced, array(select policyname from pg_policies p where p.tablename = c.relname "
                "and p.schemaname = n.nspname) as policies, exists (select from pg_attribute a "
                "where a.attrelid = c.oid and a.attname = 'tenant_id') as tenanted "
                "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname in ('public', 'telemetry') and c.relkind = 'r'"
            )
        ).all()
    engine.dispose()
    assert len(rows) == 48
    for row in rows:
        assert row.owner == "qbank_owner", row.relname
        assert row.forced, row.relname
        assert {"owner_all", "pipeline_all"} <= set(row.policies), row.relname
        assert ("tenant_own" in row.policies) == row.tenanted, row.relname
    assert {row.relname for row in rows if not row.tenanted} == {
        "alembic_version",
        "source_positions",
        "source_loads",
        "mart_builds",
        "mart_refresh_requests",
    }


@pytest.fixture
def two_tenants(pipeline_engine: Engine) -> Engine:
    """An item of its own exam for each of two tenants, a quiz of tenant one, a row in every kind of table."""
    with pipeline_engine.begin() as connection:
        for tenant, exam in ((ONE, "E1"), (TWO, "E2")):
            add_exam(connection, exam, tenant)
            question = add_item(connection, exam, "V1", tenant)
            values = {"q": question, "t": tenant}
            connection.execute(
                text("insert into quiz_sessions (user_id, tenant_id, num_questions) values (:t, :t, 5)"),
                values,
            )
            connection.execute(
                text(
                    "insert into user_responses (quiz_id, user_id, question_id, version, is_correct, tenant_id) "
                    "select id, user_id, :q, 1, true, :t from quiz_sessions where tenant_id = :t"
                ),
                values,
            )
            connection.execute(
                text(
                    "insert into item_calibration (question_id, version, model, a, b, c, serving, tenant_id) "
                    "values (:q, 1, '2PL', 1, 0, 0, true, :t)"
                ),
                values,
            )
    return pipeline_engine


def test_another_tenant_sees_no_row_of_any_table(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        names = tables(connection)
        enter_tenant(connection, uuid.UUID(int=99))
        seen = {name: connection.scalar(text(f"select count(*) from {name}")) for name in names}
    assert len(seen) == 48
    assert {name: n for name, n in seen.items() if n} == {}


def test_without_a_tenant_nothing_is_seen(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        names = tables(connection)
        connection.execute(text("set local role qbank_api"))
        assert sum(connection.scalar(text(f"select count(*) from {name}")) or 0 for name in names) == 0


def test_a_tenant_sees_its_own_rows_and_no_other(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        enter_tenant(connection, ONE)
        for name in (
            "exams",
            "questions",
            "question_versions",
            "quiz_sessions",
            "user_responses",
            "item_calibration",
        ):
            assert connection.scalars(text(f"select distinct tenant_id from {name}")).all() == [ONE], name


def test_a_question_is_readable_by_those_it_is_published_to(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        theirs = connection.scalar(text("select id from questions where tenant_id = :t"), {"t": TWO})
        assert theirs is not None
        publish(connection, theirs, 1, "E2", ONE)
    with two_tenants.begin() as connection:
        enter_tenant(connection, ONE)
        for name in ("questions", "question_versions", "item_calibration", "exams"):
            assert connection.scalar(text(f"select count(*) from {name}")) == 2, name
        assert connection.scalar(text("select count(*) from question_options")) == 8
        # Reading is not writing: a question of another tenant stays theirs.
        with pytest.raises(ProgrammingError), connection.begin_nested():
            connection.execute(text("update questions set is_deleted = true"))


def test_the_api_cannot_write_for_another_tenant(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        enter_tenant(connection, ONE)
        with pytest.raises(ProgrammingError, match="row-level security"), connection.begin_nested():
            connection.execute(
                text("insert into quiz_sessions (user_id, tenant_id, num_questions) values (:t, :t, 5)"),
                {"t": TWO},
            )
        assert connection.execute(text("update quiz_sessions set sealed_at = now()")).rowcount == 1


def test_a_row_written_without_a_tenant_is_the_transactions(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        enter_tenant(connection, TWO)
        made = connection.scalar(
            text("insert into quiz_sessions (user_id, num_questions) values (:t, 5) returning tenant_id"),
            {"t": TWO},
        )
        assert made == TWO


def test_role_and_tenant_end_with_the_transaction(two_tenants: Engine) -> None:
    with two_tenants.connect() as connection:
        with connection.begin():
            enter_tenant(connection, ONE)
        with connection.begin():
            assert connection.scalar(text("select current_user")) == "qbank_pipeline"
            assert connection.scalar(text("select count(*) from quiz_sessions")) == 2


def test_tenant_of_quiz_tells_the_tenant_and_nothing_else(two_tenants: Engine) -> None:
    with two_tenants.begin() as connection:
        quiz = connection.scalar(text("select id from quiz_sessions where tenant_id = :t"), {"t": TWO})
        enter_tenant(connection, ONE)
        assert connection.scalar(text("select tenant_of_quiz(:q)"), {"q": quiz}) == TWO
        assert connection.scalar(text("select tenant_of_quiz(:q)"), {"q": uuid.uuid4()}) is None
        assert connection.scalar(text("select count(*) from quiz_sessions where id = :q"), {"q": quiz}) == 0


def test_each_table_about_learners_holds_them_apart(database_url: str) -> None:
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        with_learners = connection.execute(
            text(
                "select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid "
                "join pg_namespace n on n.oid = c.relnamespace where a.attname = 'user_id' and c.relkind = 'r' "
                "and n.nspname in ('public', 'telemetry')"
            )
        ).scalars()
        held = connection.execute(
            text(
                "select polrelid::regclass::text from pg_policy where polname = 'learner_own' "
                "and not polpermissive and polcmd = '*' and polroles = array['qbank_api'::regrole::oid]"
            )
        ).scalars()
        assert sorted(held) == sorted(with_learners)


def test_a_transaction_of_one_learner_sees_and_writes_no_other(two_tenants: Engine) -> None:
    me, other = uuid.UUID(int=31), uuid.UUID(int=32)
    begin = text("insert into quiz_sessions (user_id, num_questions) values (:user, 5)")
    with two_tenants.begin() as connection:
        enter_tenant(connection, ONE)
        for user in (me, other):
            connection.execute(begin, {"user": user})
    with two_tenants.begin() as connection:
        enter_tenant(connection, ONE, me)
        assert connection.scalars(text("select user_id from quiz_sessions")).all() == [me]
        assert connection.execute(text("update quiz_sessions set sealed_at = now()")).rowcount == 1
        with pytest.raises(ProgrammingError, match="row-level security"), connection.begin_nested():
            connection.execute(begin, {"user": other})
        with pytest.raises(ProgrammingError, match="row-level security"), connection.begin_nested():
            connection.execute(text("update quiz_sessions set user_id = :user"), {"user": other})
        enter_tenant(connection, TWO, me)
        assert connection.scalars(text("select user_id from quiz_sessions")).all() == []
        enter_tenant(connection, ONE)
        assert {me, other} <= set(connection.scalars(text("select user_id from quiz_sessions")))
