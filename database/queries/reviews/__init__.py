"""Reviews of calibration runs: what each says, what keeps one from going live, what was decided of it by whom."""

from __future__ import annotations

from database.queries.reviews.deciding import (
    PIPELINE,
    block,
    check,
    decide,
    decisions,
    find,
    rolled_back,
    short,
    standing,
)
from database.queries.reviews.holding import Hold, held, hold
from database.queries.reviews.looking import difference, run, runs

__all__ = [
    "PIPELINE",
    "Hold",
    "block",
    "check",
    "decide",
    "decisions",
    "difference",
    "find",
    "held",
    "hold",
    "rolled_back",
    "run",
    "runs",
    "short",
    "standing",
]
