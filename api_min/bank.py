"""What may be served to a tenant for an exam, with its parameters, in memory: immutable, sorted by question id.

An item without parameters stands in with what its editors said of it: b from its difficulty label, with a
standard deviation of STAND_IN_SE_B around it; the median a of the bank's calibrated items (those above 0);
c = STAND_IN_C. All in the D = 1.7 metric.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from api_min.errors import UnknownTopic
from database.queries import bank as queries
from delivery import labels
from delivery.errors import NoSuchTopic
from delivery.topics import TopicTree
from irt.selection import Constraints, SelectionBank

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

STAND_IN_B: Final = {"easy": -1.0, "medium": 0.0, "hard": 1.0}
STAND_IN_A: Final = 1.0  # where nothing in the bank is calibrated
STAND_IN_C: Final = 0.2
STAND_IN_SE_B: Final = 1.0


@dataclass(frozen=True, eq=False)
class Bank(labels.Labels):
    """Arrays of shape (items,), sorted by question id; a, b, c in the D = 1.7 metric, stand-ins included.

    `se_b` is 0 for a calibrated item and the uncertainty of b for a stand-in; `error_b` is the standard error that
    was published with a calibrated item's b (0: none was). `scale` is the exam whose scale the parameters are on,
    `run_id` the run that fitted them (None: nothing is calibrated).
    """

    question_id: NDArray[np.int64]
    version: NDArray[np.int64]
    a: Floats
    b: Floats
    c: Floats
    se_b: Floats
    error_b: Floats
    calibrated: Mask
    exam_code: str | None
    scale: str | None
    run_id: uuid.UUID | None
    median_a: float
    #: Blueprints of tests of this bank as rows, by quotas and length (`api_min.blueprints`).
    rows: dict[tuple[Any, int], Constraints | None] = field(default_factory=dict, repr=False)

    def where(self, topics: Sequence[str] = (), difficulty: Sequence[str] = ()) -> Mask:
        """Return as `Labels.where`, and raise UnknownTopic where that finds no topic."""
        try:
            return super().where(topics, difficulty)
        except NoSuchTopic as fault:
            raise UnknownTopic(str(fault)) from fault

    def places(self, question_ids: Sequence[int]) -> NDArray[np.int64]:
        """Return the places of the questions that are in it, in the order given."""
        at, there = self.find(question_ids)
        return at[there]

    def find(self, question_ids: Sequence[int]) -> tuple[NDArray[np.int64], Mask]:
        """Return a place for each question, and whether it is there; the place of one that is not says nothing."""
        asked = np.asarray(question_ids, dtype=np.int64)
        if not len(self):
            return np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked), dtype=np.bool_)
        at = np.minimum(self.question_id.searchsorted(asked), len(self) - 1)
        return at, self.question_id[at] == asked

    def items(self, *, errors: bool = False) -> SelectionBank:
        """Return the items to choose from; with `errors`, b is as uncertain as was published with it.

        The first call ranks them, which takes about a second for 100,000.
        """
        return self._with_errors if errors else self._as_known

    @cached_property
    def own(self) -> Mask:
        """What is not on trial."""
        return ~self.pilot

    @cached_property
    def sound(self) -> Mask:
        """What better learners do not fail."""
        return self.a > 0.0

    @cached_property
    def _as_known(self) -> SelectionBank:
        return self._selection(self.se_b)

    @cached_property
    def _with_errors(self) -> SelectionBank:
        return self._selection(np.where(self.calibrated, self.error_b, self.se_b))

    def _selection(self, se_b: Floats) -> SelectionBank:
        return SelectionBank(self.a, self.b, self.c, se_b=se_b, stand_in=~self.calibrated, pilot=self.pilot)

    def among(self, question_ids: Sequence[int]) -> Mask:
        """Return which items belong to the given questions."""
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[self.places(question_ids)] = True
        return mask


def load_bank(connection: Connection, tenant_id: uuid.UUID, exam_code: str | None) -> Bank:
    """Read the bank of a tenant for an exam; None: of whatever is published to the tenant.

    Parameters count on one scale alone: the exam's own where anything of the bank is calibrated on it, else
    the one with most calibrated items. Items calibrated on another scale stand in.
    """
    rows = queries.servable_items(connection, tenant_id, exam_code)
    scale = _scale(rows, exam_code)
    calibrated = np.array([row.a is not None and row.home_exam_code == scale for row in rows], dtype=np.bool_)
    a = np.array([row.a for row in rows], dtype=np.float64)
    sound = calibrated & (np.nan_to_num(a) > 0.0)  # a mis-keyed item tells nothing of a usual slope
    median_a = float(np.median(a[sound])) if sound.any() else STAND_IN_A
    stand_in_b = np.array([stand_in_difficulty(row.difficulty_label) for row in rows], dtype=np.float64)
    newest = max((row for row, there in zip(rows, calibrated, strict=True) if there),
                 key=lambda row: (row.fitted_at, str(row.run_id)), default=None)  # fmt: skip
    return freeze(
        Bank(
            question_id=np.array([row.question_id for row in rows], dtype=np.int64),
            version=np.array([row.version for row in rows], dtype=np.int64),
            a=np.where(calibrated, a, median_a),
            b=np.where(calibrated, np.array([row.b for row in rows], dtype=np.float64), stand_in_b),
            c=np.where(calibrated, np.array([row.c for row in rows], dtype=np.float64), STAND_IN_C),
            se_b=np.where(calibrated, 0.0, STAND_IN_SE_B),
            error_b=np.where(calibrated, np.array([row.se_b or 0.0 for row in rows]), 0.0),
            calibrated=calibrated,
            pilot=np.array([row.pilot for row in rows], dtype=np.bool_),
            topic_id=np.array([-1 if row.topic_id is None else row.topic_id for row in rows], dtype=np.int64),
            difficulty=labels.difficulties([row.difficulty_label for row in rows]),
            bloom=np.array([row.bloom_level or -1 for row in rows], dtype=np.int8),
            enemies=labels.groups([row.enemies for row in rows], fewest=2),
            sets=labels.groups([() if row.item_set is None else (row.item_set,) for row in rows], fewest=1),
            topics=TopicTree(queries.topics(connection)),
            exam_code=exam_code,
            scale=scale,
            run_id=None if newest is None else newest.run_id,
            median_a=median_a,
        )
    )


def stand_in_difficulty(label: str | None) -> float:
    """Return the b that an editorial label stands for; an unlabelled item is taken for a medium one."""
    return STAND_IN_B["medium" if label is None else label]


def _scale(rows: Sequence[queries.BankRow], exam_code: str | None) -> str | None:
    counts = Counter(row.home_exam_code for row in rows if row.a is not None)
    if exam_code in counts:
        return exam_code
    return min(counts, key=lambda code: (-counts[code], code), default=None)


def freeze(bank: Bank) -> Bank:
    """Make the bank's arrays unwritable, and return it."""
    for value in vars(bank).values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return bank
