"""`qbank api` as a process of its own, as it is deployed: real sockets, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.services.broker import free_ports, guard

PATIENCE_S = 60


@dataclass
class Served:
    """A process that serves; its log is what it has written so far."""

    process: subprocess.Popen[bytes]
    url: str
    metrics_url: str
    _log: Path

    @property
    def log(self) -> str:
        return self._log.read_text()

    def scrape(self) -> str:
        return httpx.get(self.metrics_url).raise_for_status().text

    def end(self) -> int:
        """SIGTERM, and wait; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@contextmanager
def served(folder: Path, environment: Mapping[str, str], *options: str) -> Iterator[Served]:
    """Serve for the block, with metrics, once the process answers."""
    port, metrics_port = free_ports()
    command = [sys.executable, "-m", "cli.main", "api", "--port", str(port), *options]
    log = folder / "api.log"
    with log.open("ab") as written:
        process = subprocess.Popen(
            [*guard(), *command, "--metrics-port", str(metrics_port)],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    made = Served(process, url, f"http://127.0.0.1:{metrics_port}/metrics", log)
    try:
        _await(made)
        yield made
    finally:
        if process.poll() is None:
            made.end()


def _await(made: Served) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.get(f"{made.url}/health")
        except httpx.TransportError:
            assert made.process.poll() is None, made.log
            assert time.monotonic() < until, made.log
            time.sleep(0.1)
        else:
            return
