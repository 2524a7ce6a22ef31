"""What compiling costs: the first fit of a process, with nothing compiled and with the cache of an earlier one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure

FIRST = """
import time
from tests.benchmarks.simulated import responses
import irt
data = responses(300, 12)
began = time.perf_counter()
irt.calibrate(data, "3PL")
print(time.perf_counter() - began)
"""


def measure(folder: Path) -> Iterator[Figure]:
    """Seconds of a first small 3PL fit with standard errors, in two processes one after the other."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "numba")}
    for name in ("nothing compiled before", "compiled by an earlier process"):
        done = subprocess.run(
            [sys.executable, "-c", FIRST], check=True, capture_output=True, text=True, env=environment
        )
        yield Figure(f"first fit of a process, {name}", float(done.stdout), "s")
