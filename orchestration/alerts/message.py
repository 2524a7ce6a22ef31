"""What is said of a run that failed: which, what stopped it, what that means, where to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dagster import DagsterEvent, DagsterEventType, DagsterRun

from orchestration.run import check_outcome, faults_of

# A webhook's receiver cuts long texts, and nobody reads more in a mail.
_MOST_LISTED = 20
_MOST_CHARACTERS = 500


@dataclass(frozen=True)
class Alert:
    """A failed run. `checks` and `faults` hold a line each; `exam` is None where the job has none."""

    job: str
    run_id: str
    exam: str | None
    checks: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def subject(self) -> str:
        """One line."""
        of = f" of exam {self.exam}" if self.exam else ""
        what = f"{len(self.checks)} checks failed" if len(self.checks) > 1 else "a check failed"
        return f"qbank: {self.job}{of} stopped: {what if self.checks else 'a step failed'}"

    @property
    def text(self) -> str:
        """The whole message."""
        said = [f"check {line}" for line in self.checks] + list(self.faults)
        more = len(said) - _MOST_LISTED
        lines = [self.subject, "", *(f"- {line}" for line in said[:_MOST_LISTED])]
        lines += [f"- and {more} more"] if more > 0 else []
        lines += ["", self._meaning, f"Dagster's run {self.run_id}", 'docs/runbook.md, "A run stopped"']
        return "\n".join(lines)

    @property
    def _meaning(self) -> str:
        if self.exam is None:
            return "What this job makes is as old as its last run that went well."
        return (
            "Nothing was published after the failure; what was live stays live. "
            f"Mend the cause and run again: qbank run --exam {self.exam}"
        )

    def plain(self) -> dict[str, Any]:
        """Return what a webhook gets; `text` is what chat tools show."""
        return {
            "text": self.text,
            "job": self.job,
            "run_id": self.run_id,
            "exam": self.exam,
            "checks": list(self.checks),
            "faults": list(self.faults),
        }


def alert_of(run: DagsterRun, events: Iterable[DagsterEvent], message: str) -> Alert:
    """Return what to say of a failed run, by its events; `message` is Dagster's own word where they say nothing."""
    checks, rest = [], []
    for event in events:
        if event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION:
            found = check_outcome(event.asset_check_evaluation_data)
            if not found.passed and found.severity == "ERROR":
                checks.append(_line(f"{found.name}: {found.description} {found.observed}"))
        else:
            rest.append(event)
    # A step that only says that a check failed says nothing that the check does not.
    faults = [_line(fault) for fault in faults_of(rest) if "asset check failed" not in fault]
    if not checks and not faults:
        faults = [_line(message or "no step says why")]
    return Alert(
        job=run.job_name,
        run_id=run.run_id,
        exam=run.tags.get("dagster/partition"),
        checks=tuple(checks),
        faults=tuple(faults),
    )


def _line(said: str) -> str:
    joined = " ".join(said.split())
    return joined if len(joined) <= _MOST_CHARACTERS else joined[:_MOST_CHARACTERS] + " ..."
