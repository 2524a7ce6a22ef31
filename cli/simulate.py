"""`qbank simulate-cat`: simulees through adaptive sessions, under several configurations side by side."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import errors, out
from cli.errors import OptionError
from cli.simulation.configuration import BLUEPRINTS, EXPOSURES, Configuration, beside

if TYPE_CHECKING:
    from cli.simulation.bank import Bank
    from cli.simulation.feasible import Finding
    from cli.simulation.play import Population
    from cli.simulation.told import Played

METRICS = ("normal", "logistic")
#: More could not be told apart in the picture.
MOST_CONFIGURATIONS = 8

_CHOOSING = "How items are chosen"
_ENDING = "When sessions end"
_WHO = "Who plays"


def simulate_cat(
    exam: Annotated[str | None, typer.Option(help="What is live of this exam.")] = None,
    items: Annotated[
        Path | None, typer.Option(metavar="ITEMS.csv", help="Or item, a, b and perhaps c; CSV or Parquet.")
    ] = None,
    metric: Annotated[
        str, typer.Option(help="Of the slopes in ITEMS: normal (D = 1.7) or logistic (D = 1).")
    ] = "normal",
    simulees: Annotated[int, typer.Option(min=1, help="How many.", rich_help_panel=_WHO)] = 1000,
    mean: Annotated[
        float | None, typer.Option(help="Of theta; the exam's prior, else 0.", rich_help_panel=_WHO)
    ] = None,
    sd: Annotated[
        float | None, typer.Option(help="Of theta; the exam's prior, else 1.", rich_help_panel=_WHO)
    ] = None,
    skew: Annotated[float, typer.Option(help="Skewness of theta.", rich_help_panel=_WHO)] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Of all chance.", rich_help_panel=_WHO)] = 1,
    workers: Annotated[
        int, typer.Option(min=1, metavar="N", help="Play in N processes.", rich_help_panel=_WHO)
    ] = 1,
    criterion: Annotated[str, typer.Option(help="MFI, MPWI, KL or MEPV.", rich_help_panel=_CHOOSING)] = "MFI",
    method: Annotated[
        str, typer.Option(help="Of ability: EAP, MAP, WLE or ML.", rich_help_panel=_CHOOSING)
    ] = "EAP",
    exposure: Annotated[
        str, typer.Option(help=f"{', '.join(EXPOSURES)}.", rich_help_panel=_CHOOSING)
    ] = "none",
    r_max: Annotated[
        float, typer.Option(help="Highest rate, for the last two.", rich_help_panel=_CHOOSING)
    ] = 0.2,
    among: Annotated[
        int, typer.Option(min=1, help="One of so many best; 5 where randomesque.", rich_help_panel=_CHOOSING)
    ] = 1,
    blueprint: Annotated[
        str, typer.Option(help=f"{', '.join(BLUEPRINTS)}: the exam's.", rich_help_panel=_CHOOSING)
    ] = "none",
    length: Annotated[
        int | None, typer.Option(help="So many items; else 30.", rich_help_panel=_ENDING)
    ] = None,
    se: Annotated[float | None, typer.Option(help="Standard error reached.", rich_help_panel=_ENDING)] = None,
    cut: Annotated[
        float | None, typer.Option(help="Theta on one side of it, by SPRT.", rich_help_panel=_ENDING)
    ] = None,
    delta: Annotated[float, typer.Option(help="Of SPRT: cut +- delta.", rich_help_panel=_ENDING)] = 0.3,
    require: Annotated[str, typer.Option(help="any of these, or all.", rich_help_panel=_ENDING)] = "any",
    min_length: Annotated[int, typer.Option(min=1, help="Not before.", rich_help_panel=_ENDING)] = 1,
    max_length: Annotated[
        int | None, typer.Option(help="Not after; 100 where open.", rich_help_panel=_ENDING)
    ] = None,
    differing: Annotated[
        list[str] | None,
        typer.Option(
            "--beside", metavar="NAME=VALUE,...", help="The same but for this, side by side; repeatable."
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of page, picture and figures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Play simulees through adaptive sessions: what the bank allows first, then what each configuration makes of it."""
    from cli.simulation import told
    from cli.simulation.play import Population

    base = Configuration(
        criterion=criterion, method=method, among=among, length=length, se=se, min_length=min_length,
        max_length=max_length, require=require, cut=cut, delta=delta, exposure=exposure, r_max=r_max,
        blueprint=blueprint,
    )  # fmt: skip
    wanted = beside(base, differing or [])
    if len(wanted) > MOST_CONFIGURATIONS:
        raise OptionError(f"--beside: {MOST_CONFIGURATIONS - 1} at most, not {len(wanted) - 1}")
    if to is not None:
        from cli.calibration import write

        write.ready(to)
    bank = _bank(exam, items, metric)
    people = Population(
        simulees, bank.prior[0] if mean is None else mean, bank.prior[1] if sd is None else sd, skew, seed
    )
    played = _play({name: one.settled(bank.items) for name, one in wanted.items()}, bank, people, workers)
    if to is not None:
        _write(to, bank, people, played)
    if as_json:
        typer.echo(
            json.dumps(told.plain(bank, people, played), indent=2, ensure_ascii=False, allow_nan=False)
        )
    else:
        _print(bank, people, played)


