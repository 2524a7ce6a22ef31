"""Good exams and good fits to damage, in one database whose constraints no longer refuse damage."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url

from database import migrate
from database.engine import login_engine
from expectations import SuiteResult
from orchestration import dbt

GOOD_EXAM = """
insert into exams (code) values (:exam);
insert into questions (external_ref, home_exam_code, created_by)
    select :exam || '/Q' || k, :exam, gen_random_uuid() from generate_series(1, 12) k;
insert into question_versions (question_id, version, stem_md, created_by)
    select id, 1, 'Stem', gen_random_uuid() from questions where home_exam_code = :exam;
insert into question_options (question_version_id, option_label, is_correct)
    select v.id, label, label = case when v.question_id % 2 = 0 then 'b' else 'a' end
    from question_versions v join questions q on q.id = v.question_id, unnest(array['a', 'b', 'c']) label
    where q.home_exam_code = :exam;
insert into quiz_sessions (user_id, exam_code, origin, mode)
    select gen_random_uuid(), :exam, 'import', 'exam' from generate_series(1, 10);
insert into user_responses (quiz_id, user_id, question_id, version, option_label, is_correct, time_taken_ms,
                            origin, created_at)
    select s.id, s.user_id, q.id, 1, case when q.id % 3 = 0 then null else 'b' end, q.id % 2 = 0,
           case when q.id % 4 = 0 then null else 20000 end, 'import', now() - interval '1 day'
    from quiz_sessions s, questions q where s.exam_code = :exam and q.home_exam_code = :exam;
"""
# What a constraint refuses today can still arrive once a migration loses the constraint.
NO_CONSTRAINTS = """
do $$
declare
    lost record;
    spoiled regclass[] := array['user_responses', 'item_calibration_candidate', 'item_calibration',
        'telemetry.events']::regclass[];
begin
    for lost in select conrelid::regclass::text as held_by, conname from pg_constraint
        where conrelid = any(spoiled) and contype <> 'n'
    loop
        execute format('alter table %s drop constraint %I cascade', lost.held_by, lost.conname);
    end loop;
    drop index uq_item_calibration_serving;
    for lost in select attrelid::regclass::text as held_by, attname from pg_attribute
        where attrelid = any(spoiled) and attnum > 0 and attnotnull and attidentity = ''
    loop
        execute format('alter table %s alter column %I drop not null', lost.held_by, lost.attname);
    end loop;
end
$$
"""
MADE_LIVE = """
alter schema analytics rename to analytics_before;
alter schema analytics_candidate rename to analytics;
"""
GOOD_FIT = """
insert into calibration_runs (id, exam_code, snapshot_hash, code_version, n_persons, n_items, n_responses)
    values (:run, :exam, 'hash', '0', 500, 12, 6000);
insert into item_calibration_candidate (run_id, question_id, version, model, a, b, c, se_a, se_b, se_c,
                                        n_respondents, status, reason)
    select :run, q.id, 1, m, 1.0, 0.1, case m when '3PL' then 0.2 else 0 end, 0.1, 0.1,
           case m when '3PL' then 0.05 end, 500, 'ok', null
    from questions q, unnest(array['2PL', '3PL']) m where q.home_exam_code = :exam;
"""
Damage = Callable[..., None]


def write_suite(folder: Path, content: object, query: str = "SELECT 1 AS id") -> Path:
    """Write a suite of the given JSON (or text) and query; return the path that `read_suite` takes."""
    path = folder / "small.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.with_suffix(".sql").write_text(query)
    return path


@pytest.fixture(scope="session")
def live_template(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database with the bank of live_bank.py, first attempts built by dbt, and no constraints left."""
    from tests.expectations.live_bank import add_live_bank

    with _database(cluster_url) as (name, made), pytest.MonkeyPatch.context() as patch:
        patch.setenv("QBANK_HOME", str(tmp_path_factory.mktemp("home")))
        migrate.upgrade(made)
        engine = login_engine(made)
        with engine.begin() as connection:
            add_live_bank(connection)
        built = dbt.build(made, ["+int_first_attempts", "+fact_responses"], full_refresh=True)
        assert {node.status for node in built} <= {"success", "pass"}, built
        with engine.begin() as connection:
            execute(connection, MADE_LIVE)
        _drop_constraints(made)
        engine.dispose()
        yield name


@pytest.fixture
def live_url(cluster_url: str, live_template: str) -> Iterator[str]:
    """A copy of the live bank, to spoil."""
    with _database(cluster_url, live_template) as (_, url):
        yield url


def spoil(url: str, statements: str, **values: object) -> None:
    """Commit statements that spoil good rows at `url`."""
    engine = login_engine(url)
    try:
        with engine.begin() as connection:
            execute(connection, statements, **values)
    finally:
        engine.dispose()


def not_passed(result: SuiteResult) -> set[str]:
    """Return the ids of what did not pass."""
    return {each.id for each in result.expectations if not each.passed}


@pytest.fixture(scope="module")
def unguarded_url(cluster_url: str) -> Iterator[str]:
    """A migrated database whose checked tables have lost their constraints."""
    with _database(cluster_url) as (_, made):
        migrate.upgrade(made)
        _drop_constraints(made)
        yield made


@contextmanager
def _database(cluster_url: str, template: str = "template0") -> Iterator[tuple[str, str]]:
    """Lend a new database: its name and its URL."""
    name = f"expectations_{uuid.uuid4().hex[:8]}"
    url = make_url(cluster_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        try:
            yield name, url.set(database=name).render_as_string(hide_password=False)
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _drop_constraints(url: str) -> None:
    engine = login_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(NO_CONSTRAINTS))
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def engine(unguarded_url: str) -> Iterator[Engine]:
    """An engine as the login, which row-level security does not bind."""
    made = login_engine(unguarded_url)
    yield made
    made.dispose()


def execute(connection: Connection, statements: str, **values: object) -> None:
    """Run statements separated by semicolons, each with those of `values` that it names."""
    for statement in filter(None, map(str.strip, statements.split(";"))):
        connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})


@pytest.fixture
def good_exam(engine: Engine) -> str:
    """Code of a new exam: 12 questions, 10 learners, 120 responses, nothing wrong with any."""
    exam = f"E{uuid.uuid4().hex[:10]}"
    with engine.begin() as connection:
        execute(connection, GOOD_EXAM, exam=exam)
    return exam


@pytest.fixture
def good_run(engine: Engine, good_exam: str) -> uuid.UUID:
    """Id of a new run: 2PL and 3PL rows of 12 items, nothing wrong with any."""
    run = uuid.uuid4()
    with engine.begin() as connection:
        execute(connection, GOOD_FIT, exam=good_exam, run=run)
    return run


@pytest.fixture
def damage(engine: Engine) -> Damage:
    """Commit statements that spoil good rows."""

    def run(statements: str, **values: object) -> None:
        with engine.begin() as connection:
            execute(connection, statements, **values)

    return run
