"""The seam through which requests reach the database."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from api_min.app import create_app
from api_min.decisions import current_ability
from api_min.errors import QuizNotFound
from api_min.transactions import Transactions
from database.queries import quizzes

pytestmark = pytest.mark.anyio

TABLES = ("quiz_sessions", "quiz_items", "selection_decisions", "user_responses", "event_outbox")


def _counts(server):
    return [server.execute(text(f"select count(*) from {table}")).scalar_one() for table in TABLES]


async def test_a_whole_quiz_can_be_played_and_rolled_back(settings, engine, lay_exam, begin, server):
    lay_exam([{"a": 1.0, "b": -0.5}, {"a": 1.2, "b": 0.5}, {"a": 0.9, "b": 1.0}])
    async with engine.connect() as connection:
        outer = await connection.begin()
        transport = httpx.ASGITransport(create_app(settings, connection=connection))
        async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as api:
            quiz = await begin(api)
            errors = []
            for n, label in enumerate("ABA", start=1):
                question = (await api.get(f"/v1/quizzes/{quiz}/next")).json()["question_id"]
                body = {"question_id": question, "selected": label, "time_taken_ms": 1000}
                responses = await asyncio.gather(
                    api.post(f"/v1/quizzes/{quiz}/answers", json=body),
                    api.post(f"/v1/quizzes/{quiz}/answers", json=body),
                )
                assert sorted(response.status_code for response in responses) == [200, 409]
                ability = await connection.run_sync(current_ability, uuid.UUID(quiz))
                assert ability.n == n
                errors.append(ability.se)
            assert errors == sorted(errors, reverse=True)
            assert (await api.get(f"/v1/quizzes/{quiz}/next")).status_code == 404
        written = [
            (await connection.execute(text(f"select count(*) from {table}"))).scalar_one() for table in TABLES
        ]
        assert written == [1, 3, 3, 3, 7]
        await outer.rollback()
    assert _counts(server) == [0, 0, 0, 0, 0]


async def test_a_request_acts_as_the_api_within_its_tenant_alone(engine, tenant):
    seen = select(func.current_user(), func.current_setting("qbank.tenant_id", True))
    async with Transactions(engine).within(tenant) as connection:
        assert tuple((await connection.execute(seen)).one()) == ("qbank_api", str(tenant))
    async with engine.connect() as connection:
        role, kept = (await connection.execute(seen)).one()
    assert role != "qbank_api"
    assert not kept


async def test_a_quiz_leads_to_its_tenant(engine, lay_exam, begin, api):
    stranger = uuid.UUID(int=2)
    lay_exam([{}], exam="theirs", tenant=stranger)
    quiz = uuid.UUID(await begin(api, tenant=stranger))
    transactions = Transactions(engine)
    async with transactions.of_quiz(quiz) as connection:
        tenant = (await connection.execute(text("select current_tenant()"))).scalar_one()
        assert tenant == stranger
    async with transactions.of_quiz(uuid.uuid4()) as connection:
        assert (await connection.execute(text("select current_tenant()"))).scalar_one() is None
        assert (await connection.execute(text("select count(*) from quiz_sessions"))).scalar_one() == 0


async def test_a_held_quiz_makes_the_next_one_wait(engine, lay_exam, begin, api):
    lay_exam([{}])
    quiz = uuid.UUID(await begin(api))
    transactions = Transactions(engine)
    waited = []

    async def next_one() -> None:
        async with transactions.of_quiz(quiz):
            waited.append("held")

    async with transactions.of_quiz(quiz):
        second = asyncio.create_task(next_one())
        async with transactions.of_quiz(quiz, hold=False) as connection:
            assert await connection.run_sync(quizzes.find_quiz, quiz) is not None
        await asyncio.sleep(0.1)
        assert waited == []
    await second
    assert waited == ["held"]


async def test_a_connection_that_fell_in_the_pool_is_replaced(engine, tenant, server):
    transactions = Transactions(engine)
    me = text("select pg_backend_pid()")
    async with transactions.within(tenant) as connection:
        first = (await connection.execute(me)).scalar_one()
    server.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": first})
    async with transactions.within(tenant) as connection:
        assert (await connection.execute(me)).scalar_one() != first


async def test_what_is_not_committed_is_rolled_back(engine, tenant, learner, server):
    begin_one = text("insert into quiz_sessions (user_id, exam_code) values (:user, null)")
    transactions = Transactions(engine)
    with pytest.raises(RuntimeError, match="half way"):
        async with transactions.within(tenant) as connection:
            await connection.execute(begin_one, {"user": learner})
            raise RuntimeError("half way")
    assert _counts(server)[0] == 0
    async with transactions.within(tenant) as connection:
        await connection.execute(begin_one, {"user": learner})
        assert _counts(server)[0] == 0
    assert _counts(server)[0] == 1


async def test_what_fails_in_a_savepoint_takes_back_itself_alone(engine, tenant, learner):
    count = text("select count(*) from quiz_sessions")
    begin_one = text("insert into quiz_sessions (user_id, exam_code) values (:user, null)")
    async with engine.connect() as connection:
        outer = await connection.begin()
        transactions = Transactions(connection)
        async with transactions.within(tenant) as inner:
            await inner.execute(begin_one, {"user": learner})
        with pytest.raises(QuizNotFound):
            async with transactions.within(tenant) as inner:
                await inner.execute(begin_one, {"user": learner})
                raise QuizNotFound("half way")
        with pytest.raises(ProgrammingError):
            async with transactions.within(tenant) as inner:
                await inner.execute(text("insert into nowhere values (1)"))
        async with transactions.within(tenant) as inner:
            assert (await inner.execute(count)).scalar_one() == 1
        await outer.rollback()
