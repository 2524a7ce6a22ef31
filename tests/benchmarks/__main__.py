"""`make bench`: one table, `.qbank/bench.json`, and exit code 1 where a promise was broken."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from database import embedded, migrate, settings
from tests.benchmarks import (
    answers,
    compiling,
    definitions,
    events,
    fits,
    imports,
    marts,
    nightly,
    passes,
    pipeline,
    quality,
    scale,
    scores,
    selection,
    shadow,
    telemetry,
)
from tests.benchmarks.delivery import load
from tests.benchmarks.figure import Figure


def figures(folder: Path, history: int) -> Iterator[Figure]:
    """Measure everything, one after the other, on servers of their own."""
    yield from compiling.measure(folder)
    yield from fits.measure()
    yield from passes.measure()
    yield from scale.measure()
    yield from scores.measure()
    yield from answers.measure(folder)
    home = folder / "server"
    try:
        url = embedded.ensure_running(home)
        migrate.upgrade(url)
        yield from imports.measure(url, folder)
        yield from events.measure(url, folder)
        yield from telemetry.measure(url, folder)
    finally:
        embedded.purge(home)
    for name, part in PARTS.items():
        if name not in WITHIN:
            yield from part(folder, history)
    yield from pipeline.measure(folder / "home")


def of_marts(folder: Path, history: int) -> Iterator[Figure]:
    """Measure the marts, on a server of their own, for ten million answers need room."""
    home = folder / "marts"
    try:
        yield from marts.measure(embedded.ensure_running(home), history)
    finally:
        embedded.purge(home)


def of_nights(folder: Path, history: int) -> Iterator[Figure]:
    """Measure the nightly job, on a server of its own."""
    home = folder / "nights"
    try:
        yield from nightly.measure(embedded.ensure_running(home), home, history)
    finally:
        embedded.purge(home)


def of_cat() -> Iterator[Figure]:
    """Measure adaptive delivery: the search of items, shadow tests, and what sessions are worth."""
    yield from selection.measure()
    yield from shadow.measure()
    yield from quality.measure()


#: What can be measured alone.
PARTS: dict[str, Callable[[Path, int], Iterator[Figure]]] = {
    "cat": lambda _, __: of_cat(),
    "delivery": lambda folder, _: load.measure(folder),
    "definitions": lambda folder, _: definitions.measure(folder / "definitions"),
    "marts": of_marts,
    "nightly": of_nights,
    "selection": lambda _, __: selection.measure(),
}
#: Part of another.
WITHIN = ("selection",)


def main() -> int:
    """Measure, print, write; return the exit code."""
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("--only", choices=[*PARTS], help="measure these alone")
    asked.add_argument("--history", type=int, default=marts.HISTORY, help="answers of the shorter history")
    options = asked.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="qbank-bench-", dir="/tmp") as name:
        Path(name).chmod(0o755)  # root's server runs as another user, who must get in
        measured = []
        chosen = PARTS[options.only] if options.only else figures
        for figure in chosen(Path(name), options.history):
            measured.append(figure)
            console.print(f"  {figure.name}: {figure.figure:.3g} {figure.unit}")
    console.print(_table(measured))
    path = settings.load().home / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([figure.row() for figure in measured], indent=2) + "\n")
    broken = [figure.name for figure in measured if figure.met is False]
    promised = sum(figure.met is not None for figure in measured)
    console.print(
        f"{len(measured)} figures, {promised - len(broken)} of {promised} promises kept, written to {path}"
    )
    return 1 if broken else 0


def _table(measured: list[Figure]) -> Table:
    table = Table("name", "figure", "unit", "peer", "ratio", "goal", "met")
    for figure in measured:
        goal = "" if figure.goal is None else f"{'<=' if figure.at_most else '>='} {figure.goal:g}"
        met = "" if figure.met is None else ("yes" if figure.met else "NO")
        peer, ratio = figure.peer, figure.ratio
        shown = ("" if peer is None else f"{peer:.3g}", "" if ratio is None else f"{ratio:.1f}x")
        table.add_row(figure.name, f"{figure.figure:.3g}", figure.unit, *shown, goal, met)
    return table


if __name__ == "__main__":
    sys.exit(main())
