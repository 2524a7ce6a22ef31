"""Item characteristic curves, and what is left over beside them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from irt.empirical import Bands, by_band
from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters, probability
from irt.plots.figures import BAND, CURVE, OUTSIDE, POINTS, drawable, panels, tidy, title
from irt.plots.uncertainty import curve_interval
from irt.responses import Responses
from irt.results import Calibration

_Z = 1.959964  # 95 %
_PROPORTIONS = (
    "shaded: where 95 % of the proportions lie if the model holds; red: outside; area: number of answers"
)
_CURVE = "shaded: pointwise 95 % interval of the curve"
#: Residuals beyond are drawn at the edge of the panel, as triangles.
_EDGE = 6.0


def icc(
    parameters: ItemParameters | Calibration,
    responses: Responses | None = None,
    *,
    items: Sequence[Hashable] | None = None,
    bands: int = 12,
    columns: int = 5,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
) -> Figure:
    """Item characteristic curves, one panel an item; with responses, proportions right by theta band.

    Points are the expected proportions of `irt.empirical.by_band`, in even bands on [-3, 3]: each person
    counts in every band by the posterior probability of lying in it (Stone 2000). A point's area grows with
    the number of answers; bands with fewer than 5 are left out, and so are items without parameters. The
    shaded band is the pointwise 95 % interval in which such a proportion lies if the model holds; points
    outside are red, and one in twenty is by chance. Without responses, the band of a calibration that has
    standard errors is the pointwise 95 % interval of the curve itself, by the delta method. `mean`, `sd` and
    `groups` are as in `irt.score`.

    Raises:
        InvalidArgument: an item without parameters was named, none has any, or fewer than 2 bands.
    """
    known, shown, place = drawable(parameters, items)
    if bands < 2:
        raise InvalidArgument(f"at least 2 bands are needed, not {bands}")
    found = None
    if responses is not None:
        found = by_band(responses, parameters, bands=bands, mean=mean, sd=sd, groups=groups)
    fit = parameters if found is None and isinstance(parameters, Calibration) else None
    footer = "" if found is None else _PROPORTIONS
    if fit is not None and fit.se_kind != "none":
        footer = _CURVE
    figure, axes = panels(len(shown), columns, "probability of a right answer", (-0.02, 1.02), footer)
    theta = np.linspace(-4.0, 4.0, 161)
    rows = {} if found is None else {label: i for i, label in enumerate(found.items)}
    for panel, label in zip(axes, shown, strict=True):
        a, b, c = (column[place[label]] for column in (known.a, known.b, known.c))
        panel.plot(theta, probability(theta, a, b, c), color=CURVE, linewidth=1.2)
        if found is not None and label in rows:
            _points(panel, found, rows[label])
        limits = None if fit is None else curve_interval(fit, place[label], theta, _Z)
        if limits is not None:
            panel.fill_between(theta, *limits, color=BAND, alpha=0.6, linewidth=0, zorder=1)
        title(panel, label)
        _values(panel, a, b, c)
        tidy(panel)
    return figure


def residuals(
    parameters: ItemParameters | Calibration,
    responses: Responses,
    *,
    items: Sequence[Hashable] | None = None,
    bands: int = 12,
    columns: int = 5,
    groups: Sequence[Hashable] | None = None,
) -> Figure:
    """Standardised residuals (observed less expected proportion, over its standard error) by theta band.

    One panel an item; see `irt.empirical.by_band`. Pale lines mark -1.96 and 1.96; residuals beyond are red.
    Those beyond 6 are triangles at the edge, so that one bad item does not flatten the others.

    Raises:
        InvalidArgument: an item without parameters was named, none has any, or fewer than 2 bands.
    """
    _, shown, _ = drawable(parameters, items)
    found = by_band(responses, parameters, bands=bands, groups=groups)
    rows = {label: i for i, label in enumerate(found.items)}
    footer = "lines: -1.96 and 1.96; red: beyond; triangles: beyond 6, the largest |z| is in the corner"
    figure, axes = panels(len(shown), columns, "standardised residual", (-_EDGE - 0.6, _EDGE + 0.6), footer)
    for panel, label in zip(axes, shown, strict=True):
        panel.axhline(0.0, color=CURVE, linewidth=0.8)
        for limit in (-_Z, _Z):
            panel.axhline(limit, color=BAND, linewidth=1.0)
        if label in rows:
            _stems(panel, found.theta[rows[label]], found.residual[rows[label]])
        panel.set_yticks(range(-6, 7, 2))
        title(panel, label)
        tidy(panel)
    return figure


def _points(panel: Axes, found: Bands, row: int) -> None:
    theta, observed, expected = found.theta[row], found.observed[row], found.expected[row]
    n, se, residual = found.n[row], found.se[row], found.residual[row]
    full = np.isfinite(observed)
    outside = np.abs(residual[full]) > _Z
    size = 3.0 + 17.0 * n[full] / n[full].max(initial=1.0)
    colours = np.where(outside, OUTSIDE, POINTS).tolist()
    panel.scatter(theta[full], observed[full], s=size, color=colours, alpha=0.8, linewidths=0, zorder=3)
    banded = np.isfinite(se)
    panel.fill_between(
        theta[banded],
        np.clip(expected[banded] - _Z * se[banded], 0.0, 1.0),
        np.clip(expected[banded] + _Z * se[banded], 0.0, 1.0),
        color=BAND,
        alpha=0.75,
        linewidth=0,
        zorder=1,
    )


def _stems(panel: Axes, theta: Floats, residual: Floats) -> None:
    full = np.isfinite(residual)
    theta, residual = theta[full], residual[full]
    drawn = np.clip(residual, -_EDGE, _EDGE)
    outside, beyond = np.abs(residual) > _Z, np.abs(residual) > _EDGE
    for chosen, colour in ((~outside, POINTS), (outside, OUTSIDE)):
        panel.vlines(theta[chosen], 0.0, drawn[chosen], color=colour, linewidth=1.0)
        dots = chosen & ~beyond
        panel.scatter(theta[dots], drawn[dots], s=12, color=colour, linewidths=0, zorder=3)
    for side, marker in ((residual > _EDGE, "^"), (residual < -_EDGE, "v")):
        panel.scatter(theta[side], drawn[side], s=26, color=OUTSIDE, marker=marker, linewidths=0, zorder=3)
    if beyond.any():
        text = f"{residual[np.abs(residual).argmax()]:.1f}"
        panel.text(0.97, 0.04, text, fontsize=7, color=OUTSIDE, ha="right", transform=panel.transAxes)


def _values(panel: Axes, a: float, b: float, c: float) -> None:
    """a, b and c in a corner that the curve leaves free."""
    text = f"a {a:.2f}\nb {b:.2f}\nc {c:.2f}"
    x, y, side, height = (0.03, 0.97, "left", "top") if a >= 0.0 else (0.97, 0.97, "right", "top")
    panel.text(x, y, text, fontsize=6, ha=side, va=height, transform=panel.transAxes, zorder=4)
