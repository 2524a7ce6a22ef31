"""Which items moved between two calibrations: difficulty before against difficulty after."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from irt.drift import MODERATE
from irt.errors import InvalidArgument
from irt.latent import Quadrature
from irt.models import Floats, probability
from irt.plots.figures import BAND, CURVE, OUTSIDE, POINTS, QUIET, figure, shortened, tidy

#: More labels than that would hide each other; those that moved furthest keep theirs.
MOST_LABELS = 12
#: Shifts of b that are tried for the band; a flat item far from everybody needs more, and the band ends there.
_SHIFTS = np.linspace(0.0, 4.0, 161)
_COLUMNS = ("item", "a_before", "b_before", "b_after", "distance", "drifted")


def drift_scatter(table: pl.DataFrame, effect: float = MODERATE) -> Figure:
    """Scatter of b before against b after, from the frame of `irt.drift.drift`; what drifted is red and named.

    In the shaded band the curve of an item with the median slope moves by less than `effect` (root mean square
    difference in probability over N(0, 1)) if b alone changes: wider where nobody is. Items of other slopes,
    or whose slope moved too, may be flagged inside it or not outside.

    Raises:
        InvalidArgument: a table without the columns needed, without an item that was compared, or an effect
            not above 0.
    """
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise InvalidArgument(f"the table has no column {missing[0]!r}; give what irt.drift.drift returns")
    if not effect > 0.0:
        raise InvalidArgument(f"effect must be above 0, not {effect}")
    compared = table.drop_nulls(["b_before", "b_after"]).sort("distance", descending=True, nulls_last=True)
    if compared.is_empty():
        raise InvalidArgument("no item has parameters in both calibrations: nothing to draw")
    before, after = compared["b_before"].to_numpy(), compared["b_after"].to_numpy()
    drifted = compared["drifted"].to_numpy()
    found = figure(5.2, 5.0, layout="constrained")
    axes = found.subplots()
    low, high = _limits(np.concatenate([before, after]))
    at = np.linspace(low, high, 121)
    down, up = _band(at, float(np.median(np.abs(compared["a_before"].to_numpy()))), effect)
    axes.fill_between(at, at - down, at + up, color=BAND, alpha=0.5, linewidth=0)
    axes.plot([low, high], [low, high], color=CURVE, linewidth=1.0)
    colours = np.where(drifted, OUTSIDE, POINTS)
    inside = np.clip(before, low, high), np.clip(after, low, high)
    axes.scatter(*inside, s=np.where(drifted, 20, 9), c=colours, alpha=0.8, linewidths=0, zorder=3)
    named = compared.filter("drifted")["item"].to_list()[:MOST_LABELS]
    for label, x, y in zip(named, inside[0][drifted], inside[1][drifted], strict=False):
        _name(axes, str(label), float(x), float(y))
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal", xlabel="b before", ylabel="b after")
    number = int(drifted.sum())
    unnamed = f", {number - len(named)} of them without a label" if number > len(named) else ""
    axes.set_title(f"{len(before):,} items compared, {number:,} drifted{unnamed}", fontsize=9)
    axes.text(
        0.99,
        0.01,
        f"band: a curve moves by less than {effect:g}",
        fontsize=7,
        color=QUIET,
        ha="right",
        transform=axes.transAxes,
    )
    tidy(axes)
    return found


def _limits(values: Floats) -> tuple[float, float]:
    """Limits of both axes: everything within -6 and 6, with a margin; what lies beyond is drawn at the edge."""
    low, high = float(np.clip(values.min(), -6.0, 6.0)), float(np.clip(values.max(), -6.0, 6.0))
    margin = max(0.06 * (high - low), 0.25)
    return low - margin, high + margin


def _band(b: Floats, a: float, effect: float) -> tuple[Floats, Floats]:
    """How far b may move down and up (each the shape of b) until the curve has moved by `effect`."""
    theta, log_weights = Quadrature().grid()
    weights, here = np.exp(log_weights), probability(theta, a, b[:, None], 0.0)
    ends = []
    for sign in (-1.0, 1.0):
        there = probability(theta, a, b[:, None, None] + sign * _SHIFTS[:, None], 0.0)
        distance = np.sqrt((there - here[:, None]) ** 2 @ weights)
        ends.append(np.array([np.interp(effect, np.maximum.accumulate(row), _SHIFTS) for row in distance]))
    return ends[0], ends[1]


def _name(axes: Axes, label: str, x: float, y: float) -> None:
    """A label beside its point, on the side that has room."""
    left = x > sum(axes.get_xlim()) / 2.0
    axes.annotate(
        shortened(label, 24),
        (x, y),
        xytext=(-5 if left else 5, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=7,
        color=OUTSIDE,
        parse_math=False,
    )
