"""Which share of the nightly job is overhead: what is no step's own work, and what steps do before their work.

Overhead is importing the definitions, parsing the dbt project, importing Great Expectations, and what Dagster does
between the steps. A process of its own pays all of it, as a nightly run does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure

# Of a job on so many answers that its work is worth a night; a small exam's job is mostly overhead.
SHARE_LIMIT = 0.5


def measure(
    url: str, home: Path, exam: str, answers: int, *, limit: float | None = SHARE_LIMIT
) -> Iterator[Figure]:
    """Run the nightly job of an exam of the bank at `url`, in a new process and a new home."""
    environment = {**os.environ, "QBANK_HOME": str(home), "QBANK_DATABASE_URL": url}
    environment.pop("DAGSTER_HOME", None)
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.nightly", exam]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the nightly job of {exam} was not measured:\n{done.stdout}{done.stderr}")
    parts: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    wall = parts.pop("wall")
    for name, taken in parts.items():
        yield Figure(f"nightly job of {exam}, {answers:,} answers: {name}", taken, "s", peer=wall)
    overhead = wall - parts["the steps' own work"]
    yield Figure(
        f"share of the nightly job that is overhead, {answers:,} answers", overhead / wall, "of 1",
        goal=limit, at_most=True,
    )  # fmt: skip


def parts_of(exam: str, home: Path) -> dict[str, float]:
    """Run the job in this process and return the seconds of its parts, and of the whole as `wall`.

    What is imported and parsed here first, the steps find done: it is not counted in their work.
    """
    began = time.perf_counter()
    from database import settings
    from database.engine import resolve_url
    from orchestration import dbt
    from orchestration.definitions import defs

    defs().resolve_job_def("nightly_calibration")
    defined = time.perf_counter()
    dbt.build(resolve_url(settings.load()), ["resource_type:exposure"], full_refresh=False)
    parsed = time.perf_counter()
    import great_expectations  # noqa: F401 - the suites do at their first run

    imported = time.perf_counter()
    from orchestration.run import run_nightly

    outcome = run_nightly(exam, home, lambda step: None)
    ended = time.perf_counter()
    if not outcome.success:
        raise RuntimeError(f"the nightly job failed: {outcome.faults}")
    own = _steps(outcome.run_id, home)
    return {
        "wall": ended - began,
        "definitions": defined - began,
        "parsing the dbt project": parsed - defined,
        "importing Great Expectations": imported - parsed,
        "the steps' own work": own,
        "Dagster between the steps": ended - imported - own,
    }


def _steps(run_id: str, home: Path) -> float:
    """Return the seconds that Dagster counted within the steps of a run."""
    from dagster import DagsterEventType

    from orchestration.instance import instance

    with instance(home) as recorded:
        entries = recorded.all_logs(run_id, of_type=DagsterEventType.STEP_SUCCESS)
    events = [entry.dagster_event for entry in entries]
    return sum(event.step_success_data.duration_ms for event in events if event is not None) / 1000


if __name__ == "__main__":
    print(json.dumps(parts_of(sys.argv[1], Path(os.environ["QBANK_HOME"]))))
