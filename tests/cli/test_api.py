"""`qbank api` as a process: it answers on loopback, ends when told, and refuses to listen elsewhere."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Qbank

PATIENCE_S = 60


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_it_answers_on_loopback_and_ends_when_told(database_url: str, home: Path) -> None:
    port = free_port()
    environment = {**os.environ, "QBANK_DATABASE_URL": database_url, "QBANK_API_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "api"], env=environment, stderr=subprocess.PIPE
    )
    try:
        assert wait_for(f"http://127.0.0.1:{port}/health") == {"status": "ok"}
        assert httpx.get(f"http://127.0.0.1:{port}/openapi.json").json()["info"]["title"] == "qbank"
        missing = httpx.get(f"http://127.0.0.1:{port}/v1/quizzes/{'0' * 8}-0000-0000-0000-{'0' * 12}/next")
        assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=PATIENCE_S)


def wait_for(address: str) -> object:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            return httpx.get(address).json()
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{address} did not answer within {PATIENCE_S} s")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
@pytest.mark.parametrize("auth", ["off", "jwt"])
def test_it_refuses_to_listen_elsewhere_without_a_key_of_the_issuers(
    qbank: Qbank, host: str, auth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_AUTH", auth)
    ended = qbank("api", "--host", host)
    assert ended.code == 1
    assert "Traceback" not in ended.said
    assert host in ended.said
