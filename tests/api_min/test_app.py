"""The application as a whole: its problems and its OpenAPI."""

from __future__ import annotations

import asyncio
import logging
import time

import httpx
import pytest
from sqlalchemy import text

from api_min.app import create_app
from api_min.cat import imsx

pytestmark = pytest.mark.anyio

ITEM = "/v1/quizzes/{quiz_id}/items/{question_id}"


async def test_unknown_routes_and_methods_are_problems(offline, is_problem):
    is_problem(await offline.get("/nowhere"), 404, "not-found")
    refused = await offline.delete("/health")
    is_problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"] == "GET"


async def test_bodies_that_are_not_json_are_problems(offline, is_problem):
    async def post(content, kind="application/json"):
        return await offline.post("/v1/quizzes", content=content, headers={"content-type": kind})

    is_problem(await post(b"{"), 422, "invalid-request")
    is_problem(await post(b""), 422, "invalid-request")
    is_problem(await post(b"{}", "text/plain"), 422, "invalid-request")
    is_problem(await post(b'{"user_id": "\xff"}'), 400, "bad-request")
    is_problem(await post(b"[" * 50_000), 400, "bad-request")
    is_problem(await post(b'{"x": "' + b"x" * 70_000 + b'"}'), 413, "request-entity-too-large")


async def test_what_was_sent_is_not_repeated(offline, is_problem):
    response = await offline.post("/v1/quizzes", json={"user_id": "secret-of-somebody"})
    problem = is_problem(response, 422, "invalid-request")
    assert "secret-of-somebody" not in response.text
    assert [one["location"] for one in problem["errors"]] == ["body.user_id", "body.tenant_id"]


async def test_a_database_that_is_away_is_a_503(offline, is_problem, tenant, learner, caplog):
    body = {"user_id": str(learner), "tenant_id": str(tenant)}
    with caplog.at_level(logging.ERROR, "qbank.api"):
        response = await offline.post("/v1/quizzes", json=body)
    assert "qbank doctor" in is_problem(response, 503, "no-database")["detail"]
    assert response.headers["retry-after"]
    assert "127.0.0.1" not in response.text
    assert any("does not answer" in record.getMessage() for record in caplog.records)


async def test_a_fault_of_ours_is_logged_and_told_without_its_cause(
    api, lay_exam, begin, server, is_problem, caplog
):
    lay_exam([{}])
    quiz = await begin(api)
    server.execute(text("alter table quiz_items rename to gone"))
    response = await api.get(f"/v1/quizzes/{quiz}/next")
    problem = is_problem(response, 500, "internal-error")
    assert "quiz_items" not in response.text
    assert "nothing was written" in problem["detail"]
    logged = next(record for record in caplog.records if record.name == "qbank.api")
    assert logged.exc_info is not None
    assert "quiz_items" in str(logged.exc_info[1])


async def test_openapi_is_complete(offline):
    schema = (await offline.get("/openapi.json")).json()
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if not path.startswith(imsx.PREFIX)  # tests/api_min/routes/test_cat.py has those
    }
    assert set(operations) == {
        "GET /health",
        "GET /ready",
        "POST /v1/quizzes",
        "GET /v1/quizzes/{quiz_id}/next",
        "POST /v1/quizzes/{quiz_id}/answers",
        *(f"POST {ITEM}/{mark}" for mark in ("skip", "flag", "note", "explanation")),
        "POST /v1/quizzes/{quiz_id}/seal",
        "GET /v1/quizzes/{quiz_id}/results",
        "GET /v1/calibrations/{exam_code}",
    }
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["description"], name
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])
            assert parameter["schema"].get("examples") or parameter.get("examples"), (name, parameter["name"])
        for status, response in operation["responses"].items():
            if status in {"204", "304"}:
                assert "content" not in response, name
                continue
            media = "application/json" if int(status) < 400 else "application/problem+json"
            assert set(response["content"]) == {media}, (name, status)
            reference = response["content"][media]["schema"]["$ref"].rpartition("/")[2]
            assert schema["components"]["schemas"][reference]["examples"], (name, status)
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert schema["components"]["schemas"][reference.rpartition("/")[2]]["examples"], name
    guarded, with_body = {"401", "403", "429"}, {"400", "413"}
    expected = {
        "GET /health": {"200"},
        "GET /ready": {"200", "422", "503"},
        "POST /v1/quizzes": {"201", "410", "422", "503", *guarded, *with_body},
        "GET /v1/quizzes/{quiz_id}/next": {"200", "404", "409", "422", "503", *guarded},
        "POST /v1/quizzes/{quiz_id}/answers": {"200", "404", "409", "422", "503", *guarded, *with_body},
        **{
            f"POST {ITEM}/{mark}": {"204", "404", "409", "422", "503", *guarded}
            for mark in ("skip", "flag", "explanation")
        },
        f"POST {ITEM}/note": {"204", "404", "409", "422", "503", *guarded, *with_body},
        "POST /v1/quizzes/{quiz_id}/seal": {"200", "404", "422", "503", *guarded},
        "GET /v1/quizzes/{quiz_id}/results": {"200", "404", "409", "422", "503", *guarded},
        "GET /v1/calibrations/{exam_code}": {"200", "304", "404", "422", "503", *guarded},
    }
    assert {name: set(operation["responses"]) for name, operation in operations.items()} == expected


async def test_openapi_bounds_what_is_sent(offline):
    schemas = (await offline.get("/openapi.json")).json()["components"]["schemas"]
    answer = schemas["AnswerRequest"]["properties"]
    assert (answer["question_id"]["type"], answer["question_id"]["maximum"]) == ("integer", 2**53 - 1)
    assert (answer["time_taken_ms"]["minimum"], answer["time_taken_ms"]["maximum"]) == (0, 2**31 - 1)
    assert schemas["AnswerRequest"]["required"] == ["question_id", "selected", "time_taken_ms"]
    assert schemas["QuizRequest"]["required"] == ["user_id", "tenant_id"]
    number = schemas["Filters"]["properties"]["num_questions"]
    assert (number["minimum"], number["maximum"], number["default"]) == (1, 120, 40)


async def test_the_examples_are_requests_that_pass(offline):
    schemas = (await offline.get("/openapi.json")).json()["components"]["schemas"]
    begin = await offline.post("/v1/quizzes", json=schemas["QuizRequest"]["examples"][0])
    assert begin.status_code == 503  # read, and then there is no database
    path = "/v1/quizzes/8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10/answers"
    answer = await offline.post(path, json=schemas["AnswerRequest"]["examples"][0])
    assert answer.status_code == 503
    note = await offline.post(
        ITEM.format(quiz_id="8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10", question_id=17) + "/note",
        json=schemas["NoteRequest"]["examples"][0],
    )
    assert note.status_code == 503


async def test_its_connections_go_with_it(settings, lay_exam, begin, server, redis_server, monkeypatch):
    lay_exam([{}])
    monkeypatch.setenv("QBANK_REDIS_URL", redis_server.url)
    count = text("select count(*) from pg_stat_activity where datname = current_database()")
    before = server.execute(count).scalar_one()
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as client:
            await begin(client)
            assert (await client.get("/ready")).json()["parts"][-1] == {
                "name": "redis",
                "state": "ok",
                "detail": "answers",
            }
        assert server.execute(count).scalar_one() > before
    until = time.monotonic() + 20.0  # a backend that was let go of takes a moment to end
    while server.execute(count).scalar_one() > before:
        assert time.monotonic() < until, "connections were left open"
        await asyncio.sleep(0.02)
