"""PNG pictures of a fit: item curves in pages, test information, persons beside items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import irt
from cli.calibration.work import Outcome
from reports import Plot

ITEMS_A_PAGE, MOST_PAGES = 20, 5
#: Points of the curves are proportions; more answers than that would not be seen in them.
MOST_ANSWERS = 1_000_000


@dataclass(frozen=True)
class Picture:
    """A picture, the name of its file, and the plot that the page shows."""

    name: str
    plot: Plot


def draw(responses: irt.Responses, outcome: Outcome) -> tuple[tuple[Picture, ...], tuple[str, ...]]:
    """Return the pictures, and notes on what they leave out; none where no item was fitted."""
    fitted = outcome.calibration
    usable = np.isfinite(fitted.a + fitted.b + fitted.c)
    if not usable.any():
        return (), ()
    shown = [label for label, use in zip(fitted.items, usable, strict=True) if use]
    notes = []
    most = ITEMS_A_PAGE * MOST_PAGES
    if len(shown) > most:
        notes.append(f"Curves are drawn of the first {most:,} of {len(shown):,} items; items.csv has all.")
        shown = shown[:most]
    some = thinned(responses)
    if some is not responses:
        notes.append(
            f"The points beside the curves are of every {responses.n_persons // some.n_persons:,}th person."
        )
    pictures = [*_overview(outcome), *_curves(fitted, some, shown)]
    return tuple(pictures), tuple(notes)


def thinned(responses: irt.Responses, most: int = MOST_ANSWERS) -> irt.Responses:
    """Return every n-th person, so that there are about `most` answers at the most."""
    step = -(-responses.n_responses // most)
    return responses if step < 2 else responses.of(np.arange(0, responses.n_persons, step))


def _overview(outcome: Outcome) -> Iterator[Picture]:
    fitted = outcome.calibration
    scored = outcome.persons.filter(outcome.persons["n"] > 0)["theta"]
    yield Picture(
        "information.png",
        Plot(
            "Test information",
            "Information of all items over theta, and the standard error that goes with it",
            irt.plots.png(irt.plots.information(fitted)),
        ),
    )
    yield Picture(
        "wright_map.png",
        Plot(
            "Persons and items",
            "Wright map: how many persons (EAP) and how many items (b) lie at each theta",
            irt.plots.png(irt.plots.wright_map(fitted, scored.to_numpy())),
        ),
    )


def _curves(fitted: irt.Calibration, responses: irt.Responses, shown: list[object]) -> Iterator[Picture]:
    pages = -(-len(shown) // ITEMS_A_PAGE)
    for page in range(pages):
        items = shown[page * ITEMS_A_PAGE : (page + 1) * ITEMS_A_PAGE]
        figure = irt.plots.icc(fitted, responses, items=items)
        title = "Item curves" if pages == 1 else f"Item curves, page {page + 1} of {pages}"
        alt = "Each item's curve, with the proportion right in twelve bands of theta"
        yield Picture(f"icc_{page + 1:02d}.png", Plot(title, alt, irt.plots.png(figure)))
