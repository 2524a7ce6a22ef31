"""The service as a process: what it logs and counts, and that it ends without losing a request."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, create_engine, text

from tests.api_min.served import served

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")
KNOWN = [{"a": 1.0, "b": b / 4, "topic": "medicine"} for b in range(-6, 6)]


def begun(client: httpx.Client) -> str:
    body = {"user_id": str(uuid.uuid4()), "tenant_id": str(TENANT), "filters": {"num_questions": 120}}
    quiz: str = client.post("/v1/quizzes", json=body).raise_for_status().json()["quiz_id"]
    return quiz


def value(scraped: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", scraped, re.MULTILINE)
    assert found, f"{sample} is not in\n{scraped}"
    return float(found[1])


def test_each_request_leaves_a_line_of_json_and_is_counted(
    database_url: str, lay_exam: Callable[..., list[int]], home_variables: dict[str, str], tmp_path: Path
) -> None:
    lay_exam(KNOWN)
    environment = {**home_variables, "QBANK_LOG_FORMAT": "json", "QBANK_LOG_LEVEL": "debug"}
    with served(tmp_path, environment) as api, httpx.Client(base_url=api.url) as client:
        quiz = begun(client)
        for turn in range(2):
            item = client.get(f"/v1/quizzes/{quiz}/next").json()
            answer = {"question_id": item["question_id"], "selected": "A", "time_taken_ms": 900}
            answered = client.post(
                f"/v1/quizzes/{quiz}/answers", json=answer, headers={"X-Request-ID": f"turn-{turn}"}
            )
            assert answered.headers["X-Request-ID"] == f"turn-{turn}"
        made_up = client.get(f"/v1/quizzes/{quiz}/next", headers={"X-Request-ID": "a b\tc"})
        assert re.fullmatch("[0-9a-f]{32}", made_up.headers["X-Request-ID"])
        client.get("/nowhere/at/all")
        client.request("BREW", "/health")
        scraped = api.scrape()
        assert client.get("/ready").json()["status"] == "ready"
        assert api.end() in (0, -signal.SIGTERM)
        lines = [json.loads(line) for line in api.log.splitlines()]
    ours = [line for line in lines if line["event"] == "request"]
    answers = [line for line in ours if line["route"].endswith("/answers")]
    assert [(one["request_id"], one["position"], one["status"]) for one in answers] == [
        ("turn-0", 1, 200),
        ("turn-1", 2, 200),
    ]
    assert {(one["quiz_id"], one["tenant_id"]) for one in answers} == {(quiz, str(TENANT))}
    chosen = [line for line in lines if line["event"] == "item chosen"]
    assert [line["criterion"] for line in chosen] == ["MFI"] * 3
    served_at = [line["position"] for line in ours if line["route"].endswith("/next")]
    assert served_at == [1, 2, 3]
    assert {"qbank.api", "uvicorn.error"} <= {line["logger"] for line in lines}
    assert "Stem of" not in api.log
    next_route = "/v1/quizzes/{quiz_id}/next"
    sample = 'qbank_api_requests_total{{method="{}",route="{}",status="{}"}}'
    assert value(scraped, sample.format("GET", next_route, 200)) == 3
    assert value(scraped, sample.format("POST", "/v1/quizzes", 201)) == 1
    assert value(scraped, sample.format("GET", "unknown", 404)) == 1
    assert value(scraped, f'qbank_api_request_seconds_count{{method="GET",route="{next_route}"}}') == 3
    assert value(scraped, 'qbank_api_decisions_total{criterion="MFI"}') == 3
    assert value(scraped, "qbank_api_selection_seconds_count") == 3
    assert value(scraped, 'qbank_api_banks{kind="pinned"}') == 1
    assert value(scraped, 'qbank_api_bank_requests_total{outcome="loaded"}') == 1
    assert value(scraped, 'qbank_api_bank_requests_total{outcome="kept"}') == 3
    assert value(scraped, "qbank_api_requests_under_way") == 0
    assert 'method="BREW"' not in scraped
    assert quiz not in scraped


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "two workers"])
def test_requests_under_way_end_when_the_service_is_told_to(
    database_url: str,
    lay_exam: Callable[..., list[int]],
    home_variables: dict[str, str],
    server: Connection,
    tmp_path: Path,
    options: tuple[str, ...],
) -> None:
    """Learners answer without pause while SIGTERM comes: each answer is taken and told, or nothing is written.

    One request waits for a lock that outlasts the signal: it gets its answer. A connection that nobody had
    taken up yet is refused or reset.
    """
    lay_exam(KNOWN * 10)
    told: Counter[str] = Counter()
    answered_at: dict[str, float] = {}
    holder = create_engine(database_url)
    with served(tmp_path, home_variables, *options) as api:
        with httpx.Client(base_url=api.url) as client:
            quizzes = [begun(client) for _ in range(6)]
        learners = [
            threading.Thread(target=_answer_on, args=(api.url, quiz, told, answered_at)) for quiz in quizzes
        ]
        for learner in learners:
            learner.start()
        while told.total() < 10:
            time.sleep(0.01)
        with holder.connect() as held:
            lock = "select pg_backend_pid() from quiz_sessions where id = cast(:quiz as uuid) for update"
            _await_waiter(server, held.execute(text(lock), {"quiz": quizzes[0]}).scalar_one())
            api.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert api.process.poll() is None
            released = time.monotonic()
        assert api.process.wait(8) in (0, -signal.SIGTERM)
        for learner in learners:
            learner.join()
        log = api.log
    holder.dispose()
    assert answered_at[quizzes[0]] > released
    assert "Traceback" not in log
    written = server.execute(text("select count(*) from user_responses")).scalar_one()
    assert written == told.total()


def _answer_on(url: str, quiz: str, told: Counter[str], answered_at: dict[str, float]) -> None:
    """Answer until the service is gone, each request on a connection of its own."""
    while True:
        try:
            item = httpx.get(f"{url}/v1/quizzes/{quiz}/next", timeout=30).raise_for_status()
            answered_at[quiz] = time.monotonic()
            body = {"question_id": item.json()["question_id"], "selected": "A", "time_taken_ms": 1}
            httpx.post(f"{url}/v1/quizzes/{quiz}/answers", json=body, timeout=30).raise_for_status()
        except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
            return
        answered_at[quiz] = time.monotonic()
        told[quiz] += 1


def _await_waiter(server: Connection, process: int) -> None:
    """Wait until somebody waits for a lock that the server process holds."""
    waiters = text("select count(*) from pg_stat_activity where :process = any(pg_blocking_pids(pid))")
    until = time.monotonic() + 30
    while not server.execute(waiters, {"process": process}).scalar_one():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_workers_are_counted_together_and_a_dead_one_counts_no_longer(
    database_url: str, lay_exam: Callable[..., list[int]], home_variables: dict[str, str], tmp_path: Path
) -> None:
    lay_exam(KNOWN)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**home_variables, "TMPDIR": str(scratch), "QBANK_LOG_FORMAT": "json"}
    with served(tmp_path, environment, "--workers", "2") as api:
        for _ in range(40):
            with httpx.Client(base_url=api.url) as client:
                begun(client)
        sample = 'qbank_api_requests_total{method="POST",route="/v1/quizzes",status="201"}'
        assert value(api.scrape(), sample) == 40
        assert 1 <= value(api.scrape(), 'qbank_api_banks{kind="pinned"}') <= 2
        (files,) = scratch.glob("qbank-metrics-*")
        served_by = {int(file.stem.rpartition("_")[2]) for file in files.glob("counter_*.db")}
        assert len(served_by) == 2
        for process in served_by:
            os.kill(process, signal.SIGKILL)
        until = time.monotonic() + 30
        while 'qbank_api_banks{kind="pinned"}' in (scraped := api.scrape()):
            assert time.monotonic() < until
            time.sleep(0.2)
        assert value(scraped, sample) == 40  # what was counted stays counted
        api.end()
    assert list(scratch.iterdir()) == []


@pytest.fixture
def home_variables(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"QBANK_DATABASE_URL": database_url, "QBANK_HOME": str(tmp_path / "home")}
