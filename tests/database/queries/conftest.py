"""The bank with live delivery, for what compares its tables; and a quiz of two items, for what takes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from database.engine import engine_as
from database.queries import quizzes
from database.queries.quizzes import Quiz
from database.tenancy import Role, enter_tenant
from tests.database.queries.quiz import NOW, QUIZ, TENANT, USER
from tests.expectations.conftest import live_template, live_url

__all__ = ["live_engine", "live_template", "live_url"]


@pytest.fixture
def live_engine(live_url: str) -> Iterator[Engine]:
    """Engine that acts as qbank_pipeline on a copy of the live bank."""
    engine = engine_as(live_url, Role.PIPELINE)
    yield engine
    engine.dispose()


@pytest.fixture
def items(pipeline_engine: Engine) -> list[int]:
    """Two published items of exam `demo`, the first calibrated, the second without options."""
    statements = (
        "insert into exams (code) values ('demo')",
        "insert into topics (name, path) values ('Medicine', 'medicine')",
        "insert into questions (home_exam_code, created_by)"
        " select 'demo', gen_random_uuid() from generate_series(1, 2)",
        "insert into question_versions (question_id, version, stem_md, rationale_md, difficulty_label, topic_id,"
        " created_by) select q.id, 1, 'Stem', 'Because', 'hard', t.id, q.created_by from questions q, topics t",
        "insert into question_options (question_version_id, option_label, option_text_md, is_correct)"
        " select min(v.id), o, lower(o), o = 'B' from question_versions v, unnest(array['B', 'A']) o group by o",
        "update question_versions set state = 'published'",
        "insert into question_publications (question_id, live_version, exam_code)"
        " select id, 1, 'demo' from questions",
        "insert into item_calibration (question_id, version, model, a, b, c, serving)"
        " select question_id, 1, model, 1, b, 0, model = '2PL'"
        " from (select min(id) as question_id from questions) q, (values ('2PL', 0.5), ('3PL', 9)) m(model, b)",
    )
    with pipeline_engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        return list(connection.execute(text("select id from questions order by id")).scalars())


@pytest.fixture
def quiz(pipeline_engine: Engine) -> Quiz:
    """A quiz that has begun."""
    made = Quiz(
        id=QUIZ,
        user_id=USER,
        tenant_id=TENANT,
        mode="exam",
        adaptive=False,
        exam_code=None,
        filters={"topics": ["medicine"]},
        num_questions=3,
        planned_question_ids=[5, 4],
        started_at=NOW,
        expires_at=NOW + dt.timedelta(hours=2),
        sealed_at=None,
        now=NOW,
    )
    with pipeline_engine.begin() as connection:
        enter_tenant(connection, TENANT)
        quizzes.create_quiz(connection, made)
    return made


@pytest.fixture
def within(pipeline_engine: Engine) -> Iterator[Callable[..., Connection]]:
    """Begin a transaction as the API within a tenant."""
    opened: list[Connection] = []

    def enter(tenant: uuid.UUID = TENANT) -> Connection:
        connection = pipeline_engine.connect()
        opened.append(connection)
        connection.begin()
        enter_tenant(connection, tenant)
        return connection

    yield enter
    for connection in opened:
        connection.close()
