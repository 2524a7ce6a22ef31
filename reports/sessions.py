"""The page on simulated adaptive sessions: what the bank allows, and what each configuration makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from reports.page import Plot, render_page


@dataclass(frozen=True)
class Bound:
    """What was asked of the bank by a configuration, whether it can be met, and the bound in words."""

    configuration: str
    demand: str
    feasible: bool
    sentence: str


@dataclass(frozen=True)
class Line:
    """One figure, as text for each configuration; `meaning` explains it."""

    name: str
    meaning: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class SessionsReport:
    """All that the page shows; `lines` have one value for each of `configurations`."""

    bank: str
    items: int
    simulees: int
    population: str
    seed: int
    played_at: dt.datetime
    configurations: tuple[str, ...]
    bounds: Sequence[Bound]
    lines: Sequence[Line]
    plots: Sequence[Plot]


def render(report: SessionsReport) -> str:
    """Return the page as text."""
    return render_page(
        "sessions.html", report=report, unmet=[each for each in report.bounds if not each.feasible]
    )
