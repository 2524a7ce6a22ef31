"""The processes of `--workers`: a cluster of this machine alone, gone when the fit is done."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cli.errors import NotInstalled, RunFailed

if TYPE_CHECKING:
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
    from distributed import Client, LocalCluster

    from irt.distributed import on_cluster

    with (
        tempfile.TemporaryDirectory(prefix="qbank-workers-") as scratch,
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
            local_directory=scratch,
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        try:
            yield on_cluster(client)
        except TimeoutError as error:
            raise RunFailed(
                "the processes of --workers did not answer: try fewer of them, or leave --workers out"
            ) from error
