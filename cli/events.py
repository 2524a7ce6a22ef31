"""`qbank relay`, `drain`, `consume` and `events append`: telemetry from the outbox to the database."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import errors, out
from cli.database import pipeline_engine

if TYPE_CHECKING:
    from ingestion.sinks.postgres import PostgresSink
    from ingestion.sources import Source

app = typer.Typer(help="Telemetry events by hand.", no_args_is_help=True)
_POLL_SECONDS = 1.0


def relay(
    once: Annotated[bool, typer.Option("--once", help="Publish what waits, then end.")] = False,
) -> None:
    """Publish events that the API left in event_outbox; without --once until interrupted."""
    from ingestion import settings
    from ingestion.relay import relay_forever, relay_once
    from ingestion.sources import open_publisher

    publisher = open_publisher(settings.load())
    with pipeline_engine() as engine:
        if once:
            published = relay_once(engine, publisher)
        else:
            published = relay_forever(engine, publisher, _until_stopped(), report=errors.print)
    out.print(f"{published:,} events published")


def drain() -> None:
    """Read topic or log to its end into the database: valid events once each, the rest as dead letters."""
    from ingestion import settings
    from ingestion.drain import drain as drain_source
    from ingestion.sinks.postgres import PostgresSink
    from ingestion.sources import open_source

    with pipeline_engine() as engine:
        summary = drain_source(open_source(settings.load()), PostgresSink(engine))
    for line in summary.lines():
        out.print(line, soft_wrap=True)


def consume() -> None:
    """Drain again and again, until interrupted; a database that is away is tried again."""
    from ingestion import settings
    from ingestion.sinks.postgres import PostgresSink
    from ingestion.sources import open_source

    source, stop = open_source(settings.load()), _until_stopped()
    stored = 0
    with pipeline_engine() as engine:
        sink = PostgresSink(engine)
        while not stop.is_set():
            stored += _drain_or_say(source, sink)
            stop.wait(_POLL_SECONDS)
    out.print(f"{stored:,} events stored")


def _drain_or_say(source: Source, sink: PostgresSink) -> int:
    from ingestion.drain import drain as drain_source
    from ingestion.errors import SinkError

    try:
        summary = drain_source(source, sink)
    except SinkError as away:
        errors.print(f"{away}; trying again", soft_wrap=True)
        return 0
    if summary.read:
        for line in summary.lines():
            errors.print(line, soft_wrap=True)
    return summary.stored


@app.command("append")
def append(file: Annotated[Path, typer.Argument(help="JSON Lines, an event a line.")]) -> None:
    """Publish each line of a file as it is, good or bad; `qbank drain` says what became of each kind."""
    from ingestion import settings
    from ingestion.append import append_file
    from ingestion.sources import open_publisher

    appended = append_file(file, open_publisher(settings.load()))
    out.print(f"{appended:,} lines appended; `qbank drain` reads them")


def _until_stopped() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set, so that work under way is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
