"""A learner who was forgotten begins no quiz."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from sqlalchemy import text

from database.engine import engine_as
from database.forgetting import ForgetKey
from database.queries import forgotten
from database.queries.forgotten import Learner
from database.tenancy import Role

pytestmark = pytest.mark.anyio
KEY = "the key of forgotten learners' hashes"


@pytest.fixture
def forget(database_url, tenant, monkeypatch):
    """Keep the hash of a learner, with the key that applications of this test read."""

    def forgets(learner, key=KEY):
        monkeypatch.setenv("QBANK_FORGET_KEY", KEY)
        engine = engine_as(database_url, Role.PIPELINE)
        with engine.begin() as connection:
            forgotten.add(connection, ForgetKey(given=key), [Learner(tenant, learner)])
        engine.dispose()

    return forgets


def asked(learner, tenant):
    return {"user_id": str(learner), "tenant_id": str(tenant), "adaptive": False}


async def test_a_forgotten_learner_is_told_and_nothing_is_written(
    forget, open_api, lay_exam, begin, learner, tenant, server, is_problem
):
    forget(learner)
    lay_exam([{}, {}])
    api = await open_api()
    problem = is_problem(await api.post("/v1/quizzes", json=asked(learner, tenant)), 410, "learner-forgotten")
    assert str(learner) not in problem["detail"]
    assert server.scalar(text("select count(*) from quiz_sessions")) == 0
    await begin(api, user=uuid.uuid4())


async def test_another_tenants_learner_of_that_id_is_somebody_else(
    forget, open_api, lay_exam, begin, learner
):
    forget(learner)
    stranger = uuid.UUID(int=2)
    lay_exam([{}], exam="theirs", tenant=stranger)
    await begin(await open_api(), tenant=stranger)


async def test_without_the_key_no_quiz_begins_and_the_log_says_what_to_set(
    forget, open_api, lay_exam, learner, tenant, is_problem, caplog
):
    forget(uuid.uuid4(), key="another key of forgotten learners")
    lay_exam([{}])
    api = await open_api()
    is_problem(await api.post("/v1/quizzes", json=asked(learner, tenant)), 503, "forgotten-unknown")
    assert "QBANK_FORGET_KEY" in caplog.text


async def test_a_quiz_that_begins_is_waited_for(open_api, lay_exam, begin, engine, server, tenant, learner):
    """The lock of `begin` is one that forgetting must take: here it is held, and no quiz can begin."""
    lay_exam([{}])
    api = await open_api()
    server.execute(text("select pg_advisory_lock(hashtext('qbank.forgotten_learners'), 3)"))
    beginning = asyncio.create_task(begin(api))
    await asyncio.sleep(0.3)
    assert not beginning.done()
    server.execute(text("select pg_advisory_unlock(hashtext('qbank.forgotten_learners'), 3)"))
    await beginning
