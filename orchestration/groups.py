"""Which calibration persons have an ability distribution of their own in a fit, and which of them set the scale.

Groups are cells of mode and of strata of prior ability. What chose a learner's questions - the learner's own
history - is modelled by a mean and SD for each stratum of it: answers are missing at random given the history
and not otherwise (Mislevy & Wu 1996), and a pooled fit of self-chosen items is biased. Of those who have no history
yet, it is the time they came that says which questions there were: new questions are met by new learners alone, and
these may be abler than those of last year. So they are groups by period, unless the clock was made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
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
    `since` and `until`: days (ISO) from which on, and before which, its windows begin (None: no bound).
    """

    mode: str | None = None
    low: float | None = None
    high: float | None = None
    new: bool = False
    since: str | None = None
    until: str | None = None


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
            "periods": len({cell.since for cell in cells.values()}) if cells else 1,
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
    """Return the finest cells that all have enough persons, and what there are; None: there are only modes."""
    old, new = (persons.filter(pl.col("history").is_null() == none) for none in (False, True))
    by_history = _finest(
        old, [_edges(old["history"], n) for n in range(strata, 0, -1)], modes, fewest, _by_history
    )
    # Where too few have a history to be groups, nobody's counts, and all are groups by period.
    apart = bool(by_history)
    starts = (new if apart else persons)["window_start"].cast(pl.String).sort()
    timed = strata > 1 and not persons["synthetic_clock"].any()
    edges = [_days(starts, n) for n in range(strata, 0, -1)] if timed else [[]]
    by_period = _finest(new if apart else persons, edges, modes, fewest, partial(_by_period, apart=apart))
    cells = by_history | by_period
    if strata < 2 or len(cells) <= len(modes):
        return {mode: Cell(mode) for mode in modes}, None
    return cells, _told(len(by_history) // len(modes), len(by_period) // len(modes))


def _told(strata: int, periods: int) -> str:
    came = f"{periods} periods in which learners came"
    if not strata:
        return came
    apart = f", in {came}" if periods > 1 else ""
    without = f", learners without one apart{apart}" if periods else ""
    return f"{strata} strata of the ability shown in earlier windows{without}"


def _finest(
    persons: pl.DataFrame,
    choices: Sequence[Sequence[Any]],
    modes: Sequence[str | None],
    fewest: int,
    made: Callable[[Sequence[str | None], Sequence[Any]], dict[str | None, Cell]],
) -> dict[str | None, Cell]:
    """Return the cells of the first choice of edges that leaves none with too few persons; none where all do."""
    for edges in choices:
        cells = made(modes, edges)
        counts = np.bincount(_codes(list(cells.values()), persons), minlength=len(cells))
        if persons.height and counts.min() >= fewest:
            return cells
    return {}


def _edges(history: pl.Series, number: int) -> list[float]:
    if not len(history):
        return []
    edges: list[float] = np.unique(np.quantile(history.to_numpy(), np.arange(1, number) / number)).tolist()
    return edges


def _days(starts: pl.Series, number: int) -> list[str]:
    """Return the days that cut sorted days into parts of about equally many; those of one day stay together."""
    cuts = {str(starts[len(starts) * part // number]) for part in range(1, number)} if len(starts) else set()
    return sorted(cuts - {str(starts[0])} if len(starts) else cuts)


def _by_history(modes: Sequence[str | None], edges: Sequence[float]) -> dict[str | None, Cell]:
    bounds = list(zip([None, *edges], [*edges, None], strict=True))
    return {
        f"{_of(mode)}stratum {number} of {len(bounds)}": Cell(mode, low, high)
        for mode in modes
        for number, (low, high) in enumerate(bounds, start=1)
    }


def _by_period(modes: Sequence[str | None], days: Sequence[str], *, apart: bool) -> dict[str | None, Cell]:
    bounds = list(zip([None, *days], [*days, None], strict=True))
    name = "no history" if apart else "all"
    return {
        f"{_of(mode)}{name}{_when(since, until)}": Cell(mode, new=apart, since=since, until=until)
        for mode in modes
        for since, until in bounds
    }


def _of(mode: str | None) -> str:
    return "" if mode is None else f"{mode}, "


def _when(since: str | None, until: str | None) -> str:
    if since is not None:
        return f", from {since}"
    return "" if until is None else f", before {until}"


def _codes(cells: Sequence[Cell], persons: pl.DataFrame) -> NDArray[np.int64]:
    """Return the place of each person's cell."""
    mode = persons["mode"].to_numpy()
    known = persons["history"].is_not_null().to_numpy()
    start = persons["window_start"].cast(pl.String).to_numpy()
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
        if cell.since is not None:
            inside &= start >= cell.since
        if cell.until is not None:
            inside &= start < cell.until
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
