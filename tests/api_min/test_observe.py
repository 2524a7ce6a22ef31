"""The middleware around all else: ids of requests, and what is counted of them."""

from __future__ import annotations

import json
import logging
import re

import httpx
import pytest
from sqlalchemy import text

from api_min import logs
from api_min.app import create_app

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("given", ["a", "x" * 64, "0b7e-4c55.8a_41"])
async def test_an_id_that_is_fit_for_a_log_goes_back(offline, given):
    response = await offline.get("/health", headers={"X-Request-ID": given})
    assert response.headers.get_list("X-Request-ID") == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", 'a"b', "a\x7f", "ä".encode()])
async def test_any_other_is_replaced(offline, given):
    response = await offline.get("/health", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


async def test_refused_requests_have_an_id_too(offline):
    headers = {"X-Request-ID": "r-1"}
    long = await offline.post("/v1/quizzes", content=b"x" * 70_000, headers=headers)
    unreadable = await offline.post("/v1/quizzes", json={}, headers=headers)
    away = await offline.get("/ready", headers=headers)
    assert [one.status_code for one in (long, unreadable, away)] == [413, 422, 503]
    assert {one.headers["X-Request-ID"] for one in (long, unreadable, away)} == {"r-1"}


async def test_a_fault_of_ours_is_counted_and_its_traceback_has_the_id(
    settings, engine, lay_exam, begin, server, capsys
):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("info", "json")
    try:
        lay_exam([{}])
        app = create_app(settings, engine=engine)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as api:
            quiz = await begin(api)
            server.execute(text("alter table quiz_items rename to gone"))
            failed = await api.get(f"/v1/quizzes/{quiz}/next", headers={"X-Request-ID": "r-500"})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert (failed.status_code, failed.headers["X-Request-ID"]) == (500, "r-500")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (fault,) = [line for line in lines if "exception" in line]
    assert (fault["request_id"], fault["quiz_id"]) == ("r-500", quiz)
    assert "quiz_items" in fault["exception"]
    labels = {"method": "GET", "route": "/v1/quizzes/{quiz_id}/next", "status": "500"}
    registry = app.state.service.metrics.registry
    assert registry.get_sample_value("qbank_api_requests_total", labels) == 1
    assert registry.get_sample_value("qbank_api_requests_under_way") == 0
