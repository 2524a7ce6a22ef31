"""Who computes the shards: threads of this process, or whatever a caller brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numba import config
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from irt.errors import InvalidArgument
from irt.estimation.shards import Expectation, Shard, Step, expect_shard

Windows = NDArray[np.uint8]


class Workers(Protocol):
    """Holds the shards of one fit and computes their E-steps, each a call of `expect_shard`."""

    def expect(self, step: Step, windows: Sequence[Windows]) -> Sequence[Expectation]:
        """The E-step of every shard, in their order."""
        ...

    def close(self) -> None:
        """Let go of the shards."""
        ...


#: Makes the workers of a fit from its shards; `irt.distributed.on_cluster(client)` is one.
Executor = Callable[[Sequence[Shard]], Workers]


class Threads:
    """Threads of this process. Kernels release the interpreter lock, so two threads use two cores."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._pool = ThreadPoolExecutor(number) if number > 1 else None

    def map(self, function: Callable[..., Any], *arguments: Sequence[Any]) -> list[Any]:
        """The results of `function` in order, computed on the threads."""
        if self._pool is None or len(arguments[0]) == 1:
            return list(map(function, *arguments))
        return list(self._pool.map(function, *arguments))

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class OnThreads:
    """The shards of one fit on threads, which belong to the caller."""

    def __init__(self, shards: Sequence[Shard], threads: Threads) -> None:
        self._shards, self._threads = tuple(shards), threads

    def expect(self, step: Step, windows: Sequence[Windows]) -> Sequence[Expectation]:
        """The E-step of every shard, in their order."""
        table = step.table(self._threads.map, self._threads.number)
        return self._threads.map(
            lambda shard, window: expect_shard(shard, table, step.log_weights, window), self._shards, windows
        )

    def close(self) -> None:
        """Nothing to let go of."""


def thread_count(threads: int | None) -> int:
    """The number asked for; None stands for the processors this process may use.

    Raises:
        InvalidArgument: fewer than one.
    """
    if threads is None:
        return int(config.NUMBA_DEFAULT_NUM_THREADS)  # type: ignore[attr-defined]
    if threads < 1:
        raise InvalidArgument(f"threads must be at least 1, not {threads}")
    return threads


@cache
def _pools() -> ThreadpoolController:
    """The libraries with thread pools of their own; looking for them takes milliseconds."""
    return ThreadpoolController()


@contextmanager
def blas_threads(threads: int) -> Iterator[None]:
    """Let matrix products use so many threads, whatever the environment says; inherited counts oversubscribe.

    Threads of a library that have just worked go on spinning for a while, on processors that others need.
    """
    with _pools().limit(limits=threads, user_api="blas"):
        yield
