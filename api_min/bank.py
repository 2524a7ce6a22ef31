"""What may be served to a tenant for an exam, with its parameters, in memory.

A `Bank` is an immutable snapshot: arrays sorted by question id. `Banks` keeps one for each tenant and exam
that is asked for, and loads another when the database says that publications or calibrations have moved.

An item without parameters stands in with what its editors said of it: b from its difficulty label, with a
standard deviation of STAND_IN_SE_B around it; the median a of the bank's calibrated items (those above 0);
c = STAND_IN_C. All in the D = 1.7 metric.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from api_min.errors import UnknownTopic
from api_min.topics import TopicTree
from database.queries import bank as queries

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DIFFICULTIES: Final = ("easy", "medium", "hard")
STAND_IN_B: Final = {"easy": -1.0, "medium": 0.0, "hard": 1.0}
STAND_IN_A: Final = 1.0  # where nothing in the bank is calibrated
STAND_IN_C: Final = 0.2
STAND_IN_SE_B: Final = 1.0


@dataclass(frozen=True, eq=False)
class Bank:
    """Arrays of shape (items,), sorted by question id; a, b, c in the D = 1.7 metric, stand-ins included.

    `se_b` is 0 for a calibrated item and the uncertainty of b for a stand-in. `difficulty` indexes
    DIFFICULTIES, -1: unlabelled; `topic_id` is -1 where there is none. `scale` is the exam whose scale the
    parameters are on, `run_id` the run that fitted them (None: nothing is calibrated).
    """

    question_id: NDArray[np.int64]
    version: NDArray[np.int64]
    a: Floats
    b: Floats
    c: Floats
    se_b: Floats
    calibrated: Mask
    topic_id: NDArray[np.int64]
    difficulty: NDArray[np.int8]
    topics: TopicTree
    scale: str | None
    run_id: uuid.UUID | None
    median_a: float

    def __len__(self) -> int:
        return len(self.question_id)

    def where(self, topics: Sequence[str] = (), difficulty: Sequence[str] = ()) -> Mask:
        """Return which items lie in any of the topics' subtrees and have any of the labels; none asked: all.

        Raises UnknownTopic for a topic that is neither a name nor a path.
        """
        mask = np.ones(len(self), dtype=np.bool_)
        if topics:
            wanted: set[int] = set()
            for asked in topics:
                subtree = self.topics.subtree(asked)
                if not subtree:
                    raise UnknownTopic(f"there is no topic with the name or path {asked!r}")
                wanted |= subtree
            mask &= np.isin(self.topic_id, np.fromiter(wanted, dtype=np.int64))
        if difficulty:
            mask &= np.isin(self.difficulty, [DIFFICULTIES.index(label) for label in difficulty])
        return mask

    def among(self, question_ids: Sequence[int]) -> Mask:
        """Return which items belong to the given questions."""
        return np.isin(self.question_id, np.asarray(question_ids, dtype=np.int64))


def load_bank(connection: Connection, tenant_id: uuid.UUID, exam_code: str | None) -> Bank:
    """Read the bank of a tenant for an exam; None: of whatever is published to the tenant.

    Parameters count on one scale alone: the exam's own where anything of the bank is calibrated on it, else
    the one with most calibrated items. Items calibrated on another scale stand in.
    """
    rows = queries.servable_items(connection, tenant_id, exam_code)
    scale = _scale(rows, exam_code)
    calibrated = np.array([row.a is not None and row.home_exam_code == scale for row in rows], dtype=np.bool_)
    difficulty = [
        -1 if row.difficulty_label is None else DIFFICULTIES.index(row.difficulty_label) for row in rows
    ]
    a = np.array([row.a for row in rows], dtype=np.float64)
    sound = calibrated & (np.nan_to_num(a) > 0.0)  # a mis-keyed item tells nothing of a usual slope
    median_a = float(np.median(a[sound])) if sound.any() else STAND_IN_A
    stand_in_b = np.array([stand_in_difficulty(row.difficulty_label) for row in rows], dtype=np.float64)
    newest = max((row for row, there in zip(rows, calibrated, strict=True) if there),
                 key=lambda row: (row.fitted_at, str(row.run_id)), default=None)  # fmt: skip
    return _freeze(
        Bank(
            question_id=np.array([row.question_id for row in rows], dtype=np.int64),
            version=np.array([row.version for row in rows], dtype=np.int64),
            a=np.where(calibrated, a, median_a),
            b=np.where(calibrated, np.array([row.b for row in rows], dtype=np.float64), stand_in_b),
            c=np.where(calibrated, np.array([row.c for row in rows], dtype=np.float64), STAND_IN_C),
            se_b=np.where(calibrated, 0.0, STAND_IN_SE_B),
            calibrated=calibrated,
            topic_id=np.array([-1 if row.topic_id is None else row.topic_id for row in rows], dtype=np.int64),
            difficulty=np.array(difficulty, dtype=np.int8),
            topics=TopicTree(queries.topics(connection)),
            scale=scale,
            run_id=None if newest is None else newest.run_id,
            median_a=median_a,
        )
    )


def stand_in_difficulty(label: str | None) -> float:
    """Return the b that an editorial label stands for; an unlabelled item is taken for a medium one."""
    return STAND_IN_B["medium" if label is None else label]


class Banks:
    """The banks in memory, at most `capacity` of them, the least recently used dropped first.

    A bank is loaded anew when its stamp in the database has changed, or when it is older than `max_age`
    seconds: that bounds how long anything stays unseen that the stamp does not tell.
    """

    def __init__(
        self, *, max_age: float = 60.0, capacity: int = 64, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_age = max_age
        self._capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[tuple[uuid.UUID, str | None], tuple[str, float, Bank]] = OrderedDict()
        self._loading = asyncio.Lock()

    async def current(self, connection: AsyncConnection, tenant_id: uuid.UUID, exam_code: str | None) -> Bank:
        """Return the bank of the tenant for the exam as it stands; the connection acts within the tenant."""
        key = (tenant_id, exam_code)
        # The stamp is read before the rows: rows newer than their stamp are only loaded once more.
        stamp = await connection.run_sync(queries.stamp, tenant_id, exam_code)
        bank = self._kept_under(key, stamp)
        if bank is not None:
            return bank
        async with self._loading:  # a hundred requests at once load a bank once
            bank = self._kept_under(key, stamp)
            if bank is None:
                bank = await connection.run_sync(load_bank, tenant_id, exam_code)
                self._keep(key, stamp, bank)
        return bank

    def _kept_under(self, key: tuple[uuid.UUID, str | None], stamp: str) -> Bank | None:
        known = self._kept.get(key)
        if known is None or known[0] != stamp or self._clock() - known[1] > self._max_age:
            return None
        self._kept.move_to_end(key)
        return known[2]

    def _keep(self, key: tuple[uuid.UUID, str | None], stamp: str, bank: Bank) -> None:
        if not len(bank):  # whoever asks for exams that are not there must not push out those that are
            return
        self._kept[key] = (stamp, self._clock(), bank)
        self._kept.move_to_end(key)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)


def _scale(rows: Sequence[queries.BankRow], exam_code: str | None) -> str | None:
    counts = Counter(row.home_exam_code for row in rows if row.a is not None)
    if exam_code in counts:
        return exam_code
    return min(counts, key=lambda code: (-counts[code], code), default=None)


def _freeze(bank: Bank) -> Bank:
    for value in vars(bank).values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return bank
