"""Key numbers over runs, and anchors as a picture takes them."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from orchestration.diagnostics.moved import scatter_table
from orchestration.diagnostics.over_runs import over_runs


def run(day: int, **said: Any) -> dict[str, Any]:
    known = {"n_responses": 100 * day, "n_items": 35, "diagnostics": {}, "gate": {}}
    return known | {"published_at": dt.datetime(2026, 3, day, 2, 30, tzinfo=dt.UTC)} | said


def test_each_number_is_a_series_and_a_run_without_it_a_gap() -> None:
    told = {"reliability": {"empirical": 0.83}, "dependence": {"n_flagged": 2}}
    found = over_runs([run(1), run(2, diagnostics=told, gate={"figures": {"new": {"se": 0.3}}})])
    assert found["responses"] == [("2026-03-01", 100.0), ("2026-03-02", 200.0)]
    assert math.isnan(found["reliability of theta"][0][1])
    assert found["reliability of theta"][1] == ("2026-03-02", 0.83)
    assert found["se of simulated sessions"][1][1] == 0.3
    assert "share of items changed" not in found  # no run has it


def test_one_run_is_no_trend() -> None:
    assert over_runs([run(1)]) == {}


def test_anchors_that_were_compared_are_drawn() -> None:
    anchor = {
        "item": "V1",
        "verdict": "dropped",
        "a_frozen": 1.0,
        "b_frozen": 0.1,
        "b_now": -0.4,
        "distance": 0.2,
    }
    table = scatter_table(
        [anchor, anchor | {"item": "V2", "verdict": "held"}, anchor | {"item": "V3", "b_now": None}]
    )
    assert table is not None
    assert table.to_dicts() == [
        {"item": item, "a_before": 1.0, "b_before": 0.1, "b_after": -0.4, "distance": 0.2, "drifted": drifted}
        for item, drifted in (("V1", True), ("V2", False))
    ]
    assert scatter_table([anchor | {"distance": None}]) is None
