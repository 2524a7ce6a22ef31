"""The learners file: who belongs to which cohort of which institution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.errors import LearnersError, Problem
from ingestion.imports import columns as columns_
from ingestion.imports import values
from ingestion.imports.files import read_table

REQUIRED = ("person", "institution", "cohort")
OPTIONAL = ("invented",)

_MARKS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class Learner:
    """A row of the learners file; a person in several cohorts has several.

    `invented` tells whether institution and cohort were made up; None where the file does not say.
    """

    person: str
    institution: str
    cohort: str
    invented: bool | None = None


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
    found = columns_.find(table, REQUIRED, OPTIONAL, "A learners file")
    marks = values.given(pl.col(found.cell("invented"))) if "invented" in found else pl.lit(None, pl.String)
    cells = table.frame.select("line", *(found.cell(name) for name in REQUIRED), marks.alias("invented"))
    learners: dict[Learner, None] = {}
    problems: list[Problem] = []
    marked: dict[str, tuple[bool | None, int]] = {}
    for line, person, institution, cohort, mark in cells.iter_rows():
        texts = zip(REQUIRED, (person, institution, cohort), strict=True)
        reasons = [reason for name, text in texts if (reason := _problem(name, text))]
        invented = _invented(mark, reasons)
        if not reasons:
            reasons.extend(_disagreement(institution, invented, line, marked))
        problems.extend(Problem(line, reason) for reason in reasons)
        if not reasons:
            learners[Learner(person, institution, cohort, invented)] = None
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


def _invented(text: str | None, reasons: list[str]) -> bool | None:
    if text is None:
        return None
    mark = _MARKS.get(text.casefold())
    if mark is None:
        reasons.append(f"invented is {text!r}, not one of {', '.join(_MARKS)}")
    return mark


def _disagreement(
    institution: str, invented: bool | None, line: int, marked: dict[str, tuple[bool | None, int]]
) -> list[str]:
    """An institution is invented or it is not: all rows of one must say the same."""
    earlier, at = marked.setdefault(institution, (invented, line))
    if earlier == invented:
        return []
    said = {True: "yes", False: "no", None: "empty"}
    return [
        f"invented is {said[invented]}, but {said[earlier]} for the same institution, {institution!r}, "
        f"on line {at}: say the same in all its rows"
    ]
