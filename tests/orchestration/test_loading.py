"""The definitions load by themselves: no service is asked, no process started, and nothing heavy imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# What only a step or a command needs; each takes a good part of a second, some take several.
HEAVY = (
    "chdb", "confluent_kafka", "dbt.cli.main", "distributed", "fastapi", "girth", "great_expectations", "httpx",
    "ingestion.imports", "irt", "kafka", "matplotlib.pyplot", "numba", "pandas", "playwright", "scipy",
)  # fmt: skip
LOAD = """
import sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork"}:
        raise PermissionError(f"{event} {arguments}")

sys.addaudithook(watch)
from orchestration.definitions import defs
job = defs().resolve_job_def("nightly_calibration")
assert "item_calibration_candidate" in job.graph.node_dict
print(" ".join(sorted(set(sys.argv[1:]) & set(sys.modules))))
"""


def loaded(home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "QBANK_HOME": str(home),
        "QBANK_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "QBANK_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    }
    command = [sys.executable, "-c", LOAD, *HEAVY]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_nothing_is_asked_started_or_imported_that_a_step_alone_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration import dbt

    monkeypatch.setenv("QBANK_HOME", str(tmp_path))
    dbt.manifest_path()  # once for each change of the dbt project, as `qbank run` and the image do
    done = loaded(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
