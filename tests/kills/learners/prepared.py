"""`qbank api` that is up at once: a process that has imported what the command imports, and forks to start it.

The imports take five seconds of a busy machine, which a service that is killed every few seconds does not have. What
is started is a process of its own that runs the command as it was typed.

Each line on stdin is answered by one on stdout. JSON `["start", NAME, LOG, COMMAND ...]`: the pid of what was started,
which is NAME at Postgres; `["wait", PID]`: its exit code, once it has ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from importlib import import_module

#: What `qbank api` imports only when it runs.
_IMPORTED = ("alembic.command", "api_min.app", "cli.api", "uvicorn.logging", "uvicorn.protocols.http.auto")


def main() -> None:
    """Do as the lines say until there are no more."""
    from cli.main import main as qbank

    for name in _IMPORTED:
        import_module(name)
    for line in sys.stdin:
        what, *words = json.loads(line)
        if what == "wait":
            _, status = os.waitpid(words[0], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        process = os.fork()
        if process == 0:
            name, log, *command = words
            _detach(log)
            os.environ["PGAPPNAME"] = name
            sys.argv = ["qbank", *command]
            qbank()
            return
        print(process, flush=True)


def _detach(log: str) -> None:
    """Let go of the parent's pipes; end with the parent, however that ends."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the parent is gone")
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, place in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(source, place)


if __name__ == "__main__":
    main()
