"""Runs are compared by curves: what came or went first, then what learners would notice most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from irt.models import probability
from orchestration.comparison import compare


def row(
    question: int, old: tuple[float, float, float] | None, new: tuple[float, float, float] | None
) -> dict[str, Any]:
    sides = {"old": old, "new": new}
    figures = {
        f"{side}_{name}": None if of is None else value
        for side, of in sides.items()
        for name, value in zip("abc", of or (0.0, 0.0, 0.0), strict=True)
    }
    return {"item": f"I{question}", "question_id": question, "version": 1, **figures}


def test_items_come_by_the_distance_of_their_curves() -> None:
    rows = [
        row(1, (1.0, 0.0, 0.0), (1.0, 0.1, 0.0)),
        row(2, (1.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        row(3, (1.0, 0.0, 0.0), (1.2, 0.8, 0.2)),
        row(4, (1.0, 0.0, 0.0), None),
        row(5, None, (1.0, 0.0, 0.0)),
    ]
    found = compare(rows)
    assert [each["item"] for each in found.items] == ["I4", "I5", "I3", "I1", "I2"]
    assert (found.n_both, found.n_gone, found.n_new) == (3, 1, 1)
    theta = np.linspace(-6.0, 6.0, 2001)
    weight = np.exp(-0.5 * theta**2)
    curves = probability(theta, 1.0, 0.0, 0.0) - probability(theta, 1.2, 0.8, 0.2)
    assert found.largest == pytest.approx(np.sqrt(np.average(curves**2, weights=weight)), abs=1e-4)
    assert found.items[2]["distance"] == found.largest
    assert found.items[4]["distance"] == 0.0
    assert found.mean == pytest.approx(np.mean([each["distance"] for each in found.items[2:]]))


def test_runs_that_share_no_item_have_no_distance() -> None:
    found = compare([row(1, (1.0, 0.0, 0.0), None), row(2, None, (1.0, 0.0, 0.0))])
    assert (found.n_both, found.largest, found.mean) == (0, None, None)
    assert [each["distance"] for each in found.items] == [None, None]
    assert compare([]).items == []
