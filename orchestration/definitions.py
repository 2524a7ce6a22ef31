"""The code location: everything below `defs`, found by folder."""

from __future__ import annotations

from pathlib import Path

from dagster import Definitions, definitions, load_from_defs_folder


@definitions
def defs() -> Definitions:
    """Return all of qbank's definitions."""
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
