"""What an import did, as plain values and as lines for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_AFTERWARDS = "correct that file (or the items) and import it with the same command; what is stored stays"


@dataclass(frozen=True)
class ImportSummary:
    """Figures of one import.

    `read` counts the answers in the file; each is in exactly one of `added`, `already_there` and
    `rejected`. Cells and rows without an answer are `no_answer`; those of them that are rejected, for
    instance because their item is not known, are `rejected_no_answer` and stand in the rejects file too.
    `rejects` counts rejected answers by reason. `synthetic_at` and `synthetic_time` tell whether instants
    and response times of this file's answers were made up from the seed.
    """

    exam: str
    items: int
    versions_added: int
    persons: int
    sessions: int
    read: int
    no_answer: int
    added: int
    already_there: int
    rejected: int
    rejected_no_answer: int
    rejects: Mapping[str, int]
    rejects_file: Path | None
    warnings: tuple[str, ...]
    synthetic_at: bool
    synthetic_time: bool
    memberships_added: int
    quotas: int | None
    seconds: float

    def lines(self) -> list[str]:
        """Return the summary as lines of text."""
        lines = [
            f"exam {self.exam}: {_count(self.items, 'item')}, {_count(self.versions_added, 'version')} added, "
            f"{_count(self.persons, 'person')}, {_count(self.sessions, 'session')}",
            f"responses: {self.read:,} read "
            f"({_count(self.no_answer, 'cell')} without an answer), {self.added:,} added, "
            f"{self.already_there:,} already there, {self.rejected:,} rejected; {self.seconds:.1f} s",
        ]
        if self.memberships_added:
            lines.append(f"learners: {_count(self.memberships_added, 'cohort membership')} added")
        if self.quotas is not None:
            lines.append(f"blueprint: {_count(self.quotas, 'quota')}")
        if self.synthetic_at and self.synthetic_time:
            lines.append("no clock in the file: dates and response times are synthetic, made from the seed")
        elif self.synthetic_at:
            lines.append(
                "some or all answers have no date in the file: theirs are synthetic, made from the seed"
            )
        lines += [f"rejected: {count:,} x {reason}" for reason, count in self.rejects.items()]
        if self.rejected_no_answer:
            lines.append(f"rejected besides: {_count(self.rejected_no_answer, 'cell')} without an answer")
        if self.rejects_file is not None:
            lines.append(f"rejected rows with line and reason: {self.rejects_file}; {_AFTERWARDS}")
        return lines + [f"warning: {warning}" for warning in self.warnings]


def keep(summary: ImportSummary, folder: Path) -> None:
    """Keep in `folder` what the exam's last import said, as JSON, for summaries and pages."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _kept(folder, summary.exam)
    path.write_text(json.dumps(asdict(summary), default=str, indent=2) + "\n", encoding="utf-8")


def last_import(folder: Path, exam: str) -> dict[str, Any] | None:
    """Return what the exam's last import said; None where none was kept in `folder`."""
    path = _kept(folder, exam)
    kept: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return kept


def _kept(folder: Path, exam: str) -> Path:
    return folder / f"{exam}.json"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
