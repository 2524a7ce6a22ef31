"""PNG pictures of a fit: item curves in pages, test information, persons beside items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import irt
from cli.calibration.work import Outcome, Prepared
from reports import Plot

ITEMS_A_PAGE, MOST_PAGES = 20, 5
#: Points of the curves are proportions; more answers than that would not be seen in them.
MOST_ANSWERS = 1_000_000


@dataclass(frozen=True)
class Picture:
    """A picture, the name of its file, and the plot that the page shows."""

    name: str
    plot: Plot


def draw(prepared: Prepared, outcome: Outcome) -> tuple[tuple[Picture, ...], tuple[str, ...]]:
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
    step = -(-prepared.responses.n_responses // MOST_ANSWERS)
    if step > 1:
        notes.append(f"The points beside the curves are of one person in {step:,}.")
    pictures = [*_overview(outcome), *_curves(fitted, *_one_in(step, prepared), shown)]
    return tuple(pictures), tuple(notes)


def _one_in(step: int, prepared: Prepared) -> tuple[irt.Responses, tuple[str, ...] | None]:
    """Return the answers of every so-many-th person, and the groups of these persons."""
    data, groups = prepared.responses, prepared.groups
    if step < 2:
        return data, groups
    return data.of(np.arange(0, data.n_persons, step)), None if groups is None else groups[::step]


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
            "Wright map: persons (EAP) and items (b) on one scale",
            irt.plots.png(irt.plots.wright(fitted, scored.to_numpy())),
        ),
    )


def _curves(
    fitted: irt.Calibration, responses: irt.Responses, groups: tuple[str, ...] | None, shown: list[object]
) -> Iterator[Picture]:
    pages = -(-len(shown) // ITEMS_A_PAGE)
    for page in range(pages):
        items = shown[page * ITEMS_A_PAGE : (page + 1) * ITEMS_A_PAGE]
        figure = irt.plots.icc(fitted, responses, items=items, groups=groups)
        title = "Item curves" if pages == 1 else f"Item curves, page {page + 1} of {pages}"
        alt = "Each item's curve, and the proportions right in bands of theta; red: outside its 95 % band"
        yield Picture(f"icc_{page + 1:02d}.png", Plot(title, alt, irt.plots.png(figure)))
