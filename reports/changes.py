"""What holds a run's scale, what changed since the run before, and who let it go live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AnchorRow:
    """An item that holds, or may come to hold, the scale: frozen parameters and tonight's, distance of the curves."""

    item: str
    verdict: str
    a_frozen: float | None
    a_now: float | None
    b_frozen: float | None
    b_now: float | None
    n_now: int | None
    distance: float | None
    q_value: float | None
    reason: str = ""


@dataclass(frozen=True)
class Scale:
    """The scale: which version, what holds it, the link of tonight's free fit, and every item that was compared."""

    version: int | None
    sentence: str
    link: tuple[tuple[str, str], ...] = ()
    verdicts: Mapping[str, int] = field(default_factory=dict)
    anchors: tuple[AnchorRow, ...] = ()
    warning: str = ""


@dataclass(frozen=True)
class Moved:
    """An item whose served curve moved: parameters before and now, distance in probability."""

    item: str
    a_before: float
    a: float
    b_before: float
    b: float
    distance: float


@dataclass(frozen=True)
class Limit:
    """A figure of simulated sessions: on what was live, on this run, how far it may go."""

    name: str
    old: float
    new: float
    limit: float
    passed: bool


@dataclass(frozen=True)
class Changes:
    """This run beside the one that was live before; `before` None: there was none."""

    before: str | None
    before_at: dt.datetime | None = None
    counts: tuple[tuple[str, int | None, int], ...] = ()
    n_compared: int = 0
    median: float | None = None
    n_changed: int = 0
    effect: float = 0.05
    moved: tuple[Moved, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    other_model: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    gate: str = ""
    edits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Decision:
    """What was decided of the run, by whom, when and why."""

    decision: str
    by: str
    at: dt.datetime
    reason: str
