"""A real Redis for tests: Debian's redis-server on a port of its own, killed, stopped and started at will.

It keeps nothing on disk and ends with the process that started it, however that ends.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.services.broker import free_ports, guard

START_SECONDS = 30.0


class RedisMissing(Exception):
    """There is no redis-server on this machine."""


class RedisServer:
    """A server in `folder`; the URL stays the same over all its starts."""

    def __init__(self, folder: Path, password: str | None = None) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise RedisMissing(
                "redis-server is not on this machine: the tests of the cache need a real Redis (Debian: "
                "apt-get install redis-server)"
            )
        self._program = program
        self._folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self.port, _ = free_ports()
        login = "" if password is None else f":{password}@"
        self.url = f"redis://{login}127.0.0.1:{self.port}/0"
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, empty, and wait until it takes connections; call from a thread that lives as long."""
        assert self._process is None
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        options += ["--requirepass", self._password] if self._password else []
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*guard(), self._program, *options],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"Redis did not start:\n{(self._folder / 'redis.log').read_text()[-3000:]}"
                )
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as asked:
                asked.sendall(b"PING\r\n")
                return asked.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False
