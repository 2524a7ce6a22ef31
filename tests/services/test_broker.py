"""The broker of the tests: it survives SIGKILL with what it holds, and dies with the process that started it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from tests.services import broker as service
from tests.services.broker import Broker, BrokerToolsMissing, resolve
from tests.services.topics import add_partitions, create_topic, delete_topic

STARTER = """
import sys, time
from pathlib import Path
from tests.services.broker import Broker
broker = Broker(Path(sys.argv[1]), Path(sys.argv[2]))
broker.start()
print(broker.port, flush=True)
time.sleep(600)
"""


def topics_of(broker: Broker) -> list[str]:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        return list(admin.list_topics())
    finally:
        admin.close()


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_topics_outlive_a_kill(broker_jars: Path, tmp_path: Path) -> None:
    broker = Broker(broker_jars, tmp_path / "broker", {"num.partitions": "3"})
    broker.start()
    try:
        create_topic(broker.bootstrap, "kept", 2, {"segment.bytes": "1048576"})
        create_topic(broker.bootstrap, "gone")
        delete_topic(broker.bootstrap, "gone")
        broker.restart()
        assert topics_of(broker) == ["kept"]
        add_partitions(broker.bootstrap, "kept", 4)
        assert "Kafka Server started" in broker.log.read_text()
        broker.stop()
        assert not broker.running
        assert "shut down completed" in broker.log.read_text()
    finally:
        broker.kill()


def test_it_dies_with_the_process_that_started_it(broker_jars: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(broker_jars), str(tmp_path / "broker")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while listens(port):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_missing_tool_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerToolsMissing, match=r"java is not on this machine.*maven"):
        resolve(tmp_path)


def test_jars_are_there_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(service, "POM", tmp_path / "pom.xml")
    (tmp_path / "pom.xml").write_text("<project/>")
    with pytest.raises(RuntimeError, match="Maven did not get the broker's jars"):
        resolve(tmp_path / "cache")
    assert list((tmp_path / "cache" / "test-broker").iterdir()) == []
