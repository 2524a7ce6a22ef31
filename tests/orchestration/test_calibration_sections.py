"""Stored figures become sections of the page; runs published before there were any have none."""

from __future__ import annotations

import datetime as dt
import json

import irt
from orchestration.calibration_sections import drift, groups, policy
from orchestration.response_policy import report
from orchestration.snapshot import items, responses, usable
from reports.calibration import Group
from tests.orchestration.attempts import OPTIONS, candidate_rows, simulated


def test_groups_have_names_for_people() -> None:
    figures = {"n_persons": 10, "mean": 0.0, "sd": 1.0, "se_mean": None, "se_sd": None}
    assert groups({"groups": [{"group": None, **figures}]}) == (Group("all persons", 10, 0.0, 1.0),)
    assert groups({"groups": [{"group": "exam", **figures}]}) == (Group("exam", 10, 0.0, 1.0),)
    assert groups({}) == ()


def test_the_policy_is_read_back_as_it_was_stored() -> None:
    attempts = simulated(400, rapid=0.1)
    fits = {"2PL": irt.calibrate(responses(usable(attempts)), "2PL")}
    stored = json.loads(json.dumps(report(attempts, OPTIONS, candidate_rows(fits, items(attempts)), 10)))
    found = policy(stored)
    assert found is not None
    assert found.rapid_guesses is not None
    assert found.sensitivity is not None
    assert [name for name, _ in found.dispositions] == ["usable", "rapid_guess"]
    assert found.rapid_guesses.n == dict(found.dispositions)["rapid_guess"]
    first = found.sensitivity.shifts[0]
    assert first.item == stored["sensitivity"]["largest_in_b"][0]
    assert first.b_with - first.b == found.sensitivity.largest_shift_b
    assert policy({}) is None


def test_drift_draws_the_items_farthest_off() -> None:
    monday = dt.date(2026, 3, 2)
    quiet = {
        "week": monday,
        "n": 50,
        "observed": 0.5,
        "expected": 0.5,
        "se": 0.05,
        "z": 0.0,
        "drifted": False,
    }
    rows = [{"item": f"I{n}", **quiet} for n in range(20)]
    assert drift(rows).plot is None
    far = [{**row, "observed": 0.7 + 0.01 * n, "z": 4.0, "drifted": True} for n, row in enumerate(rows[:8])]
    thin = [{**rows[9], "se": None, "z": None}]
    found = drift([*far, *thin])
    assert (found.n_weeks, found.n_tested, len(found.drifted)) == (9, 8, 8)
    assert found.items[0] == "I7"
    assert found.plot is not None
    assert found.plot.png[:4] == b"\x89PNG"
    assert found.plot.alt.startswith("The 6 items farthest off")
    assert drift([]).n_weeks == 0
