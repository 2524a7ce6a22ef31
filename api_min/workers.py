"""Metrics of several workers: each writes files, and one scrape reads them all.

prometheus_client decides where values live when it is imported: `share` comes before that, in the process
that starts the workers, and they inherit what it sets.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def share() -> Iterator[CollectorRegistry]:
    """Lend the registry of all workers that are started within; their files go with it."""
    with tempfile.TemporaryDirectory(prefix="qbank-metrics-") as folder:
        os.environ[_VARIABLE] = folder
        try:
            yield _registry(Path(folder))
        finally:
            del os.environ[_VARIABLE]


def _registry(folder: Path) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry  # noqa: PLC0415  # see above
    from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Workers(Collector):
        """The workers' files; gauges of workers that are gone, however they ended, count no longer."""

        def collect(self) -> Iterable[Metric]:
            for file in folder.glob("gauge_live*_*.db"):
                process = int(file.stem.rpartition("_")[2])
                if not _lives(process):
                    mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
            found: Iterable[Metric] = files.collect()  # type: ignore[no-untyped-call]
            return found

    files = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    registry.register(Workers())
    return registry


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, as somebody else
        return True
    return True
