"""E-steps on a cluster of processes or machines, by dask.distributed (extra `distributed`).

The same shards, the same function and the same order of sums as on threads, so the same figures to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from irt.estimation.shards import Expectation, Shard, Step, expect_shard
from irt.estimation.workers import Executor, Windows

if TYPE_CHECKING:
    from distributed import Client, Future


def on_cluster(client: Client, *, timeout_s: float = 600.0) -> Executor:
    """An `executor` for `irt.calibrate` that computes on the workers of `client`.

    Every worker needs this package installed. A shard is the result of a task, not data that was sent
    away: when a worker is lost, the scheduler makes its shards anew on another one and the fit goes on. A
    pass that takes longer than `timeout_s`, or finds no worker at all, raises TimeoutError.
    """
    return lambda shards: _Cluster(client, shards, timeout_s)


class _Cluster:
    """The shards of one fit on the workers of a client."""

    def __init__(self, client: Client, shards: Sequence[Shard], timeout_s: float) -> None:
        self._client, self._timeout_s = client, timeout_s
        self._held: list[Future[Any]] = [client.submit(_hold, shard, pure=False) for shard in shards]

    def expect(self, step: Step, windows: Sequence[Windows]) -> Sequence[Expectation]:
        """The E-step of every shard, in their order."""
        futures = [
            self._client.submit(_expect, held, step, window, pure=False)
            for held, window in zip(self._held, windows, strict=True)
        ]
        return [future.result(timeout=self._timeout_s) for future in futures]

    def close(self) -> None:
        """Let the workers forget the shards."""
        for held in self._held:
            held.release()  # type: ignore[no-untyped-call]
        self._held = []


def _hold(shard: Shard) -> Shard:
    """The shard: as the result of a task it can be made again."""
    return shard


def _expect(shard: Shard, step: Step, windows: Windows) -> Expectation:
    return expect_shard(shard, step.table(), step.log_weights, windows)
