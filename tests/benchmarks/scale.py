"""1, 10 and 100 M answers, each in a process of its own, whose peak of memory is its own.

Run as a program it fits one size and prints what it took: `python -m tests.benchmarks.scale PERSONS ITEMS EACH`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import irt
from tests.benchmarks.figure import Figure
from tests.benchmarks.simulated import responses

#: (persons, items, answered): the bank grows with the people, 5,000 answers an item; then the largest bank with a
#: tenth of the people, to tell what more answers cost from what more items cost.
SIZES = ((20_000, 200, 50), (200_000, 2_000, 50), (200_000, 20_000, 50), (2_000_000, 20_000, 50))
MOST_GIB = 8.0


def measure() -> Iterator[Figure]:
    """Seconds of a whole fit, seconds a pass and peak memory; the growth must be linear."""
    each = []
    for size in SIZES:
        command = [sys.executable, "-m", "tests.benchmarks.scale", *map(str, size)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        each.append(found)
        name = f"2PL of {found['responses'] / 1e6:g} M answers, {size[1]:,} items"
        yield Figure(
            f"{name}: fit, {found['passes']} passes, gradient {found['gradient']:.0e}", found["fit_s"], "s"
        )
        yield Figure(f"{name}: a pass", found["fit_s"] / found["passes"], "s")
        yield Figure(
            f"{name}: peak memory",
            found["peak_gib"],
            "GiB",
            goal=MOST_GIB if found["responses"] == 100_000_000 else None,
            at_most=True,
        )
    per_answer = [found["fit_s"] / found["passes"] / found["responses"] * 1e9 for found in each]
    yield Figure(
        "a pass, ns a response: " + ", ".join(f"{ns:.1f}" for ns in per_answer), per_answer[-1], "ns"
    )
    yield Figure(
        "growth of a pass from 10 to 100 M answers on the same bank, over ten times",
        per_answer[-1] / per_answer[-2],
        "x",
        goal=1.5,
        at_most=True,
    )


def _one(persons: int, items: int, answered: int) -> dict[str, Any]:
    irt.calibrate(responses(500, 20), max_passes=2)  # loads what was compiled
    data = responses(persons, items, answered)
    began = time.perf_counter()
    fit = irt.calibrate(data, "2PL", standard_errors=False)
    assert fit.converged, fit.reason_stopped
    return {
        "responses": data.n_responses,
        "passes": fit.passes,
        "gradient": fit.max_gradient,
        "fit_s": time.perf_counter() - began,
        "peak_gib": _peak_gib(),
    }


def _peak_gib() -> float:
    """Peak memory of this process alone; `getrusage` would begin with that of the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20


if __name__ == "__main__":
    print(json.dumps(_one(*map(int, sys.argv[1:4]))))
