"""Start, stop and find the server of a cluster that is already made."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from database.embedded import account, locks, ports
from database.embedded.layout import Cluster
from database.errors import EmbeddedServerError

# The protocol's first question, "do you speak TLS?": every Postgres answers with one byte, before a login.
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
_STOP_SECONDS = 60.0
_START_SECONDS = 300
_LARGE_LOG_BYTES = 16 * 2**20
_PID_FILE_LINES = 8


class _PidFile(NamedTuple):
    pid: int
    port: int | None
    ready: bool


def answering_port(cluster: Cluster) -> int | None:
    """Return the port on which this cluster's server takes connections; None: none does."""
    if not locks.is_held(cluster.alive):
        return None
    written = _pid_file(cluster)
    if written is None or written.port is None or not written.ready:
        return None
    return written.port if _answers(written.port) else None


def start(cluster: Cluster, who: account.Account, tools: Path, alive: int) -> int:
    """Start the server, which inherits the lock `alive`, and return its port. Raises EmbeddedServerError."""
    _forget_dead_server(cluster)
    if cluster.log.exists() and cluster.log.stat().st_size > _LARGE_LOG_BYTES:
        cluster.log.replace(cluster.log.with_name("log.old"))
    cluster.log.touch()
    account.give(who, cluster.log, 0o600)  # each time: a client killed in between left it to us
    for port in ports.candidates(cluster):
        before = cluster.log.stat().st_size
        # Relative paths: pg_ctl hands the command to a shell, where a dollar sign in the home would count.
        options = f"-p {port} -c cluster_name={_title(cluster)}"
        done = account.run(
            who,
            [
                tools / "pg_ctl",
                "start",
                "-w",
                "-t",
                str(_START_SECONDS),
                "-D",
                "data",
                "-l",
                "log",
                "-o",
                options,
            ],
            cluster.root,
            keep=alive,
        )
        if done.returncode == 0:
            ports.keep(cluster, port)
            return port
        written = tail(cluster.log, since=before)
        if "could not bind" not in written:
            raise EmbeddedServerError(
                f"the embedded Postgres in {cluster.data} did not start: {done.stderr.strip()}{written}"
            )
    raise EmbeddedServerError(
        f"the embedded Postgres in {cluster.data} did not start: other programs took every port it tried"
        f"{tail(cluster.log)}"
    )


def stop(cluster: Cluster, *, at_once: bool = False) -> bool:
    """End the server and wait for its last process; `at_once`: without writing its memory to disk.

    Returns False where there was none. Raises EmbeddedServerError where it does not end.
    """
    deadline = time.monotonic() + _STOP_SECONDS
    told: set[int] = set()
    while locks.is_held(cluster.alive):
        written = _pid_file(cluster)
        if written is not None and written.pid not in told and _is_postgres(written.pid):
            os.kill(written.pid, signal.SIGQUIT if at_once else signal.SIGINT)
            told.add(written.pid)
        end_orphans(cluster)
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the embedded Postgres in {cluster.data} did not stop within {_STOP_SECONDS:.0f} s"
                f"{tail(cluster.log)}"
            )
        time.sleep(0.02)
    return bool(told)


def end_orphans(cluster: Cluster) -> None:
    """End children whose postmaster was killed: a busy one would not notice, and keep the cluster down.

    Children are known by the title they carry. Without /proc they are left to end by themselves.
    """
    written = _pid_file(cluster)
    if written is None or _is_postgres(written.pid):
        return
    title = f"postgres: {_title(cluster)}: ".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if (entry / "cmdline").read_bytes().startswith(title):
                os.kill(int(entry.name), signal.SIGQUIT)


def tail(log: Path, *, since: int = 0, lines: int = 15) -> str:
    """Return the last `lines` of `log` after the byte `since`, introduced; empty where there are none."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - 8192))
            last = file.read().decode(errors="replace").strip().splitlines()[-lines:]
    except FileNotFoundError:
        return ""
    return "\n".join(["", f"The end of {log}:", *last]) if last else ""


def _title(cluster: Cluster) -> str:
    """Name this very data directory in ps; a copy of it gets another name, a moved one keeps its own."""
    found = cluster.data.stat()
    return f"qbank-{found.st_dev:x}-{found.st_ino:x}"


def _forget_dead_server(cluster: Cluster) -> None:
    """Remove a postmaster.pid whose number is a zombie's or another process's by now.

    Nobody holds `alive`, so no server of ours is left. A number that is free is left to Postgres, which
    then also looks for shared memory still in use.
    """
    written = _pid_file(cluster)
    if written is None:
        return
    if _is_postgres(written.pid) and written.port is not None and _answers(written.port):
        raise EmbeddedServerError(
            f"a server that was not started by qbank (process {written.pid}) uses {cluster.data}: "
            "stop it first"
        )
    if _exists(written.pid):
        (cluster.data / "postmaster.pid").unlink()


def _pid_file(cluster: Cluster) -> _PidFile | None:
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        pid = abs(int(lines[0]))  # negative: a single-user backend
        if len(lines) < _PID_FILE_LINES:
            return _PidFile(pid, None, ready=False)
        return _PidFile(pid, int(lines[3]), ready=lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):  # none, or just being written
        return None


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(_SSL_REQUEST)
            return connection.recv(1) in (b"N", b"S")
    except OSError:
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postgres(pid: int) -> bool:
    if not Path("/proc/self").exists():
        return _exists(pid)
    try:
        program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return Path(os.fsdecode(program)).name == "postgres"