def _bank(exam: str | None, items: Path | None, metric: str) -> Bank:
    from cli.simulation import bank

    if metric not in METRICS:
        raise OptionError(f"--metric must be one of {', '.join(METRICS)}, not {metric!r}")
    if (exam is None) == (items is None):
        raise OptionError(
            "give --exam CODE for what is live, or --items FILE for a file of parameters: one of them"
        )
    if items is not None:
        return bank.from_file(items, logistic=metric == "logistic")
    from cli.database import pipeline_engine

    with pipeline_engine() as engine, engine.begin() as connection:
        return bank.from_exam(connection, str(exam))


def _play(asked: dict[str, Configuration], bank: Bank, people: Population, workers: int) -> dict[str, Played]:
    """Say what the bank allows, then play all configurations."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from cli.simulation.feasible import findings
    from cli.simulation.play import delivery_of, players
    from cli.simulation.told import Played

    bounds = {name: findings(one, bank, people.mean, people.sd) for name, one in asked.items()}
    for name, found in bounds.items():
        _say(name, found)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with players(bank, workers) as playing:
        with errors.status("getting ready"):
            made = {name: delivery_of(one, bank, people, playing) for name, one in asked.items()}
        with Progress(*columns, console=errors) as progress:
            tasks = {name: progress.add_task(_plain(name), total=people.simulees) for name in asked}
            played = playing.play(
                {name: one for name, (one, _) in made.items()},
                people.draw(),
                people.seed,
                lambda name, more: progress.advance(tasks[name], more),
            )
    return {name: Played(one, bounds[name], played[name], made[name][1]) for name, one in asked.items()}


def _say(name: str, found: list[Finding]) -> None:
    for each in found:
        word = "[green]possible[/]" if each.feasible else "[bold yellow]infeasible[/]"
        errors.print(f"{word} {_plain(name)}, {each.demand}: {_plain(each.sentence)}", soft_wrap=True)


def _print(bank: Bank, people: Population, played: dict[str, Played]) -> None:
    from rich.table import Table

    from cli.simulation import told

    left = f", {bank.left_out} left out" if bank.left_out else ""
    title = (
        f"{people.simulees:,} simulees, theta ~ N({people.mean:g}, {people.sd:g}), "
        f"{bank.items:,} items of {bank.name}{left}"
    )
    table = Table("", title=_plain(title))
    for name in played:
        table.add_column(_plain(name), overflow="fold")
    for line in told.lines(list(played.values())):
        table.add_row(line.name, *map(_plain, line.values))
    out.print(table)


def _write(to: Path, bank: Bank, people: Population, played: dict[str, Played]) -> None:
    """Write picture, page and figures; figures.json last: where it stands, the others are whole."""
    from cli.calibration import write
    from cli.simulation import told

    png = told.picture(played)
    write.put(to, "sessions.png", png)
    write.put(to, "report.html", told.page(bank, people, played, png, dt.datetime.now(dt.UTC)))
    write.put_json(to, "figures.json", told.plain(bank, people, played))


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
