"""Dagster's pages and its daemon on an instance, each in a process of its own; and whether there is a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError

CHROMIUM = Path("/usr/bin/chromium")
_PATIENCE_SECONDS = 240.0


def missing() -> str | None:
    """Return what the pages cannot be opened without and is not there; None: all is."""
    if not CHROMIUM.exists():
        return f"{CHROMIUM} is missing: apt-get install chromium"
    if find_spec("dagster_webserver") is None:
        return "dagster-webserver is missing: pip install -r requirements/dev.txt"
    return None


@contextmanager
def webserver(dagster_home: Path, log: Path) -> Iterator[str]:
    """Serve the pages of an instance for the block; yields their address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with _served("dagster_webserver", ["-p", str(port)], dagster_home, log) as process:
        _wait(process, f"{address}/server_info", log)
        yield address


@contextmanager
def daemon(dagster_home: Path, log: Path) -> Iterator[None]:
    """Let schedules, sensors, backfills and the queue of runs of an instance work for the block."""
    with _served("dagster._daemon", ["run"], dagster_home, log):
        yield


@contextmanager
def _served(
    module: str, arguments: list[str], dagster_home: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of Dagster's services on our definitions; it is ended with the block."""
    command = [sys.executable, "-m", module, *arguments, "-m", "orchestration.definitions"]
    environment = {**os.environ, "DAGSTER_HOME": str(dagster_home)}
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=written)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, TimeoutError, ConnectionError):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the pages did not come up:\n{log.read_text()[-3000:]}") from None
        time.sleep(0.2)
