"""The processes of `--workers`: a cluster of this machine alone, gone when the fit is done."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cli.errors import NotInstalled, RunFailed

if TYPE_CHECKING:
    from distributed import Client

    from irt.estimation.workers import Executor


@contextmanager
def executor(workers: int | None) -> Iterator[Executor | None]:
    """Lend what spreads the E-steps over so many processes; None: over the threads of this one."""
    if workers is None:
        yield None
        return
    if find_spec("distributed") is None:
        raise NotInstalled(
            "--workers needs dask.distributed: pip install 'qbank[distributed]', or leave it out"
        )
    from irt.distributed import on_cluster

    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="qbank-workers-"))
        client = _started(workers, scratch, stack)
        try:
            yield on_cluster(client)
        except TimeoutError as error:
            raise RunFailed(
                "the processes of --workers did not answer: try fewer of them, or leave --workers out"
            ) from error


def _started(workers: int, scratch: str, stack: ExitStack) -> Client:
    """Return a client of a cluster; a start that failed is tried once more."""
    try:
        return _client(workers, scratch, stack)
    except (OSError, RuntimeError):  # whatever kept a process or a port from being there
        try:
            return _client(workers, scratch, stack)
        except (OSError, RuntimeError) as error:
            cause = error.__cause__ or error
            raise RunFailed(
                f"the processes of --workers did not start ({cause}): try again, or leave --workers out"
            ) from error


def _client(workers: int, scratch: str, stack: ExitStack) -> Client:
    import dask
    from distributed import Client, LocalCluster

    # A busy machine starts a process in seconds, not at once; the default gives up on the first that is late.
    stack.enter_context(dask.config.set({"distributed.comm.timeouts.connect": "120s"}))
    cluster = stack.enter_context(
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
            local_directory=scratch,
            silence_logs=logging.ERROR,
        )
    )
    client: Client = stack.enter_context(Client(cluster))  # type: ignore[no-untyped-call]
    return client
