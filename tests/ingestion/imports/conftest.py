"""Files written from text, and imports into a fresh database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.ingestion.imports.exams import Exams


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file below the test's folder and return its path."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.fixture
def exams(pipeline_engine: Engine, tmp_path: Path) -> Exams:
    """Run imports into a freshly migrated database as qbank_pipeline."""
    return Exams(pipeline_engine, tmp_path)
