"""The owner process: `python -m database.clickhouse.embedded.owner`, started by `process` in its folder.

It forks away from whoever started it, opens chDB on the folder's `data` and answers until SIGTERM. It
inherits the lock `alive` as an open file and keeps it by living: nothing but its end lets go of it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from pathlib import Path

from database.clickhouse.embedded import layout
from database.clickhouse.embedded.engine import Engine
from database.clickhouse.embedded.server import Server

log = logging.getLogger("qbank.clickhouse")


def main() -> None:
    """Own the data in the working directory until told to end."""
    if os.fork():
        os._exit(0)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        # Relative: chDB would read options from a path with a question mark.
        _own(layout.Place(Path()))
    except Exception:
        log.exception("ended by an error")
        raise SystemExit(1) from None


def _own(place: layout.Place) -> None:
    told = threading.Event()
    layout.tell(place, os.getpid(), None)
    engine = Engine(place.data, place.scratch)
    for each in (signal.SIGTERM, signal.SIGINT):  # after the engine, which sets handlers of its own
        signal.signal(each, lambda *_: told.set())
    server = Server(engine, layout.secret(place))
    threading.Thread(target=server.serve_forever, args=(0.1,), name="accept", daemon=True).start()
    layout.tell(place, os.getpid(), server.server_address[1])
    log.info("process %d owns %s and answers on port %d", os.getpid(), Path.cwd(), server.server_address[1])
    told.wait()
    server.end()
    engine.close()
    log.info("ended as told")


if __name__ == "__main__":
    main()
