"""The learners file: who belongs to which cohort of which institution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import LearnersError, Problem
from ingestion.imports import columns as columns_
from ingestion.imports import values
from ingestion.imports.files import read_table

REQUIRED = ("person", "institution", "cohort")


@dataclass(frozen=True)
class Learner:
    """A row of the learners file; a person in several cohorts has several."""

    person: str
    institution: str
    cohort: str


@dataclass(frozen=True)
class LearnersFile:
    """The learners file, in its order, each row once."""

    path: Path
    learners: tuple[Learner, ...]
    warnings: tuple[str, ...]


def read_learners(path: Path) -> LearnersFile:
    """Read and validate the learners in `path`.

    Raises FileFormatError where it is not such a table, LearnersError with every invalid row otherwise.
    """
    table = read_table(path)
    found = columns_.find(table, REQUIRED, (), "A learners file")
    cells = table.frame.select("line", *(found.cell(name) for name in REQUIRED))
    learners: dict[Learner, None] = {}
    problems: list[Problem] = []
    for line, *texts in cells.iter_rows():
        reasons = [
            reason for name, text in zip(REQUIRED, texts, strict=True) if (reason := _problem(name, text))
        ]
        problems.extend(Problem(line, reason) for reason in reasons)
        if not reasons:
            learners[Learner(*texts)] = None
    if problems:
        raise LearnersError(path, problems)
    warnings = list(columns_.unknown_warning(path, found.unknown))
    if len(learners) < len(cells):
        warnings.append(
            f"{path}: {len(cells) - len(learners):,} rows stand there more than once and count once"
        )
    return LearnersFile(path, tuple(learners), tuple(warnings))


def _problem(name: str, text: str | None) -> str | None:
    if text is None:
        return f"{name} is empty"
    if len(text) > values.MAX_ID or "\0" in text:
        return f"{name} is longer than {values.MAX_ID} characters or holds a NUL character"
    return None
