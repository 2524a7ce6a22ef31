"""The manifest that definitions are loaded from: whole, whoever writes it at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LOADS = "import json; from orchestration import dbt; print(len(json.loads(dbt.manifest_path().read_text())['nodes']))"


def test_processes_that_look_for_it_at_once_all_read_it_whole(tmp_path: Path) -> None:
    environment = {**os.environ, "QBANK_HOME": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", LOADS],
            env=environment,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=300)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(set(told)) == 1
    assert int(told[0]) > 100
    (kept,) = (tmp_path / "dbt" / "manifests").iterdir()
    assert json.loads(kept.read_text())["nodes"]
