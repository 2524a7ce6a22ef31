"""The blueprint file: how many published items an exam asks for, by topic and difficulty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.errors import BlueprintError, Problem
from ingestion.imports import columns as columns_
from ingestion.imports import values
from ingestion.imports.files import read_table
from ingestion.imports.items import difficulty_value, topic_problem

REQUIRED = ("topic", "difficulty", "quota")
MAX_QUOTA = 1_000_000

_QUOTA = re.compile(r"([0-9]{1,9})(?:\.0*)?")


@dataclass(frozen=True)
class QuotaRow:
    """A row of the blueprint; topic or difficulty None: any."""

    topic: str | None
    difficulty: str | None
    quota: int


@dataclass(frozen=True)
class BlueprintFile:
    """The whole blueprint of an exam, in the file's order."""

    path: Path
    quotas: tuple[QuotaRow, ...]
    warnings: tuple[str, ...]


def read_blueprint(path: Path) -> BlueprintFile:
    """Read and validate the blueprint in `path`.

    Raises FileFormatError where it is not such a table, BlueprintError with every invalid row otherwise.
    """
    table = read_table(path)
    found = columns_.find(table, REQUIRED, (), "A blueprint file")
    rows = table.frame.select(
        "line", *(values.given(pl.col(found.cell(name))).alias(name) for name in REQUIRED)
    )
    quotas: list[QuotaRow] = []
    problems: list[Problem] = []
    lines: dict[tuple[str | None, str | None], int] = {}
    for line, topic, difficulty, quota in rows.iter_rows():
        reasons: list[str] = []
        if topic is not None and (problem := topic_problem(topic)):
            reasons.append(problem)
        level = difficulty_value(difficulty, reasons)
        asked = _quota(quota, reasons)
        earlier = lines.setdefault((topic, level), line)
        if earlier != line:
            reasons.append(
                f"topic {topic or 'any'} and difficulty {level or 'any'} already stand on line {earlier}: keep one"
            )
        problems.extend(Problem(line, reason) for reason in reasons)
        quotas.append(QuotaRow(topic, level, asked))
    if problems:
        raise BlueprintError(path, problems)
    return BlueprintFile(path, tuple(quotas), columns_.unknown_warning(path, found.unknown))


def _quota(text: str | None, reasons: list[str]) -> int:
    whole = _QUOTA.fullmatch(text or "")
    if whole and int(whole[1]) <= MAX_QUOTA:
        return int(whole[1])
    reasons.append(f"quota is {text or 'empty'}, not a whole number from 0 to {MAX_QUOTA}")
    return 0
