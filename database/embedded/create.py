"""How a cluster is made: initdb, our settings, the database `qbank`; then, and only then, its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from database.embedded import account
from database.embedded.layout import Cluster
from database.errors import EmbeddedServerError

_USER = "qbank"
_DATABASE = "qbank"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their path may be 107 bytes long at most
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    # No replica follows: a table filled in the transaction that made it needs no log at all, and a
    # large import is not stopped by checkpoints.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
}
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


def url(port: int) -> str:
    """Return the SQLAlchemy URL of the database in the server on `port`."""
    return f"postgresql+psycopg://{_USER}@127.0.0.1:{port}/{_DATABASE}"


def cluster(place: Cluster, who: account.Account, tools: Path, alive: int, throwaway: bool) -> None:
    """Make the cluster at `place`; a kill at any instant leaves either nothing of that name or all of it.

    `alive` is inherited by the programs, so that nobody clears up under an initdb that outlives us.
    initdb's sync to disk stays on but for a throwaway: it costs milliseconds, and without it a power cut
    could leave a complete name on incomplete files. Raises EmbeddedServerError.
    """
    growing = place.unfinished
    if growing.exists():
        shutil.rmtree(growing)
    growing.mkdir(mode=0o700)
    account.give(who, growing, 0o700)
    settings = _SETTINGS | _THROWAWAY if throwaway else _SETTINGS
    _must(
        who,
        [
            tools / "initdb",
            f"--pgdata={growing.name}",
            f"--username={_USER}",
            "--auth=trust",
            "--encoding=UTF8",
            # The built-in provider: neither sorting nor indexes depend on the machine's libc.
            "--locale=C.UTF-8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *(f"--set={name}={value}" for name, value in settings.items()),
            *(["--no-sync"] if throwaway else []),
        ],
        place.root,
        alive,
    )
    # The single-user backend needs no port and leaves no server behind if we are killed here.
    _must(
        who,
        [tools / "postgres", "--single", "-D", growing.name, "postgres"],
        place.root,
        alive,
        text=f"create database {_DATABASE}\n",
    )
    growing.rename(place.data)
    _sync(place.root)


def _must(who: account.Account, command: list[str | Path], folder: Path, alive: int, text: str = "") -> None:
    done = account.run(who, command, folder, text=text, keep=alive)
    # The single-user backend goes on after an error and reports success.
    if done.returncode != 0 or "ERROR:" in done.stderr:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise EmbeddedServerError(
            f"{Path(command[0]).name} could not make the cluster in {folder} (status {done.returncode}); "
            f"it said:\n{said}"
        )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
