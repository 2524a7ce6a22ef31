"""`qbank doctor` looks, starts nothing, and says what to do."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy.engine import make_url

from database import clickhouse, migrate
from database.clickhouse import embedded as embedded_clickhouse
from tests.cli.conftest import Qbank
from tests.services.broker import Broker


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_database_that_is_well(qbank: Qbank, database_url: str) -> None:
    ended = qbank("doctor", "--json")
    said = json.loads(ended.out)
    assert ended.code == 0
    assert said["database"]["url"] == database_url.replace("+psycopg", "")
    assert (said["database"]["reachable"], said["database"]["migrated"]) == (True, True)
    assert said["problems"] == []
    assert set(said) == {"database", "kafka", "clickhouse", "redis", "problems"}
    assert "nothing to do" in qbank("doctor").said


def test_a_database_without_tables(
    qbank: Qbank, fresh_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", fresh_database("qbank_doctor_empty"))
    ended = qbank("doctor", "--json")
    said = json.loads(ended.out)
    assert ended.code == 1
    assert (said["database"]["reachable"], said["database"]["migrated"]) == (True, False)
    assert [problem["do"] for problem in said["problems"]] == ["run `qbank migrate`"]
    assert str(migrate.head()) in said["problems"][0]["what"]


def test_a_database_that_does_not_answer(
    qbank: Qbank, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = make_url(database_url).set(port=port, password="secret")
    monkeypatch.setenv("QBANK_DATABASE_URL", away.render_as_string(hide_password=False))
    ended = qbank("doctor")
    assert ended.code == 1
    assert "does not answer" in ended.said
    assert "Traceback" not in ended.said


def test_an_embedded_server_that_is_not_running_is_told_and_not_started(
    qbank: Qbank, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QBANK_DATABASE_URL")
    ended = qbank("doctor", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["database"]["reachable"] is False
    assert "qbank migrate" in ended.out
    assert not (home / "postgres" / "data").exists()


@pytest.mark.parametrize(
    ("name", "variable", "form"),
    [
        ("redis", "QBANK_REDIS_URL", "redis://:secret@127.0.0.1:{}/0"),
    ],
)
def test_services_are_tried_where_they_are_configured(
    qbank: Qbank, listener: int, monkeypatch: pytest.MonkeyPatch, name: str, variable: str, form: str
) -> None:
    monkeypatch.setenv(variable, form.format(listener))
    said = json.loads(qbank("doctor", "--json").out)
    assert (said[name]["configured"], said[name]["reachable"]) == (True, True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv(variable, form.format(port))
    ended = qbank("doctor", "--json")
    assert json.loads(ended.out)[name]["reachable"] is False
    assert variable in ended.out
    assert "secret" not in ended.out
    assert ended.code == 1


def test_a_clickhouse_that_is_well(
    qbank: Qbank, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", clickhouse_url)
    ended = qbank("doctor", "--json")
    said = json.loads(ended.out)["clickhouse"]
    assert ended.code == 0
    assert (said["configured"], said["reachable"], said["migrated"]) == (True, True, True)
    assert str(urlsplit(clickhouse_url).password) not in ended.out
    assert "clickhouse QBANK_CLICKHOUSE_URL, reachable, migrated" in qbank("doctor").said


def test_a_clickhouse_without_tables_is_made_by_migrate(
    qbank: Qbank, clickhouse_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{clickhouse_server.rpartition('/')[0]}/qbank_doctor"
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", url)
    ended = qbank("doctor", "--json")
    assert ended.code == 1
    assert [problem["do"] for problem in json.loads(ended.out)["problems"]] == ["run `qbank migrate`"]
    assert "ClickHouse at revision" in qbank("migrate").out
    assert qbank("doctor").code == 0
    client = clickhouse.open_url(url)
    client.command("drop database qbank_doctor")
    client.close()


def test_a_clickhouse_that_refuses_or_does_not_answer_is_told(
    qbank: Qbank, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"http://user:secret@127.0.0.1:{free.getsockname()[1]}/qbank"
    wrong = clickhouse_url.replace(str(urlsplit(clickhouse_url).password), "secret")
    for url, reachable in ((away, False), (wrong, True)):
        monkeypatch.setenv("QBANK_CLICKHOUSE_URL", url)
        ended = qbank("doctor", "--json")
        assert ended.code == 1
        assert json.loads(ended.out)["clickhouse"]["reachable"] is reachable
        assert "QBANK_CLICKHOUSE_URL" in ended.out
        assert "secret" not in ended.out


def test_an_embedded_clickhouse_is_looked_at_and_not_started(qbank: Qbank, home: Path) -> None:
    assert "ClickHouse" not in qbank("migrate").out
    ended = qbank("doctor")
    assert ended.code == 0
    assert "clickhouse embedded, not running" in ended.said
    assert not (home / "clickhouse").exists()


def test_an_embedded_clickhouse_that_runs_is_migrated_told_and_stopped(qbank: Qbank, home: Path) -> None:
    embedded_clickhouse.ensure_running(home)
    try:
        assert "ClickHouse at revision" in qbank("migrate").out
        assert "clickhouse embedded, reachable, migrated" in qbank("doctor").said
        assert "embedded ClickHouse stopped" in qbank("stop").out
        assert "not running" in qbank("doctor").said
        assert "data deleted" in qbank("stop", "--purge").out
        assert not (home / "clickhouse").exists()
    finally:
        embedded_clickhouse.purge(home)


def test_without_chdb_there_is_no_clickhouse_and_that_is_fine(
    qbank: Qbank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chdb", None)
    ended = qbank("doctor")
    assert ended.code == 0
    assert "clickhouse not configured" in ended.said


def test_the_broker_is_asked_for_the_topic(
    qbank: Qbank, kafka_broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    kafka = json.loads(qbank("doctor", "--json").out)["kafka"]
    assert (kafka["configured"], kafka["reachable"], kafka["topic"], kafka["partitions"]) == (
        True,
        True,
        topic,
        1,
    )
    assert f"topic {topic}, 1 partitions" in qbank("doctor").said
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", f"{topic}.none")
    ended = qbank("doctor")
    assert ended.code == 1
    assert f"no topic {topic}.none: make it with `qbank events create-topic`" in ended.said


def test_a_broker_that_is_away_or_is_none(
    qbank: Qbank, listener: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", f"127.0.0.1:{listener}")
    ended = qbank("doctor")
    assert ended.code == 1
    assert "did not describe its topics" in ended.said
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", f"127.0.0.1:{port}")
    assert "unset QBANK_KAFKA_BOOTSTRAP" in qbank("doctor").said
