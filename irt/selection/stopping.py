"""When a session ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from irt.errors import InvalidArgument
from irt.selection.sprt import Classification, decided


class Reason(StrEnum):
    """Why a session ended."""

    SE = "se"
    CLASSIFIED = "classified"
    LENGTH = "length"
    ALL = "all"  # every criterion of a rule that requires all
    MAX_LENGTH = "max_length"
    TIME = "time"


@dataclass(frozen=True)
class Progress:
    """A session so far; items that are piloted are in none of these.

    items:   answered or skipped, as the caller counts them.
    se:      standard error of theta, infinite or NaN while there is none.
    seconds: since the session began.
    ratio:   log likelihood ratio, by `irt.selection.sprt`, for a rule that classifies.
    """

    items: int
    se: float = float("inf")
    seconds: float = 0.0
    ratio: float = 0.0


@dataclass(frozen=True)
class StoppingRule:
    """When to stop. A session ends once a criterion holds, or all of them, and never beyond a limit.

    Criteria, of which at least one or a limit is needed:
        length:         so many items.
        se:             the standard error of theta is at most this.
        classification: theta lies on one side of a cut score.
    require:    "any" criterion, or "all" of those given.
    min_length: items before a criterion counts.
    max_length: items at which the session ends anyway.
    seconds:    time after which no further item is served, however few there were.

    Raises:
        InvalidArgument: no criterion and no limit, values outside their range, lengths that contradict each
            other, or a rule under which a session might never end.
    """

    length: int | None = None
    se: float | None = None
    classification: Classification | None = None
    require: Literal["any", "all"] = "any"
    min_length: int = 1
    max_length: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.require not in ("any", "all"):
            raise InvalidArgument(f"require must be any or all, not {self.require!r}")
        for name in ("se", "seconds"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0.0):
                raise InvalidArgument(f"{name} must be a finite number above 0, not {value}")
        self._check_lengths()
        self._check_end()

    @property
    def shortest(self) -> int:
        """Items that a session has at least, whatever is answered."""
        if self.seconds is not None:
            return 1
        open_ended = self.se is not None or self.classification is not None
        if open_ended and (self.require == "any" or self.length is None):
            return self.min_length
        return min(n for n in (self.length, self.max_length) if n is not None)

    def _check_lengths(self) -> None:
        if self.min_length < 1:
            raise InvalidArgument(f"min_length must be at least 1, not {self.min_length}")
        for name in ("length", "max_length"):
            value = getattr(self, name)
            if value is not None and value < self.min_length:
                raise InvalidArgument(f"{name} must be at least min_length {self.min_length}, not {value}")
        if self.length is not None and self.max_length is not None and self.length > self.max_length:
            raise InvalidArgument(
                f"length {self.length} is never reached with a max_length of {self.max_length}"
            )

    def _check_end(self) -> None:
        open_ended = self.se is not None or self.classification is not None
        ends = self.length is not None and (self.require == "any" or not open_ended)
        if not ends and self.max_length is None and self.seconds is None:
            raise InvalidArgument(
                "a session might never end by this rule: give it a max_length or seconds"
                + ("" if open_ended else ", or a length")
            )


def stop(rule: StoppingRule, progress: Progress) -> Reason | None:
    """Why the session ends now, or None while it goes on.

    A criterion that holds is named before a limit that is reached at the same time.

    Raises:
        InvalidArgument: negative items or seconds, or a log likelihood ratio that is not a number.
    """
    if progress.items < 0 or not progress.seconds >= 0.0 or np.isnan(progress.ratio):
        raise InvalidArgument(
            f"a session has items and seconds from 0 on and a ratio, not {progress.items}, "
            f"{progress.seconds} and {progress.ratio}"
        )
    if progress.items >= rule.min_length:
        reason = _by_criteria(rule, progress)
        if reason is not None:
            return reason
    if rule.max_length is not None and progress.items >= rule.max_length:
        return Reason.MAX_LENGTH
    if rule.seconds is not None and progress.seconds >= rule.seconds:
        return Reason.TIME
    return None


def _by_criteria(rule: StoppingRule, progress: Progress) -> Reason | None:
    held: dict[Reason, bool] = {}
    if rule.classification is not None:
        held[Reason.CLASSIFIED] = decided(rule.classification, progress.ratio) is not None
    if rule.se is not None:
        held[Reason.SE] = progress.se <= rule.se
    if rule.length is not None:
        held[Reason.LENGTH] = progress.items >= rule.length
    if rule.require == "all" and len(held) > 1:
        return Reason.ALL if all(held.values()) else None
    return next((reason for reason, holds in held.items() if holds), None)
