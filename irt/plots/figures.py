"""What the plots share: figures, panels, colours, and which items can be drawn."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from io import BytesIO
from textwrap import wrap
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from irt.errors import InvalidArgument
from irt.models import ItemParameters
from irt.results import Calibration

CURVE, POINTS, OUTSIDE, SECOND = "#1f4e79", "#4d4d4d", "#c8102e", "#c55a11"
BAND, QUIET = "#9dbfe0", "#6f6f6f"
#: Characters of a label that a panel's title or a map has room for.
LONGEST_TITLE = 26


def png(figure: Figure, *, dpi: int = 100) -> bytes:
    """The figure as the bytes of a PNG file, the same for the same figure."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def drawable(
    parameters: ItemParameters | Calibration, items: Sequence[Hashable] | None = None
) -> tuple[ItemParameters, tuple[Hashable, ...], dict[Hashable, int]]:
    """(parameters, items to show, place of each item that has parameters).

    Raises:
        InvalidArgument: an item without parameters was named, or none has any.
    """
    known = parameters.parameters if isinstance(parameters, Calibration) else parameters
    usable = (abs(known.a + known.b + known.c) < float("inf")).tolist()
    place = {label: i for i, label in enumerate(known.items) if usable[i]}
    shown = tuple(place) if items is None else tuple(items)
    missing = [label for label in shown if label not in place]
    if missing or not shown:
        raise InvalidArgument(
            f"no parameters to draw for item {missing[0]!r}" if missing else "no item has parameters to draw"
        )
    return known, shown, place


def panels(
    number: int, columns: int, y: str, limits: tuple[float, float], footer: str
) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels, row by row, on theta and `y` within the same limits, and a line below."""
    across = min(columns, number)
    down = -(-number // across)
    wide = 2.2 * across + 0.8
    lines = wrap(footer, int(wide / 0.056))
    low = 0.7 + 0.13 * len(lines)
    high = 1.9 * down + 0.3 + low
    found = figure(wide, high)
    # Margins in inches, by hand: a layout engine would draw every panel several times to find them.
    found.subplots_adjust(0.7 / wide, low / high, 1 - 0.1 / wide, 1 - 0.3 / high, wspace=0.08, hspace=0.25)
    axes = found.subplots(down, across, squeeze=False).ravel().tolist()
    for i, panel in enumerate(axes):
        panel.set_visible(i < number)
        # Alike by hand too: axes that share ask each other at every stroke, 17 s for 150 panels.
        panel.set(xlim=(-4.0, 4.0), ylim=limits, autoscale_on=False)
        panel.tick_params(labelbottom=i >= number - across, labelleft=i % across == 0)
    found.supxlabel("theta", fontsize=9, y=(low - 0.55) / high)
    found.supylabel(y, fontsize=9, x=0.1 / wide)
    below = "\n".join(lines)
    found.text(0.5, 0.07 / high, below, fontsize=7, color=QUIET, ha="center", va="bottom")
    return found, axes[:number]


def figure(width: float, height: float, layout: Literal["constrained"] | None = None) -> Figure:
    """An empty figure of so many inches with a canvas of its own."""
    found = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(found)
    return found


def title(axes: Axes, label: Hashable) -> None:
    """An item's label above its panel, at a fixed place: finding one takes longer than drawing."""
    axes.set_title(shortened(label, LONGEST_TITLE), fontsize=9, y=1.0, pad=3, parse_math=False)


def shortened(label: Hashable, longest: int) -> str:
    """The label, without its middle if it is long: the ends are what tells labels apart."""
    text = str(label)
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def tidy(axes: Axes) -> None:
    """Faint grid and small numbers."""
    axes.grid(visible=True, linewidth=0.3, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7)
