"""What a run remembers of its own making: the column `calibration_runs.lifecycle`, with its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which model an item is served with, and why. `guessing`: "free", "common" or the number c is fixed at.

    `lead` and `apart`: of `irt.choice.three_pl_rule`; None where no other model was weighed.
    """

    question_id: int
    version: int
    item: str
    n: int
    model: Literal["none", "1PL", "2PL", "3PL"]
    guessing: str | float | None = None
    lead: float | None = None
    apart: float | None = None
    reason: str


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a former version's parameters when a question was edited."""

    question_id: int
    version: int
    item: str
    edit_kind: Literal["cosmetic", "wording", "options", "key"]
    based_on: int
    done: Literal["carried over", "prior", "afresh", "voided"]
    sentence: str


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of an item that holds, or may come to hold, the scale; compared with what is frozen.

    distance: weighted root mean square difference of the curves, in probability; None where not compared.
    suspect: it looks moved, and may be by chance: held, and holding nothing tonight.
    """

    question_id: int
    version: int
    item: str
    verdict: Literal["held", "dropped", "promoted", "probation", "new"]
    distance: float | None = None
    q_value: float | None = None
    a_frozen: float | None = None
    b_frozen: float | None = None
    a_now: float | None = None
    b_now: float | None = None
    n_now: int | None = None
    suspect: bool = False
    reason: str = ""


class Lifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """How a run came to be what it is.

    skipped:        why nothing was fitted anew; None: it was fitted.
    classical_only: why the exam gets classical statistics only; None: it gets parameters.
    defines_scale:  True where this run's population is the scale's N(0, 1).
    too_few_anchors: why the scale cannot be held; None: it can. Such a run is never published.
    scale_reason:   what holds the scale, or why nothing does yet.
    link:           of tonight's free fit to the frozen anchors: A, B, n_used, n_dropped, method, days, n_responses; or
                    not_compared, the reason; empty: none.
    serving_reason: why the serving fit is the one it is.
    """

    policy: dict[str, Any]
    skipped: str | None = None
    classical_only: str | None = None
    defines_scale: bool = False
    too_few_anchors: str | None = None
    scale_reason: str = ""
    link: dict[str, Any] = {}
    serving_reason: str = ""
    choices: list[Choice] = []
    edits: list[Edit] = []
    anchors: list[Anchor] = []

    def plain(self) -> dict[str, Any]:
        """Return what the column holds."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return made


def remembered(plain: Mapping[str, Any]) -> Lifecycle:
    """Return a run's lifecycle from its column; a run of before there was one remembers nothing."""
    return msgspec.convert({"policy": {}, **plain}, Lifecycle)
