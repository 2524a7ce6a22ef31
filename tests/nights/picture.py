"""The nights as a picture: where the scale stood, what was found when, what held it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.nights.found import Found
from tests.nights.house import Night
from tests.nights.plan import Plan

LIMIT = 0.02


def draw(plan: Plan, nights: Sequence[Night], banks: Sequence[Found]) -> Figure:
    """Draw the scale's movement of every bank and their mean, and, of the first bank, anchors and findings."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    FigureCanvasAgg(figure)
    scale, anchors = figure.subplots(2, 1, sharex=True)
    for each in banks:
        scale.plot([m.day for m in each.moved], [m.shift for m in each.moved], color="0.8", lw=1)
    shown = sorted({m.day for each in banks for m in each.moved})
    mean = [_mean([m.shift for each in banks for m in each.moved if m.day == day]) for day in shown]
    scale.plot(shown, mean, color="C0", label=f"mean of {len(banks)} banks")
    scale.axhspan(-LIMIT, LIMIT, color="C2", alpha=0.15, label=f"{LIMIT} SD either way")
    scale.set_ylabel("scale against true b, SD")
    scale.legend(loc="upper left", frameon=False)
    for state, colour in (("anchor", "C0"), ("probation", "C1"), ("dropped", "C3")):
        counts = [sum(row["state"] == state for row in night.anchors) for night in nights]
        anchors.step([night.day for night in nights], counts, where="post", color=colour, label=state)
    anchors.axvline(plan.drift_day, color="C3", ls=":", label=f"{plan.drifting} anchors begin to drift")
    anchors.set(xlabel="night", ylabel="items, first bank")
    anchors.legend(loc="center right", frameon=False)
    return figure


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
