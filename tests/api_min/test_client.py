"""The service as it is run: `qbank api` as a process, asked over real connections."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
ITEMS = [
    {"a": 0.7 + n / 20, "b": n / 4 - 2, "topic": ("heart", "lung")[n % 2], "key": "AB"[n % 2]}
    for n in range(16)
]


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Address of a `qbank api` that runs on the test's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "QBANK_DATABASE_URL": database_url,
        "QBANK_HOME": str(tmp_path / "home"),
        "QBANK_API_PORT": str(port),
        "QBANK_LOG_LEVEL": "warning",
    }
    process = subprocess.Popen([sys.executable, "-m", "cli.main", "api"], env=environment, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", process)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_S)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(address).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{address} did not answer within {PATIENCE_S} s")


def _rows(server: Connection, query: str, **values: Any) -> list[Any]:
    return list(server.execute(text(query), values))


def test_the_script_of_the_readme_takes_a_whole_quiz(
    served: str, lay_exam: Callable[..., list[int]], server: Connection, tmp_path: Path
) -> None:
    lay_exam(ITEMS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"## A quiz by curl\n.*?```sh\n(.*?)```", readme, flags=re.DOTALL)
    (tmp_path / "quiz.sh").write_text(script)
    done = subprocess.run(
        ["sh", "quiz.sh", served, "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    results = json.loads(done.stdout)
    assert set(results) == {"theta", "se", "score", "n_items", "topics"}
    (quiz,) = _rows(
        server, "select id, mode, sealed_at is not null as sealed, idempotency_key from quiz_sessions"
    )
    assert (quiz.mode, quiz.sealed) == ("exam", True)
    right = [one.is_correct for one in _rows(server, "select is_correct from user_responses order by id")]
    assert len(right) == 11
    assert (results["score"], results["n_items"]) == (sum(right), 12)
    assert sum(one["n"] for one in results["topics"]) == 12
    assert {one["topic"] for one in results["topics"]} == {"heart", "lung"}
    assert 0 < results["se"] < 1
    kinds = Counter(one.event_type for one in _rows(server, "select event_type from event_outbox"))
    assert kinds == {"quiz_started": 1, "question_served": 12, "answer_submitted": 11, "note_added": 1}
    assert len(_rows(server, "select from quiz_items where skipped_at is not null and position = 3")) == 1


def test_two_tabs_take_one_quiz(
    served: str, lay_exam: Callable[..., list[int]], server: Connection, learner: Any, tenant: Any
) -> None:
    """Each tab asks and answers as if it were alone; every question has one answer, and it is one that was taken."""
    lay_exam(ITEMS)
    body = {"user_id": str(learner), "tenant_id": str(tenant), "filters": {"num_questions": 12}}
    quiz = httpx.post(f"{served}/v1/quizzes", json=body).json()["quiz_id"]
    together = Barrier(2, timeout=PATIENCE_S)

    def tab(label: str) -> list[tuple[int, int]]:
        taken = []
        with httpx.Client(base_url=f"{served}/v1/quizzes/{quiz}", timeout=PATIENCE_S) as client:
            for _ in range(12):
                together.wait()
                question = client.get("/next").json()["question_id"]
                together.wait()
                answer = {"question_id": question, "selected": label, "time_taken_ms": 1500}
                taken.append((question, client.post("/answers", json=answer).status_code))
                together.wait()
            assert client.get("/next").status_code == 404
        return taken

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(tab, "CD")
    assert [question for question, _ in first] == [question for question, _ in second]
    stored = {
        one.question_id: one.option_label
        for one in _rows(server, "select question_id, trim(option_label) as option_label from user_responses")
    }
    assert len(stored) == 12
    for (question, of_first), (_, of_second) in zip(first, second, strict=True):
        assert sorted((of_first, of_second)) == [200, 409]
        assert stored[question] == ("C" if of_first == 200 else "D")
    told = _rows(server, "select from event_outbox where event_type = 'answer_submitted'")
    assert len(told) == 12
