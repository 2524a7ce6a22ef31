"""The pipeline on small exams, run once for all the tests that look at what it made."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from database.engine import engine_as
from database.tenancy import Role
from ingestion.imports import ImportRequest, import_exam
from orchestration.progress import Step
from orchestration.run import RunOutcome, run_nightly

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


@dataclass(frozen=True)
class Pipeline:
    """A database and a home of their own, with import and run as the commands do them."""

    url: str
    home: Path
    engine: Engine

    def import_files(self, exam: str, items: Path, responses: Path) -> None:
        """Import an exam's files."""
        rejects = self.home / "imports"
        import_exam(
            self.engine,
            ImportRequest(
                exam=exam, items=items, responses=responses, tenant=TENANT, seed=0, rejects_dir=rejects
            ),
        )

    def run(self, exam: str, listener: Callable[[Step], None] = lambda _: None) -> RunOutcome:
        """Run the nightly job of an exam."""
        return run_nightly(exam, self.home, listener)

    def read(self, query: Callable[[Connection], Any]) -> Any:
        """Return what a query reads."""
        with self.engine.begin() as connection:
            return query(connection)


@pytest.fixture(scope="module")
def pipeline(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline on a migrated database of this module."""
    home = tmp_path_factory.mktemp("home")
    engine = engine_as(module_database_url, Role.PIPELINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QBANK_HOME", str(home))
        patch.setenv("QBANK_DATABASE_URL", module_database_url)
        patch.delenv("DAGSTER_HOME", raising=False)
        yield Pipeline(module_database_url, home, engine)
        patch.delenv("DAGSTER_HOME", raising=False)
    engine.dispose()
