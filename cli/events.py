"""`qbank events`: telemetry events by hand, and the topic they go to."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out

app = typer.Typer(help="Telemetry events by hand.", no_args_is_help=True)


@app.command("append")
def append(file: Annotated[Path, typer.Argument(help="JSON Lines, an event a line.")]) -> None:
    """Publish each line of a file as it is, good or bad; `qbank drain` says what became of each kind."""
    from ingestion import settings
    from ingestion.append import append_file
    from ingestion.sources import open_publisher

    with contextlib.closing(open_publisher(settings.load())) as publisher:
        appended = append_file(file, publisher)
    out.print(f"{appended:,} lines appended; `qbank drain` reads them")


@app.command("create-topic")
def create_topic(
    partitions: Annotated[
        int, typer.Option(help="Partitions: at most so many processes share the work.")
    ] = 6,
    replication: Annotated[
        int, typer.Option(help="Copies of each partition; 3 where there are brokers.")
    ] = 1,
) -> None:
    """Make the topic that QBANK_KAFKA_TOPIC_EVENTS names, unless it is there."""
    from ingestion import settings
    from ingestion.sources.kafka import topics

    chosen = settings.load()
    made = topics.create_topic(chosen, partitions, replication)
    state = "made" if made.created else "was there already"
    out.print(f"topic {chosen.kafka_topic_events} {state}; it has {made.partitions} partitions")
