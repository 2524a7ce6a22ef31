"""Dagster's own home below QBANK_HOME: its settings, its record of runs, its partitions."""

from __future__ import annotations

import os
from pathlib import Path

from dagster import DagsterInstance

_SETTINGS = """\
# Made by qbank; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false
# Nightly runs build the marts one after another.
concurrency:
  runs:
    tag_concurrency_limits:
      - key: qbank/builds
        value: marts
        limit: 1
"""


def prepare(home: Path) -> Path:
    """Make Dagster's home below `home` if need be, name it in DAGSTER_HOME, and return it.

    A DAGSTER_HOME that is set already is left as it is.
    """
    chosen = os.environ.get("DAGSTER_HOME")
    folder = Path(chosen) if chosen else home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_SETTINGS)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def instance(home: Path) -> DagsterInstance:
    """Return the instance that the web interface shows too."""
    prepare(home)
    return DagsterInstance.get()
