"""The same work on several threads: every person is done alone, so the numbers do not depend on them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from irt.estimation.workers import thread_count

#: Pieces a thread, so that one which meets persons with many answers does not keep the others waiting.
_PIECES = 8


def in_pieces(work: Callable[[int, int], None], number: int, threads: int | None) -> None:
    """Call work(begin, end) for pieces that together are 0 to number; None for all processors.

    Raises:
        InvalidArgument: fewer than 1 thread.
    """
    used = thread_count(threads)
    if used == 1 or number < used:
        work(0, number)
        return
    cuts = [number * i // (used * _PIECES) for i in range(used * _PIECES + 1)]
    with ThreadPoolExecutor(used) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))
