"""Which calibration persons have an ability distribution of their own in a fit, and which of them set the scale.

Groups are cells of mode and of strata of prior ability. What chose a learner's questions - the learner's own
history - is modelled by a mean and SD for each stratum of it: answers are missing at random given the history
and not otherwise (Mislevy & Wu 1996), and a pooled fit of self-chosen items is biased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

import irt
from irt.models import Floats

# Mean and SD of fewer persons would be known too badly to be worth two parameters.
FEWEST_PERSONS = 100
# Nothing is explained in exam mode before the end, so what it shows is not helped by what was just read.
REFERENCE = "exam"
POOLED = "pooled"


@dataclass(frozen=True)
class Cell:
    """A group: of a mode (None: any), with a history from `low` up to below `high` (None: no bound).

    `new`: it has the persons without a history; elsewhere these count as of the middle of the scale, 0.
    """

    mode: str | None = None
    low: float | None = None
    high: float | None = None
    new: bool = False


@dataclass(frozen=True)
class Grouping:
    """The group of each person where there are several, else None; the cells by label; and why."""

    labels: tuple[str, ...] | None
    reason: str
    reference: str | None = None
    cells: Mapping[str | None, Cell] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What identifies a run."""
        cells = self.cells or {}
        return {
            "by_mode": any(cell.mode is not None for cell in cells.values()),
            "strata": len({cell.low for cell in cells.values() if not cell.new}) if cells else 1,
            "reference": self.reference,
            "reason": self.reason,
        }


def grouping(
    persons: pl.DataFrame, *, strata: int = 1, fewest: int = FEWEST_PERSONS, anchored: bool = False
) -> Grouping:
    """Decide for the persons of `snapshot.persons`.

    strata: of prior ability at most, as many as leave no cell with fewer than `fewest` persons; 1 for none.
    anchored: anchors define the scale; otherwise exam mode does, or, where there are strata, all together.
    """
    by_mode, said = _by_mode(persons, fewest)
    modes: list[str | None] = sorted(persons["mode"].unique()) if by_mode else [None]
    cells, found = _strata(persons, modes, strata, fewest)
    if len(cells) == 1:
        return Grouping(None, said)
    codes = _codes(list(cells.values()), persons)
    names = [str(name) for name in cells]
    stratified = found is not None
    reason = "; ".join(part for part in (said, found) if part)
    if not anchored:
        held = (
            "all groups together have mean 0 and SD 1"
            if stratified
            else f"{REFERENCE} mode is N(0, 1), for its answers are not helped by explanations"
        )
        reason = "; ".join(part for part in (reason, held) if part)
    reference = None if anchored else POOLED if stratified else REFERENCE
    return Grouping(tuple(names[code] for code in codes), reason, reference, cells)


def _by_mode(persons: pl.DataFrame, fewest: int) -> tuple[bool, str]:
    """Tell whether modes are groups, and why not."""
    counts = dict(persons["mode"].value_counts(sort=True).iter_rows())
    if len(counts) < 2:
        mode = next(iter(counts), None)
        return False, "there are no persons" if mode is None else f"all persons are of mode {mode}"
    few = {mode: n for mode, n in counts.items() if n < fewest}
    if few:
        thin = ", ".join(f"{n} of mode {mode}" for mode, n in sorted(few.items()))
        return False, f"pooled, for there are only {thin}; {fewest} are needed for a group"
    return True, ""


def _strata(
    persons: pl.DataFrame, modes: Sequence[str | None], strata: int, fewest: int
) -> tuple[dict[str | None, Cell], str | None]:
    """Return the finest cells that all have enough persons, and what strata there are; None: there are none."""
    history = persons["history"].drop_nulls().to_numpy()
    if strata > 1 and len(history):
        for number in range(strata, 0, -1):
            edges = np.unique(np.quantile(history, np.arange(1, number) / number))
            for new in (True, False):
                cells = _cells(modes, edges.tolist(), new=new)
                counts = np.bincount(_codes(list(cells.values()), persons), minlength=len(cells))
                if counts.min() >= fewest and len(cells) > len(modes):
                    apart = ", learners without one apart" if new else ""
                    return cells, f"{len(edges) + 1} strata of the ability shown in earlier windows{apart}"
    return {mode: Cell(mode) for mode in modes}, None


def _cells(modes: Sequence[str | None], edges: Sequence[float], *, new: bool) -> dict[str | None, Cell]:
    bounds = list(zip([None, *edges], [*edges, None], strict=True))
    cells: dict[str | None, Cell] = {}
    for mode in modes:
        of = "" if mode is None else f"{mode}, "
        for number, (low, high) in enumerate(bounds, start=1):
            cells[f"{of}stratum {number} of {len(bounds)}"] = Cell(mode, low, high)
        if new:
            cells[f"{of}no history"] = Cell(mode, new=True)
    return cells


def _codes(cells: Sequence[Cell], persons: pl.DataFrame) -> NDArray[np.int64]:
    """Return the place of each person's cell."""
    mode = persons["mode"].to_numpy()
    known = persons["history"].is_not_null().to_numpy()
    history = persons["history"].fill_null(0.0).to_numpy()
    codes = np.full(persons.height, -1, dtype=np.int64)
    for code, cell in enumerate(cells):
        inside = np.ones(persons.height, dtype=np.bool_) if cell.mode is None else mode == cell.mode
        if cell.low is not None:
            inside &= history >= cell.low
        if cell.high is not None:
            inside &= history < cell.high
        if cell.new:
            inside &= ~known
        codes[inside] = code  # those without a history last: their cells stand behind the strata
    return codes


def figures(latent: irt.Latent, groups: Grouping | None = None) -> list[dict[str, Any]]:
    """Return what a fit found of each group as plain values, with its cell; group is None where all are one."""
    rows = latent.table().rename({"n": "n_persons"}).to_dicts()
    cells = {} if groups is None or groups.cells is None else groups.cells
    for row, label in zip(rows, latent.groups, strict=True):
        row["group"] = label
        if label in cells:
            row["cell"] = asdict(cells[str(label)])
    return rows


def priors(found: Sequence[Mapping[str, Any]], persons: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return mean and SD of ability before the answers for each person, by the groups of a fit (`figures`)."""
    cells = [Cell(**row["cell"]) if "cell" in row else Cell(row["group"]) for row in found]
    # Cells of persons without a history are looked at last, whatever the order in which a fit met its groups.
    order = sorted(range(len(cells)), key=lambda place: cells[place].new)
    codes = np.array(order)[_codes([cells[place] for place in order], persons)]
    mean, sd = np.array([(row["mean"], row["sd"]) for row in found], dtype=np.float64).reshape(-1, 2).T
    return mean[codes], sd[codes]
