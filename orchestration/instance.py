"""Dagster's own home below QBANK_HOME: its settings, its record of runs, its partitions."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from dagster import DagsterInstance

_SETTINGS = """\
# Made by qbank; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false
# One at a time of what builds marts or publishes, of drains of the stores, of backfills.
concurrency:
  runs:
    tag_concurrency_limits:
      - key: qbank/builds
        value: marts
        limit: 1
      - key: qbank/drains
        value: stores
        limit: 1
      - key: qbank/backfills
        value: as_of
        limit: 1
"""
# Settings that qbank made before, and nobody has changed since, are brought up to date.
_FORMER = {"3d94728a1b28ed1530ecb839ec3e4d1ef71182ee971d1dc3d57330d1212ed0b0"}


def prepare(home: Path) -> Path:
    """Make Dagster's home below `home` if need be, name it in DAGSTER_HOME, and return it.

    A DAGSTER_HOME that is set already is left as it is.
    """
    chosen = os.environ.get("DAGSTER_HOME")
    folder = Path(chosen) if chosen else home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists() or _digest(settings) in _FORMER:
        settings.write_text(_SETTINGS)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def _digest(settings: Path) -> str:
    return hashlib.sha256(settings.read_bytes()).hexdigest()


def instance(home: Path) -> DagsterInstance:
    """Return the instance that the web interface shows too."""
    prepare(home)
    return DagsterInstance.get()
