from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.selection.eligibility import count_session, eligibility_probability, nearest_point
from irt.selection.eligibility_counts import EligibilityCounts

POINTS = [-1.0, 0.0, 1.0]


def counted(sessions: int = 40, items: int = 6) -> EligibilityCounts:
    rng = np.random.default_rng(2)
    counts = EligibilityCounts.empty(POINTS, items, 0.3)
    for _ in range(sessions):
        drawn = rng.random((3, items)) < 0.8
        met = drawn[1] & (rng.random(items) < 0.5)
        counts = count_session(
            counts, nearest_point(rng.normal(), POINTS), met, drawn, feasible=bool(rng.random() < 0.9)
        )
    return counts


def test_counts_go_through_json_to_the_bit() -> None:
    counts = counted()
    back = EligibilityCounts.from_plain(json.loads(json.dumps(counts.plain())))
    assert back.plain() == counts.plain()
    assert (eligibility_probability(back) == eligibility_probability(counts)).all()


def test_arrays_cannot_be_written_to_and_are_the_counts_own() -> None:
    points = np.array(POINTS)
    counts = EligibilityCounts.empty(points, 4, 0.2)
    points[0] = 9.0
    assert counts.points.tolist() == POINTS
    with pytest.raises(ValueError, match="read-only"):
        counts.administered[0, 0] = 1.0


def test_a_changed_bank_keeps_what_is_known_of_its_items() -> None:
    counts = counted()
    moved = counts.carried(np.array([5, -1, 0]), [0.1, 0.2, 0.3])
    for name in ("administered", "open"):
        before, after = getattr(counts, name), getattr(moved, name)
        assert (after[:, [0, 2]] == before[:, [5, 0]]).all()
        assert (after[:, 1] == 0.0).all()
    assert (eligibility_probability(moved)[:, 1] == 1.0).all()
    assert moved.sessions.tolist() == counts.sessions.tolist()
    assert moved.r_max.tolist() == [0.1, 0.2, 0.3]
    for places in ([0, 0], [6], [-2]):
        with pytest.raises(InvalidArgument, match="different indices below 6, or -1"):
            counts.carried(np.array(places), 0.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": [0.0, 0.0, 1.0]}, "must ascend"),
        ({"points": [0.0, np.nan, 1.0]}, "all of them finite"),
        ({"points": []}, "at least one theta point"),
        ({"r_max": [0.2, 0.0]}, "above 0 and at most 1"),
        ({"r_max": [0.2, np.nan]}, "above 0 and at most 1"),
        ({"fade": 0.0}, "fade must be above 0"),
        ({"sessions": [1.0, 2.0]}, "sessions has shape"),
        ({"feasible": [6.0, 0.0, 0.0]}, "feasible must lie between 0"),
        ({"administered": np.full((3, 2), -1.0)}, "administered must lie between 0"),
        ({"open": np.full((3, 2), np.inf)}, "open must lie between 0"),
    ],
)
def test_what_cannot_be_counts_is_refused(change: dict[str, Any], message: str) -> None:
    plain = EligibilityCounts.empty(POINTS, 2, 0.2).plain() | {"sessions": [5.0, 5.0, 5.0]}
    with pytest.raises(InvalidArgument, match=message):
        EligibilityCounts.from_plain(plain | change)


def test_plain_values_of_something_else_are_refused() -> None:
    plain = EligibilityCounts.empty(POINTS, 2, 0.2).plain()
    with pytest.raises(InvalidArgument, match=r"consist of administered, .* not "):
        EligibilityCounts.from_plain({name: value for name, value in plain.items() if name != "open"})
    for wrong in ([[1.0, 2.0], [3.0]], "text"):
        with pytest.raises(InvalidArgument, match="must be lists of numbers"):
            EligibilityCounts.from_plain(plain | {"administered": wrong})
