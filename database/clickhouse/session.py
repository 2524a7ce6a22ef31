"""One way to reach a ClickHouse server, and one way to tell that it does not answer.

Threads may share a client: no session is made, whose lock would keep them apart.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError
from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3.exceptions import HTTPError

from database.errors import ClickHouseError, ClickHouseUnavailableError

SESSION = {
    # An insert that was answered is on disk, and the next statement sees it.
    "async_insert": 0,
    # Clocks that are wrong spread one batch over centuries: it may touch any number of partitions.
    "max_partitions_per_insert_block": 0,
    # Rows of one sorting key have one timestamp, so duplicates never lie in two partitions.
    "do_not_merge_across_partitions_select_final": 1,
    # Hours before 1970 and after 2106, which fit no 32-bit DateTime.
    "enable_extended_results_for_datetime_functions": 1,
}
# The whole answer before its status: a statement that fails half-way is never taken for one that did not.
_HTTP_SESSION = {**SESSION, "wait_end_of_query": 1}
_CONNECT_SECONDS = 2
ANSWER_SECONDS = 60
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SHOWN = 500
UNKNOWN_DATABASE = 81
# ClickHouse's numbers of errors that pass: time-outs, too many queries or parts, network, memory, disk.
_PASSING = frozenset({159, 202, 203, 209, 210, 236, 241, 242, 243, 252, 279, 319, 373, 394, 425, 439, 999})


def connect(url: str, *, answer_seconds: int = ANSWER_SECONDS) -> Client:
    """Return a client of the server and database at `url`, which waits so long for an answer.

    Raises ClickHouseUnavailableError where the server does not answer, and ClickHouseError where it refuses
    the login or (code UNKNOWN_DATABASE) has no such database.
    """
    return _connected(url, urlsplit(url).path.strip("/"), answer_seconds)


def create_database(url: str) -> None:
    """Make the database that `url` names. Raises as `connect`, and where the login may not."""
    name = urlsplit(url).path.strip("/")
    client = _connected(url, None, ANSWER_SECONDS)
    with answering(client):
        client.command("create database if not exists {name:Identifier}", parameters={"name": name})
    client.close()


@contextmanager
def answering(client: Client) -> Iterator[None]:
    """Raise what goes wrong with `client` within the block as ClickHouseError, or its Unavailable."""
    with _told(str(client.uri).partition("://")[2]):
        yield


def _connected(url: str, database: str | None, answer_seconds: int) -> Client:
    parts = urlsplit(url)
    near = parts.hostname in _LOOPBACK
    # It says on stderr what it raises as well.
    logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)
    with _told(f"{parts.hostname}:{parts.port}"):
        return clickhouse_connect.get_client(
            interface=parts.scheme,
            host=str(parts.hostname),
            port=parts.port or 0,
            username=None if parts.username is None else unquote(parts.username),
            password=unquote(parts.password or ""),
            database=database,
            settings=_HTTP_SESSION,
            compress=not near,
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=answer_seconds,
            autogenerate_session_id=False,
            # Loopback is never behind the proxy that the environment may name.
            **({"pool_mgr": get_pool_manager()} if near else {"dedicated_pool": True}),
        )


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except (HTTPError, OSError) as fault:
        raise ClickHouseUnavailableError(
            f"ClickHouse at {place} does not answer ({_reason(fault)})"
        ) from fault
    except Error as fault:
        code = fault.code or 0
        if code in _PASSING or (not code and isinstance(fault, OperationalError)) or _is_proxy(fault):
            raise ClickHouseUnavailableError(
                f"ClickHouse at {place} does not answer ({_reason(fault)})", code
            ) from fault
        raise ClickHouseError(f"ClickHouse at {place} refused: {_reason(fault)}", code) from fault


def _is_proxy(fault: Exception) -> bool:
    """Return whether an answer came from what stands before ClickHouse, without a number of ClickHouse's."""
    return "HTTP driver received HTTP status 5" in str(fault)


def _reason(fault: BaseException) -> str:
    """Return the innermost cause in one line."""
    inner = getattr(fault.__cause__, "reason", None) or fault.__cause__ or fault
    said = str(inner).strip().partition("\n")[0]
    return (
        said.partition(" server response: ")[2][:_SHOWN]
        or said.rpartition("): ")[2][:_SHOWN]
        or said[:_SHOWN]
    )
