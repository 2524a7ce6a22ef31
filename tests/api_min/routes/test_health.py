"""GET /health and GET /ready."""

from __future__ import annotations

import socket

import httpx
import pytest
from sqlalchemy import text

from api_min import readiness
from api_min.app import create_app
from api_min.settings import ApiSettings
from database import migrate
from database.engine import async_engine

pytestmark = pytest.mark.anyio


async def test_the_process_answers_even_without_a_database(offline):
    response = await offline.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


async def test_ready_names_every_part(api, lay_exam, begin):
    lay_exam([{}])
    await begin(api)
    response = await api.get("/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "parts": [
            {"name": "database", "state": "ok", "detail": "answers"},
            {"name": "migrations", "state": "ok", "detail": f"at {migrate.head()}"},
            {
                "name": "banks",
                "state": "ok",
                "detail": "can be read; 1 current and 1 pinned in memory; changes are asked for",
            },
            {
                "name": "redis",
                "state": "off",
                "detail": "QBANK_REDIS_URL is not set; quizzes are read from Postgres",
            },
        ],
    }


async def test_a_database_that_is_away_is_missing_without_its_address(offline, is_problem):
    response = await offline.get("/ready")
    problem = is_problem(response, 503, "not-ready")
    assert [one["location"] for one in problem["errors"]] == ["database"]
    assert "qbank doctor" in problem["detail"]
    assert "127.0.0.1" not in response.text


async def test_a_database_that_hangs_is_missing_in_time(is_problem, monkeypatch):
    monkeypatch.setattr(readiness, "SECONDS", 0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()  # connections are made, and nobody says a word
        engine = async_engine(f"postgresql+psycopg://nobody@127.0.0.1:{deaf.getsockname()[1]}/none")
        app = create_app(ApiSettings(database_url=str(engine.url)), engine=engine)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qbank") as client:
            problem = is_problem(await client.get("/ready"), 503, "not-ready")
        await engine.dispose()
    assert "no answer within" in problem["detail"]


async def test_a_database_that_is_behind_or_empty_is_missing_its_migrations(
    api, server, fresh_database, is_problem, tenant
):
    server.execute(text("update alembic_version set version_num = '0003'"))
    problem = is_problem(await api.get("/ready"), 503, "not-ready")
    (fault,) = problem["errors"]
    assert fault["location"] == "migrations"
    assert "the database is at 0003" in fault["message"]
    assert "qbank migrate" in fault["message"]
    engine = async_engine(fresh_database("qbank_test_never_migrated"))
    app = create_app(ApiSettings(database_url=str(engine.url)), engine=engine)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qbank") as client:
        problem = is_problem(await client.get("/ready"), 503, "not-ready")
    assert [one["location"] for one in problem["errors"]] == ["migrations", "banks"]
    assert "no revision" in problem["errors"][0]["message"]
    await engine.dispose()


async def test_banks_that_cannot_be_read_are_missing(api, server, is_problem):
    server.execute(text("revoke select on question_publications from qbank_api"))
    problem = is_problem(await api.get("/ready"), 503, "not-ready")
    assert [one["location"] for one in problem["errors"]] == ["banks"]


async def test_without_redis_it_serves_all_the_same(settings, engine, redis_server, monkeypatch):
    monkeypatch.setenv("QBANK_REDIS_URL", redis_server.url)
    app = create_app(settings, engine=engine)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qbank") as client:
        assert (await client.get("/ready")).json()["status"] == "ready"
        redis_server.kill()
        response = await client.get("/ready")
        assert response.status_code == 200
        assert response.json()["status"] == "degraded"
        part = response.json()["parts"][-1]
        assert (part["name"], part["state"]) == ("redis", "away")
        redis_server.start()
        assert (await client.get("/ready")).json()["status"] == "ready"
    await app.state.service.hot.close()
