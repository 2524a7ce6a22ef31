"""`qbank positions`: where each sink stands in the topic or log, and a person's choice where it cannot go on."""

from __future__ import annotations

import contextlib
from typing import Annotated, Literal

import typer
from rich.table import Table

from cli.console import out
from cli.errors import OptionError
from cli.telemetry import opened_sinks

app = typer.Typer(help="How far each store has read the topic or log.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Show, for each sink and partition, the next position, what the source holds, and what is left."""
    from ingestion import settings
    from ingestion.positions import standings
    from ingestion.sources import open_source

    with opened_sinks() as (_, sinks), contextlib.closing(open_source(settings.load())) as source:
        found, away = standings(source, sinks)
        out.print(source.source_id)
    table = Table("sink", "partition", "next", "earliest", "end", "left")
    for one in found:
        position = "?" if one.position is None else f"{one.position:,}"
        lag = "?" if one.lag is None else f"{one.lag:,}"
        table.add_row(one.sink, str(one.partition), position, f"{one.earliest:,}", f"{one.until:,}", lag)
    out.print(table)
    for fault in away.values():
        raise fault


@app.command("set")
def set_(
    sink: Annotated[str, typer.Option(help="postgres or clickhouse.")],
    partition: Annotated[int, typer.Option(help="Partition of the topic; the local log has 0.")],
    to: Annotated[str, typer.Option(help="earliest, latest, or the position to read next.")],
) -> None:
    """Move a sink: to read again, which stores nothing twice, or to go on without what a source lost."""
    from ingestion import settings
    from ingestion.positions import move
    from ingestion.sources import open_source

    with opened_sinks([sink]) as (_, (chosen,)), contextlib.closing(open_source(settings.load())) as source:
        position = move(source, chosen, partition, _where(to))
    out.print(f"{sink} reads partition {partition} from {position:,} on")


def _where(to: str) -> int | Literal["earliest", "latest"]:
    named: dict[str, Literal["earliest", "latest"]] = {"earliest": "earliest", "latest": "latest"}
    try:
        return named[to] if to in named else int(to)
    except ValueError:
        raise OptionError(f"--to {to}: earliest, latest or a whole number is needed") from None
