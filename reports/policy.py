"""What the page says of the response policy: what became of the answers, and whether the rule for guesses is fair."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RapidGuesses:
    """How often the answers that were removed as rapid guesses are right: `accuracy`, interval [low, high] at `level`.

    Over `n_compared` of `n` answers: those to items whose options are known, if there are any. `chance` is the
    mean of 1 / options of the same answers, `c` that of the 3PL's c; None where not known.
    """

    n: int
    n_persons: int
    n_compared: int
    accuracy: float
    low: float
    high: float
    level: float
    chance: float | None
    c: float | None


@dataclass(frozen=True)
class Shift:
    """An item's a and b, and what they were had rapid guesses counted as answers (`_with`)."""

    item: str
    a: float
    a_with: float
    b: float
    b_with: float


@dataclass(frozen=True)
class Sensitivity:
    """The fit beside one in which `n_added` rapid guesses count; `shifts` are the items that move most, in a or b.

    The largest shifts are None where no item was fitted both ways, the correlation of b with fewer than three.
    """

    n_added: int
    correlation_b: float | None
    largest_shift_a: float | None
    largest_shift_b: float | None
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class ResponsePolicy:
    """Number of first attempts by what became of them; None: there were no rapid guesses, or none in the fit."""

    dispositions: tuple[tuple[str, int], ...]
    rapid_guesses: RapidGuesses | None = None
    sensitivity: Sensitivity | None = None
    warning: str | None = None
