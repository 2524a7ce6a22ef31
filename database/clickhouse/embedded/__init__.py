"""A ClickHouse of our own below QBANK_HOME, by the package `chdb`: nothing to configure.

    ensure_running(home)    start the owner process if it is down, return its URL
    status(home)            what there is, without touching it
    stop(home)              end the owner, keep every row
    purge(home)             end the owner and delete the data
    is_installed()          whether chdb is there at all

chDB lends a folder to one process only. That process, the owner (`owner`), is left running and answers
ClickHouse's HTTP protocol on loopback, so that everyone else is an ordinary client and needs no chdb.
<home>/clickhouse/ holds `data`, `log`, `password`, `listening` (the owner's process id and port), `lock`
(held by whoever starts or ends it) and `alive` (held by the owner as long as it lives, so that the kernel
itself tells whether there is one - also after kill -9 of anybody, or a reused process id).
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from database.clickhouse.embedded import layout, process
from database.embedded import Status, locks
from database.errors import EmbeddedServerError

__all__ = ["Status", "ensure_running", "is_installed", "purge", "status", "stop"]

_PATIENCE_SECONDS = 120.0


def is_installed() -> bool:
    """Return whether chdb is installed, without importing its half gigabyte."""
    return importlib.util.find_spec("chdb") is not None


def ensure_running(home: Path) -> str:
    """Return the URL of the server below `home`, starting its owner as needed; it outlives the caller.

    Any number of processes may call at once. Raises EmbeddedServerError.
    """
    with _told(home, "start"):
        place = layout.find(home)
        port = process.answering_port(place)
        if port is None:
            place = layout.prepare(home)
            with locks.exclusive(place.lock, _PATIENCE_SECONDS):
                port = process.bring_up(place, _PATIENCE_SECONDS)
        return _url(place, port)


def status(home: Path) -> Status:
    """Return what stands below `home`, the URL with its password, changing nothing.

    Raises EmbeddedServerError where we may not look.
    """
    with _told(home, "look at"):
        place = layout.find(home)
        port = process.answering_port(place)
        url = None if port is None else _url(place, port)
        return Status(port is not None, url, place.data, place.log, port)


def stop(home: Path) -> bool:
    """End the owner after the statements it is at; False: there was none. No row is deleted.

    Raises EmbeddedServerError where it does not end within a minute.
    """
    with _told(home, "stop"):
        place = layout.find(home)
        if not place.lock.exists():
            return False
        with locks.exclusive(place.lock, _PATIENCE_SECONDS):
            return process.end(place)


def purge(home: Path) -> None:
    """Delete all data below `home`, ending the owner at once; `home` itself stays."""
    with _told(home, "delete"):
        place = layout.find(home)
        if not place.root.exists():
            return
        with locks.exclusive(place.lock, _PATIENCE_SECONDS):
            process.end(place, at_once=True)
            shutil.rmtree(place.root)


def _url(place: layout.Place, port: int) -> str:
    return f"http://{layout.USER}:{layout.secret(place)}@127.0.0.1:{port}/{layout.DATABASE}"


@contextmanager
def _told(home: Path, deed: str) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise EmbeddedServerError(
            f"cannot {deed} the embedded ClickHouse below {home}: {fault}. Set QBANK_HOME to a folder you may "
            "write to, or QBANK_CLICKHOUSE_URL to a server of your own"
        ) from fault
