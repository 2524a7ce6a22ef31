"""`qbank run --sample` as a newcomer runs it, first and again, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure, seconds

FIRST_LIMIT_S, AGAIN_LIMIT_S = 120.0, 45.0
QBANK = Path(sys.executable).parent / "qbank"


def measure(home: Path) -> Iterator[Figure]:
    """Run the sample twice; the first starts an embedded server."""
    environment = {**os.environ, "QBANK_HOME": str(home)}
    for name in ("QBANK_DATABASE_URL", "DAGSTER_HOME"):
        environment.pop(name, None)

    def run(*arguments: str) -> None:
        subprocess.run([QBANK, *arguments], env=environment, check=True, capture_output=True)

    try:
        first = seconds(lambda: run("run", "--sample"))
        again = seconds(lambda: run("run", "--sample"))
    finally:
        run("stop", "--purge")
    yield Figure("qbank run --sample, first", first, "s", goal=FIRST_LIMIT_S, at_most=True)
    yield Figure("qbank run --sample, again", again, "s", goal=AGAIN_LIMIT_S, at_most=True)
