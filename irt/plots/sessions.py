"""Simulated sessions of several configurations in one picture: how well theta is found, and who meets which item."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from irt.errors import InvalidArgument
from irt.plots.figures import CURVE, OUTSIDE, POINTS, QUIET, SECOND, figure, shortened, tidy
from irt.simulation.delivery import Delivered

_COLOURS = (CURVE, SECOND, OUTSIDE, POINTS, "#3b7d23", "#7a4fa3", "#0f8b8d", "#8a6d1f")
_LONGEST_NAME = 48
#: Bands of theta, each with so many simulees at least, and at most so many of them.
_FEWEST, _MOST_BANDS = 20, 12


def sessions(found: Mapping[str, Delivered], *, r_max: float | None = None) -> Figure:
    """Bias, RMSE and length by theta, and the rates of all items, the most met first; one line a configuration.

    r_max: highest rate that was asked for, drawn as a line.

    Raises:
        InvalidArgument: no configurations, or more than can be told apart.
    """
    if not 1 <= len(found) <= len(_COLOURS):
        raise InvalidArgument(f"a picture shows 1 to {len(_COLOURS)} configurations, not {len(found)}")
    made = figure(9.0, 6.6, layout="constrained")
    bias, rmse, length, rates = made.subplots(2, 2).ravel().tolist()
    for (name, one), colour in zip(found.items(), _COLOURS, strict=False):
        edges = _edges(one)
        bands = one.by_theta(edges)
        # Bands are of equal numbers: the mean theta of each is where its figures stand.
        at = [
            float(one.theta[np.searchsorted(edges, one.theta, side="right") == k].mean())
            for k in range(len(bands))
        ]
        label = shortened(name, _LONGEST_NAME)
        for axes, column in ((bias, "bias"), (rmse, "rmse"), (length, "length")):
            axes.plot(
                at,
                bands[column].to_list(),
                color=colour,
                linewidth=1.4,
                marker="o",
                markersize=3,
                label=label,
            )
        met = np.sort(one.exposure.rates)[::-1]
        rates.step(np.arange(1, len(met) + 1), met, where="mid", color=colour, linewidth=1.4)
    bias.axhline(0.0, color=QUIET, linewidth=0.8)
    if r_max is not None:
        rates.axhline(r_max, color=QUIET, linewidth=0.8, linestyle="--")
    _label(bias, "theta", "bias of theta")
    _label(rmse, "theta", "root mean square error of theta")
    _label(length, "theta", "items of a session")
    _label(rates, "items, the most met first", "share of the sessions that meet it")
    for axes in (rmse, length, rates):
        axes.set_ylim(bottom=0.0)
    made.legend(
        *bias.get_legend_handles_labels(), loc="outside lower center", ncols=1, fontsize=8, frameon=False
    )
    return made


def _edges(one: Delivered) -> np.ndarray:
    """Between bands of as many simulees each."""
    number = int(np.clip(len(one.theta) // _FEWEST, 1, _MOST_BANDS))
    inner: np.ndarray = np.unique(np.quantile(one.theta, np.arange(1, number) / number))
    return inner


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    tidy(axes)
