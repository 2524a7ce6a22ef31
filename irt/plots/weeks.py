"""Items over the weeks: the proportion right beside what the curve expects of the persons of each week."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from irt.errors import InvalidArgument
from irt.plots.figures import BAND, CURVE, OUTSIDE, POINTS, figure, tidy, title

_Z = 1.959964  # 95 %
_MOST_TICKS = 5


def weeks(table: pl.DataFrame, items: Sequence[Hashable], *, columns: int = 3) -> Figure:
    """One panel an item of what `irt.drift_weeks.drift_by_week` returns, weeks in ascending order.

    The line is the expected proportion, the shaded band lies 1.96 standard errors about it; points are the
    observed proportions, red in weeks in which the item drifted.

    Raises:
        InvalidArgument: no item is named, or one that the table has not.
    """
    missing = [item for item in items if table.filter(pl.col("item") == item).is_empty()]
    if missing or not items:
        raise InvalidArgument(f"no weeks of item {missing[0]!r} to draw" if missing else "no item to draw")
    across = min(columns, len(items))
    down = -(-len(items) // across)
    found = figure(2.9 * across + 0.6, 2.1 * down + 0.5, layout="constrained")
    axes = found.subplots(down, across, squeeze=False, sharey=True).ravel().tolist()
    for panel in axes[len(items) :]:
        panel.set_visible(False)
    for panel, item in zip(axes, items, strict=False):
        own = table.filter(pl.col("item") == item).sort("week")
        at = np.arange(own.height)
        observed, expected = own["observed"].to_numpy(), own["expected"].to_numpy()
        half = _Z * own["se"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        red = own["drifted"].to_numpy()
        panel.fill_between(at, expected - half, expected + half, color=BAND, alpha=0.6, linewidth=0)
        panel.plot(at, expected, color=CURVE, linewidth=1.2)
        panel.scatter(at, observed, s=14, c=np.where(red, OUTSIDE, POINTS), zorder=3)
        shown = at[:: max(1, -(-own.height // _MOST_TICKS))]
        panel.set(ylim=(-0.02, 1.02), xticks=shown)
        panel.set_xticklabels([str(own["week"][int(place)]) for place in shown], rotation=30, ha="right")
        title(panel, item)
        tidy(panel)
    found.supylabel("proportion right", fontsize=9)
    return found
