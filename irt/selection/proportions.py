"""Quotas of a test from what a blueprint asks of a whole exam, in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.selection.blueprint import Quotas

#: By which a share may miss a whole number for roundings alone.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Asked:
    """A row of a blueprint: so many items of these topics (None: of any) and this difficulty (None: any)."""

    name: str
    topics: frozenset[int] | None
    difficulty: str | None
    number: int

    @property
    def layer(self) -> tuple[bool, bool]:
        """Rows of one layer share the exam out among themselves; those of another do so once more."""
        return self.topics is not None, self.difficulty is not None

    def within(self, other: Asked) -> bool:
        """Whether all that this asks for counts for `other` of the same layer, too."""
        return (
            self.difficulty == other.difficulty
            and self.topics is not None
            and other.topics is not None
            and self.topics < other.topics
        )


def proportional_quotas(
    asked: Sequence[Asked], topic: ArrayLike, difficulty: Sequence[str | None], length: int
) -> Quotas | None:
    """Quotas of a test of `length` items: each row's share of the exam, up or down to a whole number.

    The exam's size is the largest sum of a layer, rows on a part of another row's topics left out of it. A row that
    every item meets tells the size and is no quota; None where no other row is left.

    Args:
        asked: rows of the blueprint.
        topic: of each item of the bank, shape (items,); any number that no row names where an item has none.
        difficulty: of each item, None where it has none.
        length: items of a full test.

    Raises:
        InvalidArgument: not one topic and difficulty for each item, or a row that asks for less than nothing.
    """
    topics = np.asarray(topic, dtype=np.int64)
    if topics.shape != (len(difficulty),):
        raise InvalidArgument(
            f"each item needs one topic and one difficulty, not {topics.shape} and {len(difficulty)} of them"
        )
    negative = [row.name for row in asked if row.number < 0]
    if negative:
        raise InvalidArgument(f"row {negative[0]!r} of the blueprint asks for less than no item")
    size = _size(asked)
    rows = [row for row in asked if any(row.layer)]
    if not size or not rows:
        return None
    labels = np.array([label or "" for label in difficulty], dtype=np.str_)
    shares = np.array([row.number for row in rows]) / size * length
    return Quotas(
        [row.name for row in rows],
        np.array([_members(row, topics, labels) for row in rows]),
        np.floor(shares + _ROUNDING),
        np.ceil(shares - _ROUNDING),
    )


def _size(asked: Sequence[Asked]) -> int:
    """Items of the whole exam."""
    sums: dict[tuple[bool, bool], int] = {}
    for row in asked:
        if not any(row.within(other) for other in asked):
            sums[row.layer] = sums.get(row.layer, 0) + row.number
    return max(sums.values(), default=0)


def _members(row: Asked, topics: NDArray[np.int64], labels: NDArray[np.str_]) -> NDArray[np.bool_]:
    members = np.ones(len(topics), dtype=np.bool_)
    if row.topics is not None:
        members &= np.isin(topics, list(row.topics))
    if row.difficulty is not None:
        members &= labels == row.difficulty
    return members
