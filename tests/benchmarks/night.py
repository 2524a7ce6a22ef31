"""One nightly job in this process, which has imported nothing yet: its parts, its stages, its memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster import Definitions


def found_of(exam: str, home: Path) -> dict[str, Any]:
    """Run the job in this process; return the seconds of its parts and stages, the whole as `wall`, and memory.

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
    stages = _stages(outcome.run_id, home, defs())
    own = sum(stages.values())
    parts = {
        "wall": ended - began,
        "definitions": defined - began,
        "parsing the dbt project": parsed - defined,
        "importing Great Expectations": imported - parsed,
        "the steps' own work": own,
        "Dagster between the steps": ended - imported - own,
    }
    # Of this process; dbt runs in it. Linux counts in KiB.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"parts": parts, "stages": stages, "gib": most}


def _stages(run_id: str, home: Path, loaded: Definitions) -> Mapping[str, float]:
    """Return the seconds that Dagster counted within the steps of a run, by the group of what each step makes.

    A step that makes things of several groups, as dbt's do, is a stage by itself.
    """
    from orchestration.instance import instance

    graph = loaded.resolve_asset_graph()
    with instance(home) as recorded:
        events = [entry.dagster_event for entry in recorded.all_logs(run_id)]
    groups: dict[str, set[str]] = {}
    taken: Counter[str] = Counter()
    for event in events:
        if event is None or event.step_key is None:
            continue
        if event.is_step_success:
            taken[event.step_key] += event.step_success_data.duration_ms
        checked = event.event_type_value == "ASSET_CHECK_EVALUATION"
        key = event.asset_check_evaluation_data.asset_key if checked else event.asset_key
        if key is not None:
            groups.setdefault(event.step_key, set()).add(graph.get(key).group_name)
    stages: Counter[str] = Counter()
    for step, milliseconds in taken.items():
        several = groups.get(step, set())
        stages[several.pop() if len(several) == 1 else step] += milliseconds
    return {name: milliseconds / 1000 for name, milliseconds in stages.most_common()}


if __name__ == "__main__":
    print(json.dumps(found_of(sys.argv[1], Path(os.environ["QBANK_HOME"]))))
