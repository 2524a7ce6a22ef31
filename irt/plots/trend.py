"""Key numbers over runs, as small multiples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from irt.errors import InvalidArgument
from irt.plots.figures import CURVE, OUTSIDE, QUIET, figure, tidy, title

_MOST_TICKS = 5
_ACROSS = 3
_QUIET_POINTS = 40


def trend(series: Mapping[str, Sequence[tuple[str, float]]], heading: str = "") -> Figure:
    """One panel a key number: (label of the run, value) in order; NaN leaves a gap. The last value is written.

    Raises:
        InvalidArgument: no series, or one without a run.
    """
    empty = [name for name, values in series.items() if not values]
    if empty or not series:
        raise InvalidArgument(f"no run of {empty[0]!r} to draw" if empty else "no key number to draw")
    across = min(_ACROSS, len(series))
    down = -(-len(series) // across)
    found = figure(2.9 * across + 0.3, 1.9 * down + (0.5 if heading else 0.2), layout="constrained")
    panels = found.subplots(down, across, squeeze=False).ravel().tolist()
    for panel in panels[len(series) :]:
        panel.set_visible(False)
    for panel, (name, values) in zip(panels, series.items(), strict=False):
        at, numbers = np.arange(len(values)), np.array([value for _, value in values], dtype=np.float64)
        panel.plot(at, numbers, color=CURVE, linewidth=1.2)
        if len(values) <= _QUIET_POINTS:
            panel.scatter(at, numbers, s=10, color=CURVE, zorder=3)
        known = np.flatnonzero(np.isfinite(numbers))
        if len(known):
            last = int(known[-1])
            panel.scatter([last], [numbers[last]], s=22, color=OUTSIDE, zorder=4)
            _write(panel, f"{numbers[last]:.4g}", (0.98, 0.88), OUTSIDE)
        else:
            _write(panel, "not known", (0.6, 0.5), QUIET)
        shown = at[:: max(1, -(-len(values) // _MOST_TICKS))]
        panel.set(xlim=(-0.5, len(values) - 0.5), xticks=shown)
        panel.margins(y=0.3)
        panel.set_xticklabels(
            [values[int(place)][0] for place in shown], rotation=30, ha="right", parse_math=False
        )
        title(panel, name)
        tidy(panel)
    if heading:
        found.suptitle(heading, fontsize=10, parse_math=False)
    return found


def _write(panel: Axes, text: str, place: tuple[float, float], colour: str) -> None:
    """A few words at a place of the panel, given as shares of it."""
    panel.text(*place, text, fontsize=8, color=colour, ha="right", transform=panel.transAxes)
