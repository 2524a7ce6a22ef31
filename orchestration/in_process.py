"""Runs in the process that asked for them: known to be under way by a lock that ends with the process.

A run that was killed stays "started" in Dagster's record, where it would hold its place in the queue and keep its exam
from being calibrated again for ever. Whoever starts or asks for a run ends those first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from database.embedded import locks

#: Tag of a run that lives in the process that asked for it; its value names the lock.
TAG = "qbank/in_process"
_PATIENCE_SECONDS = 5.0
_OPEN = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]


def _lock(instance: DagsterInstance, name: str) -> Path:
    return Path(instance.root_directory) / "qbank-runs" / f"{Path(name).name}.lock"


@contextmanager
def alive(instance: DagsterInstance, name: str) -> Iterator[dict[str, str]]:
    """Hold the lock that says "this process runs it", and yield the tags of its runs; `name` is a new one."""
    path = _lock(instance, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locks.exclusive(path, _PATIENCE_SECONDS):
        try:
            yield {TAG: name}
        finally:
            path.unlink(missing_ok=True)


def end_abandoned(instance: DagsterInstance) -> list[str]:
    """Report runs as failed whose process is gone, and return their ids."""
    ended = []
    for run in instance.get_runs(RunsFilter(statuses=_OPEN)):
        name = run.tags.get(TAG)
        if name is None or locks.is_held(_lock(instance, name)):
            continue
        # It may have ended, and let go of its lock, since the record was read.
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.status not in _OPEN:
            continue
        instance.report_run_failed(
            run,
            "The process of this run is gone: it was killed, or its machine went down. "
            "Nothing was published halfway; run it again.",
        )
        _lock(instance, name).unlink(missing_ok=True)
        ended.append(run.run_id)
    return ended
