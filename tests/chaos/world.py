"""The processes that chaos is made of: how each is started, killed and brought back."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from database import clickhouse, embedded, migrate
from database.clickhouse import embedded as embedded_clickhouse
from database.clickhouse.embedded import layout
from database.embedded import layout as postgres_layout
from database.settings import DatabaseSettings
from tests.services.broker import Broker
from tests.services.topics import create_topic

PARTITIONS = 4
CONSUMERS = 2
TOPIC = "events.qbank"
# Both client libraries, side by side in one consumer group.
LIBRARIES = {"relay": "kafka-python", "consumer 1": "kafka-python", "consumer 2": "confluent"}
TARGETS = ("relay", "consumer 1", "consumer 2", "postgres", "clickhouse", "broker")


class World:
    """Servers and processes on one home. `kill` is called by one thread, `look_after` by another."""

    def __init__(self, home: Path, jars: Path) -> None:
        self.home = home
        self.broker = Broker(jars, home / "kafka")
        self.url = ""
        self.exits = 0
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._settings = DatabaseSettings(home=home)
        self._over = threading.Event()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Start everything; end all of it afterwards, whatever happened."""
        guard = threading.Thread(target=self._look_after, name="supervisor")
        try:
            self.url = embedded.ensure_running(self.home)
            migrate.upgrade(self.url)
            self.broker.start()
            create_topic(self.broker.bootstrap, TOPIC, PARTITIONS)
            clickhouse.open_client(self._settings).close()
            guard.start()
            yield
        finally:
            self._over.set()
            if guard.ident is not None:
                guard.join()
            for process in self._processes.values():
                process.kill()
                process.wait()
            self.broker.kill()
            embedded_clickhouse.purge(self.home)
            embedded.purge(self.home)

    def kill(self, target: str) -> None:
        """SIGKILL one of TARGETS.

        Broker and Postgres are brought back at once, processes by the supervisor, and ClickHouse by whoever
        needs it next: consumers, drains.
        """
        if target == "broker":
            self.broker.restart()
        elif target == "postgres":
            self._kill_postgres()
            embedded.ensure_running(self.home)
        elif target == "clickhouse":
            self._kill_clickhouse()
        else:
            process = self._processes.get(target)
            if process is not None:
                process.kill()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `qbank` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def log(self, target: str) -> Path:
        """What a process wrote, over all its starts."""
        return self.home / f"{target.replace(' ', '-')}.log"

    def end_processes(self) -> None:
        """End relay and consumers as an operator does, and wait for them."""
        self._over.set()
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            process.wait(60)

    def _look_after(self) -> None:
        """Start relay and consumers, and again whenever they have ended."""
        wanted = {"relay": ("relay",)} | {f"consumer {n}": ("consume",) for n in range(1, CONSUMERS + 1)}
        while not self._over.wait(0.1):
            for name, arguments in wanted.items():
                process = self._processes.get(name)
                if process is not None and process.poll() is None:
                    continue
                self.exits += process is not None
                with self.log(name).open("ab") as log:
                    self._processes[name] = subprocess.Popen(
                        [sys.executable, "-m", "cli.main", *arguments],
                        env=self._environment() | {"QBANK_KAFKA_CLIENT": LIBRARIES[name]},
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                    )

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("QBANK_")}
        return inherited | {
            "QBANK_HOME": str(self.home),
            "QBANK_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "QBANK_KAFKA_TOPIC_EVENTS": TOPIC,
        }

    def _kill_postgres(self) -> None:
        data = postgres_layout.find(self.home).data
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def _kill_clickhouse(self) -> None:
        listening = layout.told(layout.find(self.home))
        if listening is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(listening.pid, signal.SIGKILL)
