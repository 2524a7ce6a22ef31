"""What an import did, as plain values and as lines for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_AFTERWARDS = "correct that file (or the items) and import it with the same command; what is stored stays"


@dataclass(frozen=True)
class Enrolled:
    """What the learners file said, and what of it was new. Memberships are added; none is taken away.

    `invented_cohorts` counts the file's cohorts marked as invented; `marks_changed` the stored institutions
    and cohorts whose mark became another.
    """

    persons: int
    persons_added: int
    institutions_added: int
    cohorts_added: int
    memberships_added: int
    memberships_unchanged: int
    marks_changed: int
    invented_cohorts: int

    def line(self) -> str:
        """Return it as a line of text."""
        said = (
            f"learners: {_count(self.persons, 'person')} in the file, {self.persons_added:,} of them new; "
            f"{_count(self.institutions_added, 'institution')}, {_count(self.cohorts_added, 'cohort')} and "
            f"{_count(self.memberships_added, 'membership')} added, {self.memberships_unchanged:,} unchanged, "
            "0 removed"
        )
        if self.invented_cohorts:
            said += f"; {_count(self.invented_cohorts, 'cohort')} of the file marked as invented"
        if self.marks_changed:
            said += f"; {_count(self.marks_changed, 'mark')} of being invented changed"
        return said


@dataclass(frozen=True)
class BlueprintChange:
    """What the blueprint file changed in the quotas that the exam had."""

    added: int
    changed: int
    unchanged: int
    removed: int

    def line(self) -> str:
        """Return it as a line of text."""
        quotas = self.added + self.changed + self.unchanged
        return (
            f"blueprint: {_count(quotas, 'quota')}; {self.added:,} added, {self.changed:,} changed, "
            f"{self.unchanged:,} unchanged, {self.removed:,} removed"
        )


@dataclass(frozen=True)
class ImportSummary:
    """Figures of one import.

    `with_responses` tells whether items and responses came; without them their figures are 0. `read` counts
    the answers in the file; each is in exactly one of `added`, `already_there` and `rejected`. Cells and
    rows without an answer are `no_answer`; those of them that are rejected, for instance because their
    item is not known, are `rejected_no_answer` and stand in the rejects file too. `rejects` counts rejected
    answers by reason. `synthetic_at` and `synthetic_time` tell whether instants and response times of this
    file's answers were made up from the seed. `learners` and `blueprint` are None where no such file came.
    """

    exam: str
    with_responses: bool = False
    items: int = 0
    versions_added: int = 0
    persons: int = 0
    sessions: int = 0
    read: int = 0
    no_answer: int = 0
    added: int = 0
    already_there: int = 0
    rejected: int = 0
    rejected_no_answer: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)
    rejects_file: Path | None = None
    warnings: tuple[str, ...] = ()
    synthetic_at: bool = False
    synthetic_time: bool = False
    learners: Enrolled | None = None
    blueprint: BlueprintChange | None = None
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """Return the summary as lines of text."""
        lines = self._of_responses() if self.with_responses else [f"exam {self.exam}: {self.seconds:.1f} s"]
        lines += [said.line() for said in (self.learners, self.blueprint) if said is not None]
        lines += self._of_rejects()
        return lines + [f"warning: {warning}" for warning in self.warnings]

    def _of_responses(self) -> list[str]:
        lines = [
            f"exam {self.exam}: {_count(self.items, 'item')}, {_count(self.versions_added, 'version')} added, "
            f"{_count(self.persons, 'person')}, {_count(self.sessions, 'session')}",
            f"responses: {self.read:,} read "
            f"({_count(self.no_answer, 'cell')} without an answer), {self.added:,} added, "
            f"{self.already_there:,} already there, {self.rejected:,} rejected; {self.seconds:.1f} s",
        ]
        if self.synthetic_at and self.synthetic_time:
            lines.append("no clock in the file: dates and response times are synthetic, made from the seed")
        elif self.synthetic_at:
            lines.append(
                "some or all answers have no date in the file: theirs are synthetic, made from the seed"
            )
        return lines

    def _of_rejects(self) -> list[str]:
        lines = [f"rejected: {count:,} x {reason}" for reason, count in self.rejects.items()]
        if self.rejected_no_answer:
            lines.append(f"rejected besides: {_count(self.rejected_no_answer, 'cell')} without an answer")
        if self.rejects_file is not None:
            lines.append(f"rejected rows with line and reason: {self.rejects_file}; {_AFTERWARDS}")
        return lines


def keep(summary: ImportSummary, folder: Path) -> None:
    """Keep in `folder` what the exam's last import of responses said, as JSON, for summaries and pages."""
    if not summary.with_responses:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = _kept(folder, summary.exam)
    path.write_text(json.dumps(asdict(summary), default=str, indent=2) + "\n", encoding="utf-8")


def last_import(folder: Path, exam: str) -> dict[str, Any] | None:
    """Return what the exam's last import of responses said; None where none was kept in `folder`."""
    path = _kept(folder, exam)
    kept: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return kept


def _kept(folder: Path, exam: str) -> Path:
    return folder / f"{exam}.json"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
