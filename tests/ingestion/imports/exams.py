"""Imports given as text, and what the database holds afterwards."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from ingestion.imports import ImportRequest, ImportSummary, import_exam

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


class Exams:
    """Imports given as text, and what the database holds afterwards."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.rejects = folder / "rejects"

    def run(
        self,
        items: str | None,
        responses: str | Path | None,
        exam: str = "EX",
        tenant: uuid.UUID = TENANT,
        seed: int = 1,
        learners: str | None = None,
        blueprint: str | None = None,
    ) -> ImportSummary:
        return import_exam(
            self.engine,
            ImportRequest(
                exam=exam,
                items=self._file("items.csv", items),
                responses=self._file("responses.csv", responses),
                tenant=tenant,
                seed=seed,
                rejects_dir=self.rejects,
                learners=self._file("learners.csv", learners),
                blueprint=self._file("blueprint.csv", blueprint),
            ),
        )

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        [[value]] = self.rows(query, **values)
        return value

    def answers(self) -> list[tuple[Any, ...]]:
        """Person, item, version, option and correctness of every stored response."""
        return self.rows(
            "select u.external_ref, split_part(q.external_ref, '/', 2), r.version, r.option_label, r.is_correct "
            "from user_responses r join app_users u on u.id = r.user_id join questions q on q.id = r.question_id "
            "order by 1, 2, 3, r.created_at"
        )

    def _file(self, name: str, content: str | Path | None) -> Path | None:
        if content is None or isinstance(content, Path):
            return content
        path = self.folder / name
        path.write_text(content)
        return path
