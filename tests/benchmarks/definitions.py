"""How long a new process takes to load the definitions: what every run, sensor and page waits for first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure, seconds

LIMIT_S = 6.0
LOAD = "from orchestration.definitions import defs; defs().resolve_job_def('nightly_calibration')"


def measure(home: Path) -> Iterator[Figure]:
    """Load them with dbt's manifest made already, without any service."""
    environment = {
        **os.environ,
        "QBANK_HOME": str(home),
        "QBANK_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    }

    def load() -> None:
        subprocess.run([sys.executable, "-W", "ignore", "-c", LOAD], env=environment, check=True)

    load()  # parses the dbt project
    yield Figure("loading the definitions", seconds(load, repeats=3), "s", goal=LIMIT_S, at_most=True)
