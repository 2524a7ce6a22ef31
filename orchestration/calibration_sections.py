"""Sections of the calibration page, from what publishing stored: groups of persons, response policy, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

import irt
from reports import Plot
from reports.calibration import Group
from reports.drift import DriftByWeek, DriftedWeek
from reports.policy import RapidGuesses, ResponsePolicy, Sensitivity, Shift

Row = Mapping[str, Any]
# More panels than a person takes in at once.
MOST_DRAWN = 6


def groups(fit: Row) -> tuple[Group, ...]:
    """Return mean and SD of ability in each group of a fit."""
    return tuple(
        Group(each["group"] or "all persons", each["n_persons"], each["mean"], each["sd"])
        for each in fit.get("groups", ())
    )


def policy(stored: Row) -> ResponsePolicy | None:
    """Return the section of `calibration_runs.policy`; None of a run that was published without one."""
    if not stored:
        return None
    guesses = stored["rapid_guesses"]
    return ResponsePolicy(
        dispositions=tuple(sorted(stored["dispositions"].items(), key=lambda each: -each[1])),
        rapid_guesses=None if guesses is None else RapidGuesses(**guesses),
        sensitivity=_sensitivity(stored["sensitivity"]),
        warning=stored["warning"],
    )


def _sensitivity(stored: Row | None) -> Sensitivity | None:
    if stored is None:
        return None
    figures = {
        name: stored[name] for name in ("n_added", "correlation_b", "largest_shift_a", "largest_shift_b")
    }
    items = {each["item"]: each for each in stored["items"]}
    moved = dict.fromkeys([*stored["largest_in_b"], *stored["largest_in_a"]])
    return Sensitivity(
        **figures,
        shifts=tuple(
            Shift(item, *(items[item][name] for name in ("a", "a_with", "b", "b_with"))) for item in moved
        ),
    )


def drift(rows: Sequence[Row]) -> DriftByWeek:
    """Return the section of `calibrations.drift_weeks`, with a picture of the items farthest off."""
    drifted = tuple(
        DriftedWeek(**{name: value for name, value in row.items() if name != "drifted"})
        for row in rows
        if row["drifted"]
    )
    found = DriftByWeek(len(rows), sum(row["z"] is not None for row in rows), drifted)
    if not drifted:
        return found
    shown = found.items[:MOST_DRAWN]
    of_shown = pl.DataFrame([row for row in rows if row["item"] in shown], infer_schema_length=None)
    which = "Items that drifted" if len(shown) == len(found.items) else f"The {len(shown)} items farthest off"
    plot = Plot(
        "Drift by week",
        f"{which}: proportion right by week, beside the proportion expected with its 95 % band",
        irt.plots.png(irt.plots.weeks(of_shown, shown)),
    )
    return DriftByWeek(found.n_weeks, found.n_tested, drifted, plot)
