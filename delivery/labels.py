"""What editors said of items, in arrays: by which filters and blueprints go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from database.queries import quotas
from delivery.errors import NoSuchTopic
from delivery.topics import TopicTree

Mask = NDArray[np.bool_]
DIFFICULTIES: Final = ("easy", "medium", "hard")


@dataclass(frozen=True, eq=False)
class Labels:
    """Items with what was said of them, arrays of shape (items,).

    topic_id: -1 where there is none. difficulty: of DIFFICULTIES, -1: unlabelled. bloom: the cognitive level, -1: none.
    pilot: on trial. enemies, sets: places by the name of their group.
    """

    topic_id: NDArray[np.int64]
    difficulty: NDArray[np.int8]
    bloom: NDArray[np.int8]
    pilot: Mask
    enemies: Mapping[str, tuple[int, ...]]
    sets: Mapping[str, tuple[int, ...]]
    topics: TopicTree

    def __len__(self) -> int:
        return len(self.topic_id)

    def where(self, topics: Sequence[str] = (), difficulty: Sequence[str] = ()) -> Mask:
        """Return which items lie in any of the topics' subtrees and have any of the labels; none asked: all.

        Raises NoSuchTopic for a topic that is neither a name nor a path.
        """
        mask = np.ones(len(self), dtype=np.bool_)
        if topics:
            wanted: set[int] = set()
            for asked in topics:
                subtree = self.topics.subtree(asked)
                if not subtree:
                    raise NoSuchTopic(f"there is no topic with the name or path {asked!r}")
                wanted |= subtree
            mask &= np.isin(self.topic_id, np.fromiter(wanted, dtype=np.int64))
        if difficulty:
            mask &= np.isin(self.difficulty, [DIFFICULTIES.index(label) for label in difficulty])
        return mask


def labels_of(said: Sequence[quotas.Labels], topics: TopicTree) -> Labels:
    """Return what is said of items, one after the other."""
    return Labels(
        topic_id=np.array([-1 if one.topic_id is None else one.topic_id for one in said], dtype=np.int64),
        difficulty=difficulties([one.difficulty for one in said]),
        bloom=np.array([one.bloom or -1 for one in said], dtype=np.int8),
        pilot=np.array([one.pilot for one in said], dtype=np.bool_),
        enemies=groups([one.enemies for one in said], fewest=2),
        sets=groups([() if one.item_set is None else (one.item_set,) for one in said], fewest=1),
        topics=topics,
    )


def difficulties(labels: Sequence[str | None]) -> NDArray[np.int8]:
    """Return labels as `Labels` has them."""
    return np.array([-1 if label is None else DIFFICULTIES.index(label) for label in labels], dtype=np.int8)


def groups(named: Sequence[Sequence[str]], *, fewest: int) -> dict[str, tuple[int, ...]]:
    """Places by group, of groups that have enough of them; names in order."""
    found: dict[str, list[int]] = {}
    for place, names in enumerate(named):
        for name in dict.fromkeys(names):
            found.setdefault(name, []).append(place)
    return {name: tuple(found[name]) for name in sorted(found) if len(found[name]) >= fewest}
