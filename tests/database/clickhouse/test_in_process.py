"""The engine within a process: what holds behind a server holds there too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES = ("tests/database/queries/test_attempts.py", "tests/ingestion/sinks/test_clickhouse.py")


def test_queries_and_sink_pass_their_tests_without_a_server() -> None:
    """In a process of its own: once the engine is loaded, a fork of that process would hang."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--clickhouse-in-process", *FILES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
