"""What moved: anchors against what is frozen, by the run's own test, and every live item against what is live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.linking import curve_distance
from irt.models import Floats
from orchestration.diagnostics.finding import Row, Rows, finding, some
from orchestration.diagnostics.fitted import Fitted
from orchestration.lifecycle.remembered import Anchor, Lifecycle
from orchestration.parameters import of_rows

FROZEN, LIVE = "frozen", "live"
CHANGED = "changed"
_UNIT = "probability (distance of curves)"


def anchors(lifecycle: Lifecycle, names: Mapping[tuple[int, int], str]) -> tuple[Rows, Row]:
    """Return what the run found of the items that hold its scale; `names` are those in the fit."""
    compared = [each for each in lifecycle.anchors if each.distance is not None]
    figures = {
        "verdicts": dict(Counter(each.verdict for each in lifecycle.anchors)),
        "n_compared": len(compared),
        "dropped": [each.item for each in lifecycle.anchors if each.verdict == "dropped"],
        "link": dict(lifecycle.link),
        "too_few": lifecycle.too_few_anchors,
    }
    rows = [_of_anchor(each) for each in compared if (each.question_id, each.version) in names]
    return rows, figures


def _of_anchor(each: Anchor) -> Row:
    dropped = each.verdict == "dropped"
    return finding(
        "drift",
        each.item,
        contrast=FROZEN,
        effect=each.distance,
        unit=_UNIT,
        q_value=each.q_value,
        grade=each.verdict,
        flagged=dropped,
        sentence=each.reason or f"Its curve lies {each.distance:.3f} in probability off the frozen one.",
    )


def since_live(fitted: Fitted, live: Sequence[Mapping[str, Any]], effect: float) -> tuple[Rows, Row]:
    """Return how far the curve of each live item moved, in probability over the persons of the run.

    Both calibrations rest largely on the same answers, so there is no test: what moved by more than `effect` is
    counted as changed. `live` are the serving rows, with the item's name.
    """
    before = {row["item"]: row for row in live}
    new = fitted.calibration
    both = [i for i, item in enumerate(new.items) if item in before and np.isfinite(new.a[i])]
    if not both:
        return [], {"n_items": 0, "n_changed": 0, "share": 0.0, "effect": effect, "median": None}
    labels = tuple(new.items[i] for i in both)
    old = of_rows([before[str(item)] for item in labels])
    now = irt.ItemParameters(labels, new.a[both], new.b[both], new.c[both])
    mean, sd = fitted.population
    distance = curve_distance(old, now, mean=mean, sd=sd)
    changed = distance > effect
    rows = [_of_live(str(item), old, now, i, distance) for i, item in enumerate(labels)]
    for row, is_changed in zip(rows, changed.tolist(), strict=True):
        row["grade"] = CHANGED if is_changed else "same"
    figures = {
        "n_items": len(both),
        "n_changed": int(changed.sum()),
        "share": float(changed.mean()),
        "effect": effect,
        "median": float(np.median(distance)),
        "largest": float(distance.max()),
        "changed": some([row["item"] for row in rows if row["grade"] == CHANGED]),
    }
    return rows, figures


def _of_live(item: str, old: irt.ItemParameters, new: irt.ItemParameters, i: int, distance: Floats) -> Row:
    return finding(
        "drift",
        item,
        contrast=LIVE,
        effect=float(distance[i]),
        unit=_UNIT,
        sentence=f"Its curve moved by {distance[i]:.3f} in probability since the live calibration "
        f"(b {old.b[i]:.2f} -> {new.b[i]:.2f}, a {old.a[i]:.2f} -> {new.a[i]:.2f}).",
    )


def scatter_table(found: Sequence[Mapping[str, Any]]) -> pl.DataFrame | None:
    """Return what `irt.plots.drift_scatter` draws, of anchors as a run remembers them; None where none was compared."""
    columns = ("item", "a_frozen", "b_frozen", "b_now", "distance")
    rows = [
        {name: each[name] for name in columns} | {"drifted": each["verdict"] == "dropped"}
        for each in found
        if each["distance"] is not None and each["b_now"] is not None and each["b_frozen"] is not None
    ]
    if not rows:
        return None
    return pl.DataFrame(rows).rename({"a_frozen": "a_before", "b_frozen": "b_before", "b_now": "b_after"})
