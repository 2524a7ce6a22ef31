"""The nightly job by stage, with the most memory it ever held, and which share of it is overhead.

A stage is a group of assets in Dagster, with its checks; dbt's steps are stages by themselves. Overhead is what is no
step's own work, and what steps do before it: importing the definitions, parsing the dbt project, importing Great
Expectations, and what Dagster does between the steps. A process of its own pays all of it, as a nightly run does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import marts
from tests.benchmarks.figure import Figure

# Of a job on so many answers that its work is worth a night; a small exam's job is mostly overhead.
SHARE_LIMIT = 0.5


def measure(url: str, home: Path, history: int = marts.HISTORY) -> Iterator[Figure]:
    """Run the job on `history` answers and on ten times as many, on the server at `url`, marts from nothing.

    Each run has a process and a QBANK_HOME of its own, below `home`.
    """
    for size, days in marts.sizes(history):
        with marts.bank(url, size, days, history) as (place, _):
            yield from _job(place, home / f"nightly-{size}", marts.EXAM, size)


def _job(url: str, home: Path, exam: str, answers: int) -> Iterator[Figure]:
    """Run the nightly job of an exam of the bank at `url`, in a new process and a new home."""
    environment = {**os.environ, "QBANK_HOME": str(home), "QBANK_DATABASE_URL": url}
    environment.pop("DAGSTER_HOME", None)
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.night", exam]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the nightly job of {exam} was not measured:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    parts: dict[str, float] = found["parts"]
    wall, job = parts.pop("wall"), f"nightly job of {exam}, {answers:,} answers"
    yield Figure(job, wall, "s")
    for name, taken in parts.items():
        yield Figure(f"{job}: {name}", taken, "s", peer=wall)
    for name, taken in found["stages"].items():
        yield Figure(f"{job}: stage {name}", taken, "s", peer=wall)
    yield Figure(f"{job}: most memory", found["gib"], "GiB")
    overhead = wall - parts["the steps' own work"]
    yield Figure(
        f"share of the nightly job that is overhead, {answers:,} answers", overhead / wall, "of 1",
        goal=SHARE_LIMIT, at_most=True,
    )  # fmt: skip
