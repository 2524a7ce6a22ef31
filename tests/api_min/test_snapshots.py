"""A bank comes back from its snapshot to the bit, and equal banks have equal hashes."""

from __future__ import annotations

import dataclasses
import uuid

import numpy as np
import pytest

from api_min.snapshots import restored, snapshot
from database.queries.bank import TopicRow
from delivery.topics import TopicTree
from tests.api_min.made import bank

RNG = np.random.default_rng(3)
FULL = bank(
    RNG.normal(1, 0.3, 50),
    RNG.normal(0, 1, 50),
    RNG.uniform(0, 0.3, 50),
    error_b=RNG.uniform(0, 0.2, 50),
    pilot=RNG.random(50) < 0.1,
    topic_id=RNG.integers(-1, 3, 50),
    difficulty=RNG.integers(-1, 3, 50).astype(np.int8),
    bloom=RNG.integers(-1, 6, 50).astype(np.int8),
    enemies={"twins": (1, 4), "x": (2, 3, 9)},
    sets={"stimulus ä": (7, 8)},
    topics=TopicTree([TopicRow(1, None, "Medicine", "m"), TopicRow(2, 1, "Heart", None)]),
    run_id=uuid.UUID(int=77),
)


@pytest.mark.parametrize("one", [FULL, bank([], []), dataclasses.replace(FULL, run_id=None, exam_code=None)])
def test_it_comes_back_to_the_bit(one):
    made = snapshot(one)
    again = restored(made.content, made.hash)
    for field in dataclasses.fields(one):
        before, after = getattr(one, field.name), getattr(again, field.name)
        if isinstance(before, np.ndarray):
            assert after.tobytes() == np.asarray(before, dtype=after.dtype).tobytes(), field.name
            assert not after.flags.writeable
        elif field.name == "topics":
            assert after.rows == before.rows
        else:
            assert after == before, field.name
    assert snapshot(again) == made
    assert (made.n_items, made.calibration_run_id, made.exam_code) == (len(one), one.run_id, one.exam_code)


def test_the_least_change_is_another_bank():
    b = FULL.b.copy()
    b[3] = np.nextafter(b[3], 9.0)
    assert snapshot(dataclasses.replace(FULL, b=b)).hash != snapshot(FULL).hash
    assert snapshot(dataclasses.replace(FULL, enemies={})).hash != snapshot(FULL).hash


def test_what_was_changed_since_is_refused():
    made = snapshot(FULL)
    with pytest.raises(ValueError, match="changed or damaged"):
        restored(snapshot(bank([1.0], [0.0])).content, made.hash)
