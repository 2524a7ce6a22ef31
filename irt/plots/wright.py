"""Persons and items on one scale (Wright & Stone 1979)."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters
from irt.plots.figures import BAND, CURVE, QUIET, SECOND, drawable, figure, shortened, tidy
from irt.results import Calibration
from irt.score import Scores

#: Items with a label each; more are drawn as a histogram, which names nobody but hides nobody either.
MOST_LABELS = 200
#: The scale reaches from -3 to 3 at least, and at most so far; what lies beyond is drawn at its edge.
_LEAST, _MOST = 3.0, 6.0
#: With more labels than that they are cut shorter, and the figure is higher.
_MANY = 60
_FONT = 6.5
_ITEMS = "#f0c9a8"
#: Inches: of a line of labels, of a character, of the persons' panel, of margins to the left and right.
_LINE, _CHARACTER, _PERSONS, _LEFT, _RIGHT = 0.105, 0.053, 2.6, 0.75, 0.15


def wright(
    parameters: ItemParameters | Calibration, scores: Scores | ArrayLike, *, bin_width: float = 0.25
) -> Figure:
    """Histogram of persons' theta beside the items at their difficulty b, on one vertical scale.

    `scores` are those of `irt.score` or thetas of shape (persons,); NaN are left out. Up to 200 items have
    their labels, each at the height of its b, in as many columns as it takes; more are a histogram. What
    lies beyond the scale (which shows nearly all, and ends at -6 and 6 at most) is named or counted at its edge.

    Raises:
        InvalidArgument: no item has parameters, no theta is known, or a bin_width not above 0.
    """
    known, shown, place = drawable(parameters)
    theta = np.asarray(scores.theta if isinstance(scores, Scores) else scores, dtype=np.float64).ravel()
    theta = theta[np.isfinite(theta)]
    if not len(theta):
        raise InvalidArgument("no person has a theta to draw")
    if not bin_width > 0.0:
        raise InvalidArgument(f"bin_width must be above 0, not {bin_width}")
    b = known.b[np.array([place[label] for label in shown])]
    low, high = _range(theta, b)
    named = len(shown) <= MOST_LABELS
    tall = 8.0 if not named else float(np.clip(8.0 * len(shown) / 130.0, 8.0, 12.0))
    columns = _columns(b, shown, low, high, (high - low) / (tall - 1.05)) if named else []
    wide = max(sum(width for width, _ in columns) + 0.15, 1.6) if named else 2.6
    gap = 0.0 if named else 0.18
    total = _LEFT + _PERSONS + gap + wide + _RIGHT
    found = figure(total, tall)
    below, height = 0.6 / tall, (tall - 1.05) / tall
    persons = found.add_axes((_LEFT / total, below, _PERSONS / total, height))
    items = found.add_axes(((_LEFT + _PERSONS + gap) / total, below, wide / total, height))
    bins = np.arange(np.floor(low / bin_width), np.ceil(high / bin_width) + 1) * bin_width
    _persons(persons, theta, bins)
    if named:
        _labels(items, columns, wide)
    else:
        _histogram(items, b, bins, "items", (_ITEMS, SECOND))
    for axes, values in ((persons, theta), (items, b)):
        axes.set_ylim(low, high)
        axes.set_yticks(np.arange(np.ceil(low), np.floor(high) + 1))
        if not (named and axes is items):  # whose labels say it one by one
            _beyond(axes, values, low, high)
    items.tick_params(left=False, labelleft=False)
    persons.set_ylabel("theta of persons, difficulty b of items", fontsize=9)
    persons.set_title(f"{len(theta):,} person{'s' if len(theta) > 1 else ''}", fontsize=9)
    items.set_title(f"{len(b):,} item{'s' if len(b) > 1 else ''}", fontsize=9)
    return found


def _range(theta: Floats, b: Floats) -> tuple[float, float]:
    """Limits of the scale: nearly all persons and items, at least -3 to 3, at most -6 to 6."""
    ends = [np.quantile(values, (0.005, 0.995)) for values in (theta, b)]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return (
        float(np.clip(np.floor(2.0 * low) / 2.0, -_MOST, -_LEAST)) - 0.15,
        float(np.clip(np.ceil(2.0 * high) / 2.0, _LEAST, _MOST)) + 0.15,
    )


def _persons(axes: Axes, theta: Floats, bins: Floats) -> None:
    """Bars that grow to the left, towards the scale's own side; mean and sd in words."""
    _histogram(axes, theta, bins, "persons", (BAND, CURVE))
    axes.invert_xaxis()
    axes.axhline(float(theta.mean()), color=CURVE, linewidth=1.0, linestyle="--")
    text = f"mean {theta.mean():.2f}\nsd {theta.std():.2f}"
    axes.text(0.04, 0.985, text, fontsize=7, color=CURVE, va="top", transform=axes.transAxes)


def _histogram(axes: Axes, values: Floats, bins: Floats, what: str, colours: tuple[str, str]) -> None:
    counts, _ = np.histogram(values, bins)
    axes.barh(
        bins[:-1],
        counts,
        height=np.diff(bins),
        align="edge",
        color=colours[0],
        edgecolor=colours[1],
        linewidth=0.4,
    )
    axes.set_xlabel(f"number of {what}", fontsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)  # type: ignore[call-arg]
    tidy(axes)


def _columns(
    b: Floats, labels: tuple[Hashable, ...], low: float, high: float, unit: float
) -> list[tuple[float, list[tuple[float, str]]]]:
    """Labels by column: (width in inches, [(b, text)]), none of a column closer than a line is high.

    `unit` is the theta to an inch. Each label, in ascending b, goes to the first column that is free at its
    height. A b beyond the scale is written behind the label, which stands at the edge.
    """
    line = _LINE * unit
    longest = 14 if len(b) > _MANY else 24
    columns: list[list[tuple[float, str]]] = []
    for i in np.argsort(b, kind="stable"):
        text, at = shortened(labels[i], longest), float(np.clip(b[i], low + line, high - line))
        if at != b[i]:
            text = f"{text} ({b[i]:.1f})"
        free = next((column for column in columns if at - column[-1][0] >= line), None)
        if free is None:
            columns.append([])
            free = columns[-1]
        free.append((at, text))
    return [(0.2 + _CHARACTER * max(len(text) for _, text in column), column) for column in columns]


def _labels(axes: Axes, columns: list[tuple[float, list[tuple[float, str]]]], wide: float) -> None:
    """Each label at its b, a tick at its left."""
    at = 0.12
    for width, column in columns:
        heights = [b for b, _ in column]
        axes.hlines(heights, at, at + 0.05, color=SECOND, linewidth=1.2)
        for b, text in column:
            axes.text(at + 0.08, b, text, fontsize=_FONT, va="center_baseline", parse_math=False)
        at += width
    axes.set_xlim(0.0, wide)
    axes.set_xticks([])
    axes.grid(visible=True, axis="y", linewidth=0.3, alpha=0.6)
    axes.set_axisbelow(True)


def _beyond(axes: Axes, values: Floats, low: float, high: float) -> None:
    """How many lie beyond the scale, at the edge where they are."""
    for number, y, text, va in (
        (int((values > high).sum()), 0.995, "higher", "top"),
        (int((values < low).sum()), 0.005, "lower", "bottom"),
    ):
        if number:
            said = f"{number:,} {text}"
            axes.text(0.97, y, said, fontsize=7, color=QUIET, ha="right", va=va, transform=axes.transAxes)
