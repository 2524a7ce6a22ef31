"""What is held against the truth is held against its like."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.lifecycle.remembered import remembered
from tests.nights.__main__ import _frozen
from tests.nights.found import found
from tests.nights.house import Night
from tests.nights.plan import SHORT
from tests.nights.world import Item, bank


def _night(day: int, items: list[Item], slope: float, shift: float) -> Night:
    """A night that serves the true curves, on its own scale; every fifth with a lower asymptote, so a higher b."""
    live = [
        {
            "question_id": item.question_id, "version": item.version, "status": "ok", "n_respondents": 900,
            "a": item.a / slope, "b": slope * item.b + shift + (0.4 if item.question_id % 5 == 0 else 0.0),
            "c": 0.25 if item.question_id % 5 == 0 else 0.0, "se_a": 0.05, "se_b": 0.05,
        }
        for item in items if item.since <= day < item.until
    ]  # fmt: skip
    return Night(day, True, (), "published", remembered({}), live, [], [])


def test_items_with_a_lower_asymptote_do_not_move_the_scale_that_others_are_held_against() -> None:
    items = bank(SHORT)
    nights = [_night(day, items, 0.9, 0.1) for day in (-1, 0, 3)]
    moved = found(SHORT, items, nights).moved
    assert [each.day for each in moved] == [0, 3]
    assert [each.shift for each in moved] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_a_scale_that_moves_is_seen() -> None:
    items = bank(SHORT)
    nights = [_night(-1, items, 0.9, 0.1), _night(3, items, 0.9, 0.15)]
    (moved,) = found(SHORT, items, nights).moved
    assert moved.shift == pytest.approx(0.05)
    assert np.isfinite(moved.se)


def test_a_wrong_curve_that_stays_the_very_same_is_frozen() -> None:
    items = bank(SHORT)
    nights = [_night(-1, items, 0.9, 0.1), *(_night(day, items, 0.9, 0.1) for day in (3, 4, 5))]
    steady, mended = (row for row in nights[1].live if row["question_id"] in (16, 17))
    for day, night in enumerate(nights[1:]):
        for row in night.live:
            row["b"] += 1.0 if row["question_id"] == steady["question_id"] else 0.0
            row["b"] += 1.0 - 0.1 * day if row["question_id"] == mended["question_id"] else 0.0
    said = found(SHORT, items, nights)
    assert {"I16", "I17"} <= {label for _, label, _ in said.wrong}
    assert "I16" in _frozen(said)
    assert "I17" not in _frozen(said)
    assert said.n_curves > 80
