"""Traces: sent to a collector where one is named, and otherwise not thought of."""

from __future__ import annotations

import importlib.util
import json
import logging
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api_min import traces
from tests.api_min.served import served
from tests.services.collector import collector


def attributes(span: object) -> dict[str, object]:
    found = {}
    for one in span.attributes:  # type: ignore[attr-defined]
        kind = one.value.WhichOneof("value")
        found[one.key] = getattr(one.value, kind)
    return found


def test_a_request_leaves_a_span_that_its_log_leads_to(
    database_url: str, lay_exam: Callable[..., list[int]], tmp_path: Path
) -> None:
    lay_exam([{"a": 1.0, "b": 0.0}])
    environment = {"QBANK_DATABASE_URL": database_url, "QBANK_HOME": str(tmp_path / "home")}
    tenant = "00000000-0000-0000-0000-000000000001"
    learner = str(uuid.uuid4())
    caller = "0af7651916cd43dd8448eb211c80319c"
    with collector() as otel:
        environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": otel.url, "QBANK_LOG_FORMAT": "json"}
        with served(tmp_path, environment) as api, httpx.Client(base_url=api.url) as client:
            body = {"user_id": learner, "tenant_id": tenant}
            quiz = client.post("/v1/quizzes", json=body).raise_for_status().json()["quiz_id"]
            parent = {"traceparent": f"00-{caller}-b7ad6b7169203331-01"}
            client.get(f"/v1/quizzes/{quiz}/next", headers=parent).raise_for_status()
            client.get("/ready").raise_for_status()
            api.end()
            lines = [json.loads(line) for line in api.log.splitlines()]
    names = {span.name for span in otel.spans}
    assert {"POST /v1/quizzes", "GET /v1/quizzes/{quiz_id}/next"} <= names
    assert not [name for name in names if "ready" in name or "health" in name]
    said = [
        attributes(span) | {"trace": span.trace_id.hex()}
        for span in otel.spans
        if any(one.key == "qbank.position" for one in span.attributes)
    ]
    assert len(said) == 1
    expected = {"quiz_id": quiz, "tenant_id": tenant, "position": 1, "criterion": "MFI"}
    assert {name: said[0][f"qbank.{name}"] for name in expected} == expected
    assert said[0]["trace"] == caller
    (line,) = [one for one in lines if one.get("route", "").endswith("/next")]
    assert line["trace_id"] == caller
    assert learner not in str(otel.spans)


def test_without_an_endpoint_nothing_is_sent() -> None:
    assert not traces.configuration({})["auto_configure"]
    assert not traces.configuration({"OTEL_EXPORTER_OTLP_ENDPOINT": ""})["auto_configure"]
    assert traces.configuration({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/v1/traces"})[
        "auto_configure"
    ]


def test_an_endpoint_without_the_packages_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        traces, "find_spec", lambda name: None if name == "opentelemetry.sdk" else there(name)
    )
    with caplog.at_level(logging.WARNING, "qbank.api"):
        configured = traces.configuration({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert not configured["auto_configure"]
    assert "qbank[otel]" in caplog.text
