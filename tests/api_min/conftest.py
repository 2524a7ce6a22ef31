"""A small exam laid through the models, and applications on its database."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, create_engine, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session

from api_min.app import create_app
from api_min.settings import ApiSettings
from database.engine import async_engine
from database.tables import (
    CalibrationRun,
    Exam,
    ItemCalibration,
    Question,
    QuestionOption,
    QuestionPublication,
    QuestionVersion,
    Topic,
)
from database.tables.base import DEFAULT_TENANT
from tests.api_min.tokens import secured

TENANT = uuid.UUID(DEFAULT_TENANT)
ACTOR = uuid.UUID(int=7)
RUN = uuid.UUID(int=99)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def tenant() -> uuid.UUID:
    return TENANT


@pytest.fixture
def learner() -> uuid.UUID:
    return uuid.UUID(int=4711)


@pytest.fixture
def lay_exam(pipeline_engine: Engine) -> Callable[..., list[int]]:
    """Write items and publish them; returns their question ids.

    An item is a mapping with any of: a, b, c (calibrated, serving), label (difficulty), topic (ltree path),
    options (labels, "" for none), key, home (its home exam).
    """

    def lay(
        items: Sequence[Mapping[str, Any]],
        exam: str = "demo",
        tenant: uuid.UUID = TENANT,
        run: uuid.UUID = RUN,
    ) -> list[int]:
        with Session(pipeline_engine) as session, session.begin():
            for code in {exam, *(one.get("home", exam) for one in items)}:
                if session.get(Exam, code) is None:
                    session.add(Exam(code=code, tenant_id=tenant))
                    session.flush()
            if any("a" in one for one in items) and session.get(CalibrationRun, run) is None:
                session.add(_run(run, tenant, exam))
                session.flush()
            return [_lay_item(session, one, exam, tenant, run) for one in items]

    return lay


def _run(run: uuid.UUID, tenant: uuid.UUID, exam: str) -> CalibrationRun:
    return CalibrationRun(
        id=run,
        tenant_id=tenant,
        exam_code=exam,
        status="published",
        snapshot_hash="0" * 64,
        code_version="test",
        n_persons=1000,
        n_items=1,
        n_responses=1000,
    )


def _lay_item(session: Session, item: Mapping[str, Any], exam: str, tenant: uuid.UUID, run: uuid.UUID) -> int:
    owned = {"tenant_id": tenant, "created_by": ACTOR}
    question = Question(home_exam_code=item.get("home", exam), **owned)
    session.add(question)
    session.flush()
    version = QuestionVersion(
        question_id=question.id,
        version=1,
        stem_md=f"Stem of {question.id}",
        lead_in="Which?",
        rationale_md=f"Because of {question.id}.",
        difficulty_label=item.get("label"),
        topic_id=_topic(session, item.get("topic"), tenant),
        **owned,
    )
    session.add(version)
    session.flush()
    key = item.get("key", "A")
    for label in item.get("options", "ABCD"):
        session.add(
            QuestionOption(
                question_version_id=version.id,
                tenant_id=tenant,
                option_label=label,
                option_text_md=f"Option {label}",
                is_correct=label == key,
            )
        )
    session.flush()
    version.state = "published"
    session.add(
        QuestionPublication(question_id=question.id, live_version=1, exam_code=exam, tenant_id=tenant)
    )
    if "a" in item:
        session.add(
            ItemCalibration(
                question_id=question.id,
                version=1,
                model="2PL",
                tenant_id=tenant,
                a=item["a"],
                b=item["b"],
                c=item.get("c", 0.0),
                run_id=run,
                serving=True,
            )
        )
    session.flush()
    return question.id


def _topic(session: Session, path: str | None, tenant: uuid.UUID) -> int | None:
    if path is None:
        return None
    found = session.scalar(
        select(Topic.id).where(text("path::text = :path"), Topic.tenant_id == tenant).params(path=path)
    )
    if found is not None:
        return found
    above, _, name = path.rpartition(".")
    topic = Topic(
        tenant_id=tenant, name=name.title(), path=path, parent_id=_topic(session, above or None, tenant)
    )
    session.add(topic)
    session.flush()
    return topic.id


@pytest.fixture
def server(database_url: str) -> Iterator[Connection]:
    """A connection that sees every tenant's rows as they are committed, for looking at and changing them."""
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def settings(database_url: str) -> ApiSettings:
    return ApiSettings(database_url=database_url)


@pytest.fixture
async def engine(settings: ApiSettings) -> AsyncIterator[AsyncEngine]:
    """An engine of the API's kind."""
    made = async_engine(settings.database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def open_api(settings: ApiSettings) -> AsyncIterator[Callable[[], Awaitable[httpx.AsyncClient]]]:
    """Start another application on the same database, with an engine of its own, and return its client."""
    async with AsyncExitStack() as stack:

        async def start() -> httpx.AsyncClient:
            engine = async_engine(settings.database_url)
            stack.push_async_callback(engine.dispose)
            app: FastAPI = create_app(settings, engine=engine)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://qbank")
            )

        yield start


@pytest.fixture
async def api(open_api: Callable[[], Awaitable[httpx.AsyncClient]]) -> httpx.AsyncClient:
    return await open_api()


@pytest.fixture
async def offline() -> AsyncIterator[httpx.AsyncClient]:
    """Client of an application whose database does not answer."""
    engine = async_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(ApiSettings(database_url=str(engine.url)), engine=engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as client:
        yield client
    await engine.dispose()


@pytest.fixture
def begin(learner: uuid.UUID) -> Callable[..., Awaitable[str]]:
    """Begin a quiz and return its id."""

    async def begun(
        api: httpx.AsyncClient,
        *,
        adaptive: bool = True,
        tenant: uuid.UUID = TENANT,
        user: uuid.UUID = learner,
        **filters: Any,
    ) -> str:
        body = {"user_id": str(user), "tenant_id": str(tenant), "adaptive": adaptive, "filters": filters}
        response = await api.post("/v1/quizzes", json=body)
        assert response.status_code == 201, response.text
        quiz_id: str = response.json()["quiz_id"]
        return quiz_id

    return begun


@pytest.fixture
def is_problem() -> Callable[..., dict[str, Any]]:
    """Check that a response is a problem of that status and name, and return it."""

    def check(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = response.json()
        assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "instance"}
        assert problem["status"] == status
        assert problem["type"] == f"urn:qbank:problem:{name}"
        assert problem["instance"] == response.request.url.path
        assert problem["detail"]
        assert "Traceback" not in response.text
        return problem

    return check


@pytest.fixture
async def open_secured(database_url: str) -> AsyncIterator[Callable[..., Awaitable[httpx.AsyncClient]]]:
    """Start an application that asks for tokens, with other settings where they are given; its client."""
    async with AsyncExitStack() as stack:

        async def start(**others: Any) -> httpx.AsyncClient:
            engine = async_engine(database_url)
            stack.push_async_callback(engine.dispose)
            app = create_app(secured(database_url, **others), engine=engine)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://qbank")
            )

        yield start


@pytest.fixture
async def secure_api(open_secured: Callable[..., Awaitable[httpx.AsyncClient]]) -> httpx.AsyncClient:
    return await open_secured()


@pytest.fixture
def base_url(database_url: str) -> Iterator[str]:
    """A served application that asks for tokens."""
    config = uvicorn.Config(
        create_app(secured(database_url)), host="127.0.0.1", port=0, log_config=None, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()
