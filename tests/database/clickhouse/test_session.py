"""Clients of ClickHouse: what goes wrong is told as away or as refused, without the password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from clickhouse_connect.driver.client import Client

from database.clickhouse import session
from database.clickhouse.session import answering, connect
from database.errors import ClickHouseError, ClickHouseUnavailableError


@contextmanager
def stand_in(answer: bytes | None) -> Iterator[str]:
    """Something that is no ClickHouse: answers each connection so, or never."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                connection.recv(65536)
                if answer is not None:
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://ann:hunter2@127.0.0.1:{listener.getsockname()[1]}/qbank"
        listener.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


def test_a_refused_connection_is_told_as_away() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ClickHouseUnavailableError) as told:
        connect(f"http://ann:hunter2@127.0.0.1:{port}/qbank")
    assert f"ClickHouse at 127.0.0.1:{port} does not answer" in str(told.value)
    assert "Connection refused" in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nhost",
        b"HTTP/1.1 503 Unavailable\r\nContent-Length: 4\r\n\r\nbusy",
        b"HTTP/1.1 500 No\r\nX-ClickHouse-Exception-Code: 252\r\nContent-Length: 4\r\n\r\nmany",
        b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\ncut",
        b"",
        None,
    ],
    ids=["proxy", "busy", "too many parts", "cut", "nonsense", "silent"],
)
def test_what_passes_is_told_as_away(answer: bytes | None) -> None:
    with stand_in(answer) as url, pytest.raises(ClickHouseUnavailableError) as told:
        connect(url, answer_seconds=1)
    assert "hunter2" not in str(told.value)


def test_a_refused_statement_is_told_with_its_number(clickhouse_client: Client) -> None:
    with pytest.raises(ClickHouseError) as told, answering(clickhouse_client):
        clickhouse_client.command("select nothing_of_this_name")
    assert not isinstance(told.value, ClickHouseUnavailableError)
    assert told.value.code == 47
    assert "nothing_of_this_name" in str(told.value)


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    clickhouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = connect(clickhouse_url)
    assert client.command("select 1") == 1
    client.close()


def test_threads_share_a_client(clickhouse_client: Client) -> None:
    found: list[object] = []

    def ask() -> None:
        found.extend(clickhouse_client.command("select 1") for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 80


def test_a_database_that_is_not_there_is_told_by_its_number(clickhouse_server: str) -> None:
    with pytest.raises(ClickHouseError) as told:
        connect(f"{clickhouse_server.rpartition('/')[0]}/no_such_database")
    assert told.value.code == session.UNKNOWN_DATABASE
    assert str(urlsplit(clickhouse_server).password) not in str(told.value)
