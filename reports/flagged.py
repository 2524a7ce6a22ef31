"""Items that a person should look at: why, what to do, and who chose which option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Of the drawing of an item's options, in pixels.
WIDTH, HEIGHT = 250, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 26, 8, 24
_APART = 11.0


@dataclass(frozen=True)
class Option:
    """An option, how often it was chosen in each third of the rest scores (None: nobody is there), and by whom."""

    label: str
    is_key: bool
    n: int
    proportion: float
    correlation: float | None
    thirds: tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Flag:
    """One thing to look at; `decided` says who accepted or dismissed it, when and why, empty while it is open."""

    kind: str
    sentence: str
    action: str
    state: str = "open"
    decided: str = ""


@dataclass(frozen=True)
class Line:
    """An option as drawn: its points as SVG takes them, and where its label stands."""

    label: str
    is_key: bool
    points: str
    x: float
    y: float


@dataclass(frozen=True)
class Flagged:
    """An item with flags, its classical statistics, and its options where they are known."""

    item: str
    flags: tuple[Flag, ...]
    n: int = 0
    p_value: float | None = None
    point_biserial: float | None = None
    options: tuple[Option, ...] = ()

    @property
    def open(self) -> bool:
        """Whether something about it waits for a person."""
        return any(flag.state == "open" for flag in self.flags)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The options as lines over the thirds, labels apart from each other."""
        drawn = [(option, _points(option.thirds)) for option in self.options]
        there = [(option, points) for option, points in drawn if points]
        heights = _apart([points[-1][1] for _, points in there])
        return tuple(
            Line(
                option.label,
                option.is_key,
                " ".join(f"{x:.1f},{y:.1f}" for x, y in points),
                points[-1][0] + 6.0,
                height,
            )
            for (option, points), height in zip(there, heights, strict=True)
        )


def _points(thirds: Sequence[float | None]) -> list[tuple[float, float]]:
    step = (WIDTH - _LEFT - _RIGHT) / 2.0
    tall = HEIGHT - _TOP - _BOTTOM
    return [
        (_LEFT + step * place, _TOP + tall * (1.0 - share))
        for place, share in enumerate(thirds)
        if share is not None
    ]


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights, each at least a line from the next, as near to where they were as the order allows."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    moved = list(heights)
    for before, place in pairwise(order):
        moved[place] = max(moved[place], moved[before] + _APART)
    over = moved[order[-1]] - (HEIGHT - _BOTTOM) if order else 0.0
    return [height - max(over, 0.0) for height in moved]
