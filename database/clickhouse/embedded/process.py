"""Start, find and end the process that owns the data."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from database.clickhouse.embedded import layout
from database.clickhouse.embedded.layout import Place
from database.embedded import locks
from database.embedded.server import tail
from database.errors import EmbeddedServerError

_CODE = Path(__file__).parents[3]
_STOP_SECONDS = 60.0
_LARGE_LOG_BYTES = 16 * 2**20
_GLANCE_SECONDS = 2.0


def answering_port(place: Place) -> int | None:
    """Return the port on which the owner of `place` answers; None: it does not, or there is none."""
    if not locks.is_held(place.alive):
        return None
    listening = layout.told(place)
    if listening is None or listening.port is None:
        return None
    return listening.port if _answers(listening.port) else None


def bring_up(place: Place, patience: float) -> int:
    """Return the owner's port, starting one where none lives. The caller holds `place.lock`.

    Raises EmbeddedServerError, with the end of the log, where it does not come up within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    started = False
    while (port := answering_port(place)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the embedded ClickHouse in {place.root} does not answer after {patience:.0f} s"
                f"{tail(place.log)}"
            )
        with locks.inheritable(place.alive) as alive:
            # None: an owner is coming up, perhaps of a starter that was killed meanwhile.
            if alive is not None:
                if started:
                    raise EmbeddedServerError(
                        f"the embedded ClickHouse in {place.root} ended while it started{tail(place.log)}"
                    )
                _start(place, alive)
                started = True
        time.sleep(0.02)
    return port


def end(place: Place, *, at_once: bool = False) -> bool:
    """End the owner and wait until it is gone; `at_once`: without finishing what it is at.

    Returns False where there was none. Raises EmbeddedServerError where it does not end.
    """
    deadline = time.monotonic() + _STOP_SECONDS
    was_there = False
    while locks.is_held(place.alive):
        was_there = True
        listening = layout.told(place)
        if listening is not None:
            with suppress(ProcessLookupError):
                os.kill(listening.pid, signal.SIGKILL if at_once else signal.SIGTERM)
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the embedded ClickHouse in {place.root} did not stop within {_STOP_SECONDS:.0f} s"
                f"{tail(place.log)}"
            )
        time.sleep(0.02)
    return was_there


def _start(place: Place, alive: int) -> None:
    """Start an owner that inherits the lock `alive` and nothing else of ours."""
    layout.settle(place)
    if place.log.exists() and place.log.stat().st_size > _LARGE_LOG_BYTES:
        place.log.replace(place.log.with_name("log.old"))
    before = place.log.stat().st_size if place.log.exists() else 0
    with place.log.open("ab") as log:
        place.log.chmod(0o600)
        # It forks away at once, so that it is nobody's child who would have to wait for it.
        done = subprocess.run(
            [sys.executable, "-m", "database.clickhouse.embedded.owner"],
            cwd=place.root,
            env={**_environment(), "PYTHONPATH": os.pathsep.join([str(_CODE), *_inherited_path()])},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(alive,),
            check=False,
        )
    if done.returncode != 0:
        raise EmbeddedServerError(
            f"the embedded ClickHouse in {place.root} did not start (status {done.returncode})"
            f"{tail(place.log, since=before)}"
        )


def _environment() -> dict[str, str]:
    """Return our environment for the owner, without QBANK_* variables, which hold passwords; it works in UTC."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("QBANK_")},
        "TZ": "UTC",
    }


def _inherited_path() -> list[str]:
    given = os.environ.get("PYTHONPATH")
    return given.split(os.pathsep) if given else []


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_GLANCE_SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
