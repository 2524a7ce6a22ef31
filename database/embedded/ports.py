"""Which loopback port a cluster listens on: the one it had, or one derived from where it lies."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import suppress

from database.embedded.layout import Cluster

# Below the range from which systems lend ports to outgoing connections, so that ours is seldom taken.
_FIRST, _COUNT = 20000, 10000
_TRIES = 20


def candidates(cluster: Cluster) -> Iterator[int]:
    """Yield free ports to try in turn, the one kept from the last start first."""
    kept = _kept(cluster)
    seed = int.from_bytes(hashlib.sha256(str(cluster.root).encode()).digest()[:4], "big")
    wanted = [kept] if kept is not None else []
    wanted += [_FIRST + (seed + step) % _COUNT for step in range(_COUNT)]
    left = _TRIES
    for port in wanted:
        if _is_free(port):
            yield port
            left -= 1
            if left == 0:
                return


def keep(cluster: Cluster, port: int) -> None:
    """Remember `port` for the next start."""
    if _kept(cluster) != port:
        fresh = cluster.port.with_name("port.new")
        fresh.write_text(f"{port}\n")
        fresh.replace(cluster.port)


def _kept(cluster: Cluster) -> int | None:
    with suppress(FileNotFoundError, ValueError):
        return int(cluster.port.read_text())
    return None


def _is_free(port: int) -> bool:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
    except (OSError, OverflowError):
        return False
    return True
