"""How far apart two runs put the items that both serve: curves, not parameters, are what learners meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irt.linking import curve_distance
from orchestration.parameters import of_rows

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """items: what `reviews.difference` returns, each with `distance`, those that differ most first.

    distance: root mean square difference of the curves over theta ~ N(0, 1), in probability; None where only one
    of the runs serves the item. These come first: an item that came or went is the larger change.
    """

    items: Sequence[Row]
    n_both: int
    n_gone: int
    n_new: int
    largest: float | None
    mean: float | None


def compare(rows: Sequence[Row]) -> Comparison:
    """Compare two runs by the rows of `reviews.difference`."""
    both = [row for row in rows if row["old_a"] is not None and row["new_a"] is not None]
    labels = [(row["question_id"], row["version"]) for row in both]
    old, new = (of_rows(both, labels, prefix=f"{side}_") for side in ("old", "new"))
    distances = [float(value) for value in curve_distance(old, new)] if both else []
    known = dict(zip(labels, distances, strict=True))
    items = [{**row, "distance": known.get((row["question_id"], row["version"]))} for row in rows]
    items.sort(key=lambda row: np.inf if row["distance"] is None else row["distance"], reverse=True)
    return Comparison(
        items=items,
        n_both=len(both),
        n_gone=sum(row["new_a"] is None for row in rows),
        n_new=sum(row["old_a"] is None for row in rows),
        largest=max(distances, default=None),
        mean=sum(distances) / len(distances) if distances else None,
    )
