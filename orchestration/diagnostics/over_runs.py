"""Key numbers of the runs that were live, in order: what a person watches over months."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
#: Fewer runs are no trend.
FEWEST = 2
_NUMBERS: dict[str, Callable[[Row], Any]] = {
    "responses": lambda row: row["n_responses"],
    "items": lambda row: row["n_items"],
    "reliability of theta": lambda row: row["diagnostics"].get("reliability", {}).get("empirical"),
    "share of items changed": lambda row: row["diagnostics"].get("changed", {}).get("share"),
    "dependent pairs": lambda row: row["diagnostics"].get("dependence", {}).get("n_flagged"),
    "se of simulated sessions": lambda row: row["gate"].get("figures", {}).get("new", {}).get("se"),
}


def over_runs(history: Sequence[Row]) -> dict[str, list[tuple[str, float]]]:
    """Return each number as (day, value) by run, NaN where a run has none; empty before there are two runs.

    `history` is of `database.queries.diagnostics.published_figures`. A number that no run has is left out.
    """
    if len(history) < FEWEST:
        return {}
    series = {}
    for name, number in _NUMBERS.items():
        values = [number(row) for row in history]
        if any(value is not None for value in values):
            series[name] = [
                (f"{row['published_at']:%Y-%m-%d}", float("nan") if value is None else float(value))
                for row, value in zip(history, values, strict=True)
            ]
    return series
