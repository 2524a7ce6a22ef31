"""Plots of items and tests, as matplotlib figures of their own (no pyplot, no global state)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from io import BytesIO
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from irt.errors import InvalidArgument
from irt.estimation.sparse import expected_counts
from irt.information import test_information
from irt.latent import Quadrature
from irt.models import Floats, ItemParameters, probability
from irt.responses import Responses
from irt.results import Calibration
from irt.score import matched

#: A proportion of fewer answers than that is noise.
_FEWEST = 5.0
_CURVE, _POINTS, _ERROR = "#1f4e79", "#c55a11", "#7f7f7f"


def icc(
    parameters: ItemParameters | Calibration,
    responses: Responses | None = None,
    *,
    items: Sequence[Hashable] | None = None,
    bands: int = 12,
    columns: int = 5,
) -> Figure:
    """Item characteristic curves, one panel an item; with responses, proportions right by theta band.

    The bands are even on [-3, 3]. Each person counts in every band by the posterior probability of lying in
    it (Stone 2000): points then lie on the curve where the model holds, which proportions grouped by a point
    estimate of theta do not, since estimates are drawn towards the mean. A point's area grows with the
    number of answers; bands with fewer than 5 are left out, and so are items without parameters.

    Raises:
        InvalidArgument: an item without parameters was named, none has any, or fewer than 2 bands.
    """
    known = parameters.parameters if isinstance(parameters, Calibration) else parameters
    place = {
        label: i for i, label in enumerate(known.items) if np.isfinite(known.a[i] + known.b[i] + known.c[i])
    }
    shown = tuple(place) if items is None else tuple(items)
    missing = [label for label in shown if label not in place]
    if missing or not shown:
        raise InvalidArgument(
            f"no parameters to draw for item {missing[0]!r}" if missing else "no item has parameters to draw"
        )
    if bands < 2:
        raise InvalidArgument(f"at least 2 bands are needed, not {bands}")
    points = {} if responses is None else _empirical(known, responses, bands)
    figure, panels = _panels(len(shown), columns)
    theta = np.linspace(-4.0, 4.0, 161)
    for panel, label in zip(panels, shown, strict=True):
        a, b, c = (column[place[label]] for column in (known.a, known.b, known.c))
        panel.plot(theta, probability(theta, a, b, c), color=_CURVE, linewidth=1.5)
        if label in points:
            at, proportion, n = points[label]
            size = 4.0 + 32.0 * n / n.max(initial=1.0)
            panel.scatter(at, proportion, s=size, color=_POINTS, alpha=0.75, linewidths=0)
        panel.set_title(
            str(label), fontsize=9, y=1.0, pad=3
        )  # a fixed place: finding one takes longer than drawing
        text = f"a {a:.2f}\nb {b:.2f}\nc {c:.2f}"
        panel.text(0.03, 0.97, text, fontsize=6, va="top", transform=panel.transAxes)
        _tidy(panel)
    return figure


def information(parameters: ItemParameters | Calibration, *, low: float = -4.0, high: float = 4.0) -> Figure:
    """Test information over theta, and the standard error 1 / sqrt(information) that goes with it.

    Raises:
        InvalidArgument: no item has parameters.
    """
    known = parameters.parameters if isinstance(parameters, Calibration) else parameters
    usable = np.isfinite(known.a + known.b + known.c)
    if not usable.any():
        raise InvalidArgument("no item has parameters to draw")
    theta = np.linspace(low, high, 321)
    total = test_information(theta, known.a[usable], known.b[usable], known.c[usable])
    figure = _figure(6.4, 4.0, layout="constrained")
    left = figure.subplots()
    left.plot(theta, total, color=_CURVE, label="information")
    left.set(xlabel="theta", ylabel=f"information of {int(usable.sum())} items", xlim=(low, high))
    left.set_ylim(bottom=0.0)
    right = left.twinx()
    with np.errstate(divide="ignore"):
        right.plot(theta, 1.0 / np.sqrt(total), color=_ERROR, linestyle="--", label="standard error")
    right.set_ylabel("standard error")
    right.set_ylim(0.0, 3.0 / float(np.sqrt(total.max())))
    left.legend(handles=[*left.lines, *right.lines], loc="upper left", fontsize=8, frameon=False)
    _tidy(left)
    return figure


def wright_map(
    parameters: ItemParameters | Calibration, theta: Floats, *, low: float = -4.0, high: float = 4.0
) -> Figure:
    """Persons and items on one scale (Wright & Stone 1979): how many lie in each quarter of a theta unit.

    theta: shape (persons,), estimates of ability. Persons and items beyond `low` and `high` count in the
    outermost bars. Items without parameters are left out.

    Raises:
        InvalidArgument: no item has parameters.
    """
    known = parameters.parameters if isinstance(parameters, Calibration) else parameters
    b = known.b[np.isfinite(known.a + known.b + known.c)]
    if not len(b):
        raise InvalidArgument("no item has parameters to draw")
    edges = np.linspace(low, high, round((high - low) * 4.0) + 1)
    middles = (edges[:-1] + edges[1:]) / 2.0
    figure = _figure(6.4, 4.6, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, values, color, what in (
        (left, theta, _CURVE, f"{len(theta):,} persons (theta)"),
        (right, b, _POINTS, f"{len(b):,} items (b)"),
    ):
        counts, _ = np.histogram(np.clip(values, low, high), edges)
        axes.barh(middles, counts, height=0.22, color=color)
        axes.set(xlabel=what, ylim=(low, high))
        _tidy(axes)
    left.invert_xaxis()
    left.set_ylabel("theta")
    return figure


def png(figure: Figure, *, dpi: int = 100) -> bytes:
    """The figure as the bytes of a PNG file, the same for the same figure."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def _panels(number: int, columns: int) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels, row by row, on common axes of theta and probability."""
    across = min(columns, number)
    down = -(-number // across)
    wide, high = 2.2 * across + 0.8, 1.9 * down + 0.9
    figure = _figure(wide, high)
    # Margins in inches, by hand: a layout engine would draw every panel several times to find them.
    figure.subplots_adjust(0.7 / wide, 0.6 / high, 1 - 0.1 / wide, 1 - 0.3 / high, wspace=0.08, hspace=0.25)
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel().tolist()
    for panel in panels[number:]:
        panel.set_visible(False)
    panels[0].set(xlim=(-4, 4), ylim=(0, 1))
    figure.supxlabel("theta", fontsize=9, y=0.1 / high)
    figure.supylabel("probability of a right answer", fontsize=9, x=0.1 / wide)
    return figure, panels[:number]


def _figure(width: float, height: float, layout: Literal["constrained"] | None = None) -> Figure:
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def _tidy(axes: Axes) -> None:
    axes.grid(visible=True, linewidth=0.3, alpha=0.6)
    axes.tick_params(labelsize=7)


def _empirical(
    known: ItemParameters, responses: Responses, bands: int
) -> dict[Hashable, tuple[Floats, Floats, Floats]]:
    """Of each item: mean theta, expected proportion right and expected answers, of the bands with any."""
    data, logistic, _ = matched(responses, known)
    theta, log_weights = Quadrature(nodes=121).grid()
    counts, _ = expected_counts(data, logistic, theta, log_weights)
    band = np.digitize(theta, np.linspace(-3.0, 3.0, bands + 1)) - 1
    member = (band[:, None] == np.arange(bands)).astype(np.float64)
    right, n = counts[1::2] @ member, (counts[0::2] + counts[1::2]) @ member
    at = ((counts[0::2] + counts[1::2]) * theta) @ member
    points = {}
    for i, label in enumerate(data.items):
        full = n[i] >= _FEWEST
        points[label] = (at[i, full] / n[i, full], right[i, full] / n[i, full], n[i, full])
    return points
