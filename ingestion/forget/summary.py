"""What forgetting a learner removed, store by store, and what is out of reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ForgetSummary:
    """Counts of one forgetting; `dry_run`: of what it would remove.

    `rows` counts rows of Postgres by table, `answers` those of ClickHouse (None: there is none), `messages`
    those of each log or topic: erased, or (`in_topic`) staying until the topic's retention. `files` says
    what became of files below the home, `files_left` names those that still hold an id.
    """

    dry_run: bool
    known_before: bool
    rows: Mapping[str, int]
    answers: int | None
    messages: Mapping[str, int]
    in_topic: frozenset[str]
    files: Mapping[str, str]
    files_left: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the learner was found anywhere."""
        return not (any(self.rows.values()) or self.answers or any(self.messages.values()) or self.files)

    def lines(self) -> list[str]:
        """Return the summary for a person, a line for each store."""
        went = "would be removed" if self.dry_run else "removed"
        rows = ", ".join(f"{name} {n:,}" for name, n in sorted(self.rows.items()))
        lines = ["forgotten before; once more:"] if self.known_before else []
        lines.append(f"Postgres: {sum(self.rows.values()):,} rows {went}" + (f" ({rows})" if rows else ""))
        lines.append(
            "ClickHouse: there is none"
            if self.answers is None
            else f"ClickHouse: {self.answers:,} answers {went}, and the sums of their hours made anew"
        )
        for place, n in self.messages.items():
            if place in self.in_topic:
                lines.append(
                    f"{place}: {n:,} messages stay until the topic's retention removes them, or its owner deletes "
                    "them; no drain or replay stores them"
                )
            else:
                lines.append(f"{place}: {n:,} messages {went}")
        lines.append(
            f"files: {len(self.files):,} changed" + "".join(f"; {p}: {s}" for p, s in self.files.items())
        )
        lines += [f"! still named in {path}: delete it, or the record in it" for path in self.files_left]
        return lines
