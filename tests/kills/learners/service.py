"""`qbank api` on a port of its own for all its lives: started, killed, ended in good order, and started again.

Two of them serve one database, as behind a balancer: what one began the other goes on with.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.services.broker import free_ports, guard

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0
_ENDED = (0, -signal.SIGTERM)  # uvicorn, done, raises the signal again that told it to end


class Launcher:
    """The process that starts services and hears how they ended (`prepared.py`)."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("QBANK_")}
        # A process that forks has one thread.
        self._environment = {**inherited, **environment, "OPENBLAS_NUM_THREADS": "1"}
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Start it; it ends with this thread."""
        self._process = await asyncio.create_subprocess_exec(
            *guard(), sys.executable, "-m", "tests.kills.learners.prepared",
            env=self._environment, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def ask(self, *words: object) -> int:
        """Return what it says to a line."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        async with self._turn, asyncio.timeout(PATIENCE_S):
            process.stdin.write(json.dumps(words).encode() + b"\n")
            said = await process.stdout.readline()
        assert said, "the process that starts services has ended"
        return int(said)

    async def close(self) -> None:
        """End it, and every service that is left."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()


class Service:
    """A process that serves, by `name` at Postgres; `log`: what its lives wrote, `down_s`: how long between them."""

    def __init__(self, name: str, folder: Path, launcher: Launcher) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.down_s: list[float] = []
        self._port, _ = free_ports()
        self.url = f"http://127.0.0.1:{self._port}"
        self._launcher = launcher
        self._pid = 0

    async def start(self) -> None:
        """Start it and wait until it answers."""
        command = ("api", "--port", str(self._port))
        self._pid = await self._launcher.ask("start", self.name, str(self.log), *command)
        until = time.monotonic() + PATIENCE_S
        async with httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"{self.url}/health")
                    return
                except httpx.TransportError:
                    assert time.monotonic() < until, f"it does not start: {self._said()}"
                    await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL, and up again."""
        began, code = time.monotonic(), await self._ended(signal.SIGKILL)
        assert code == -signal.SIGKILL, f"it had ended by itself with {code}: {self._said()}"
        await self.start()
        self.down_s.append(time.monotonic() - began)

    async def end_well(self) -> None:
        """SIGTERM, which lets requests under way end."""
        code = await self._ended(signal.SIGTERM)
        assert code in _ENDED, f"told to end, it ended with {code}: {self._said()}"

    async def _ended(self, number: int) -> int:
        os.kill(self._pid, number)
        return await self._launcher.ask("wait", self._pid)

    def _said(self) -> str:
        return self.log.read_text()[-3000:]
