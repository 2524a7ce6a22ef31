"""`qbank relay`, `drain`, `consume` and `replay`: events from the outbox to the stores."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.console import errors, out
from cli.database import pipeline_engine
from cli.errors import OptionError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from sqlalchemy import Engine

    from ingestion.sinks import Sink
    from ingestion.sources import Source
    from ingestion.summary import DrainSummary

MetricsPort = Annotated[
    int | None, typer.Option(help="Port for Prometheus metrics, over QBANK_METRICS_PORT.")
]

Sinks = Annotated[
    list[str] | None,
    typer.Option(help="Store to write to, postgres or clickhouse; may be repeated. None: all."),
]


def relay(
    once: Annotated[bool, typer.Option("--once", help="Publish what waits, then end.")] = False,
    metrics_port: MetricsPort = None,
) -> None:
    """Publish events that the API left in event_outbox; without --once until interrupted."""
    from ingestion import settings
    from ingestion.journal import Journal
    from ingestion.metrics import RelayMetrics
    from ingestion.relay import relay_forever, relay_once
    from ingestion.sources import open_publisher

    chosen = settings.load()
    journal = Journal(chosen.home, _report)

    def observe(published: int, trouble: str | None) -> None:
        metrics.observe(published, trouble)
        journal.record("relay", published, trouble, dt.datetime.now(dt.UTC))

    with contextlib.closing(open_publisher(chosen)) as publisher, pipeline_engine() as engine:
        if once:
            published = relay_once(engine, publisher)
            journal.record("relay", published, None, dt.datetime.now(dt.UTC))
        else:
            stop = _until_stopped()
            with _metrics(metrics_port) as registry:
                metrics = RelayMetrics(registry)
                published = relay_forever(engine, publisher, stop, report=_report, observe=observe)
    out.print(f"{published:,} events published")


def drain(sink: Sinks = None) -> None:
    """Read topic or log to its end into the stores: valid events once each, the rest as dead letters."""
    from ingestion import settings
    from ingestion.drain import drain_all
    from ingestion.journal import Journal
    from ingestion.sources import open_source

    chosen = settings.load()
    with opened_sinks(sink) as (_, sinks), contextlib.closing(open_source(chosen)) as source:
        summaries = drain_all(source, sinks)
    journal = Journal(chosen.home, _report)
    for summary in summaries:
        journal.record(summary.sink, summary.read, _trouble(summary), dt.datetime.now(dt.UTC))
    _show(summaries)


def consume(sink: Sinks = None, metrics_port: MetricsPort = None) -> None:
    """Drain again and again, until interrupted; several of these share a topic's partitions.

    A broker or store that is away is tried again, and holds up no other.
    """
    from ingestion import settings
    from ingestion.consume import Transport
    from ingestion.consume import consume as consume_until
    from ingestion.journal import Journal
    from ingestion.metrics import ConsumerMetrics
    from ingestion.sources import open_membership, open_source

    chosen = settings.load()
    journal, stop = Journal(chosen.home, _report), _until_stopped()
    transport = Transport(lambda: open_source(chosen), lambda: open_membership(chosen))
    with opened_sinks(sink) as (_, sinks), _metrics(metrics_port) as registry:
        metrics = ConsumerMetrics(registry)

        def observe(summary: DrainSummary) -> None:
            metrics.observe(summary)
            journal.record(summary.sink, summary.read, _trouble(summary), dt.datetime.now(dt.UTC))

        stored = consume_until(transport, sinks, stop, report=_report, observe=observe)
    for name, count in stored.items():
        out.print(f"{count:,} events stored in {name}")


def replay(
    start: Annotated[
        int | None, typer.Option("--from", help="First position; the earliest unless given.")
    ] = None,
    end: Annotated[
        int | None, typer.Option("--to", help="Position to stop before; the end unless given.")
    ] = None,
    partition: Annotated[int, typer.Option(help="Partition of the topic; the local log has 0.")] = 0,
    archive: Annotated[
        Path | None, typer.Option(help="Folder of archived segments, with the log's log.json beside them.")
    ] = None,
    sink: Sinks = None,
) -> None:
    """Read a stretch of topic, log or archive once more and store what is missing; no position moves."""
    from ingestion.replay import replay as replay_stretch

    with (
        opened_sinks(sink) as (_, sinks),
        contextlib.closing(_archived_or_configured(archive)) as source,
        _progress() as progress,
    ):
        task = progress.add_task("replaying", total=None)
        summaries = replay_stretch(
            source,
            sinks,
            partition=partition,
            start=start,
            end=end,
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
    _show(summaries)


@contextlib.contextmanager
def opened_sinks(
    only: Sequence[str] | None = None, *, migrating: bool = True
) -> Iterator[tuple[Engine, Sequence[Sink]]]:
    """Lend an engine that acts as qbank_pipeline, and the stores there are, or those named, on the ready database."""
    from database import settings
    from ingestion.sinks import open_sinks

    with pipeline_engine(migrating=migrating) as engine:
        sinks = open_sinks(engine, settings.load())
        known = [sink.name for sink in sinks]
        for name in only or ():
            if name not in known:
                raise OptionError(f"--sink {name}: there is {' and '.join(known)}")
        yield engine, [sink for sink in sinks if not only or sink.name in only]


def _until_stopped() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set, so that work under way is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@contextlib.contextmanager
def _metrics(port: int | None) -> Iterator[CollectorRegistry]:
    """Lend a registry, offered over HTTP where the option or the environment names a port."""
    from prometheus_client import CollectorRegistry

    from ingestion import settings
    from ingestion.metrics import serve

    chosen, registry = settings.load(), CollectorRegistry()
    wanted = chosen.metrics_port if port is None else port
    if wanted is not None:
        serve(registry, chosen.metrics_host, wanted)
        errors.print(f"metrics on http://{chosen.metrics_host}:{wanted}/metrics")
    yield registry


def _report(said: str) -> None:
    errors.print(escape(said), soft_wrap=True)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=errors, transient=True)


def _trouble(summary: DrainSummary) -> str | None:
    return str(summary.faults[0]) if summary.faults else None


def _show(summaries: Sequence[DrainSummary]) -> None:
    """Print what came of a drain; exit 1 where a sink could not go on."""
    for summary in summaries:
        for line in summary.lines():
            out.print(line, soft_wrap=True)
    faults = [fault for summary in summaries for fault in summary.faults]
    for fault in faults:
        errors.print(f"[bold red]![/] {escape(str(fault))}", soft_wrap=True)
    if faults:
        raise typer.Exit(1)


def _archived_or_configured(archive: Path | None) -> Source:
    from ingestion import settings
    from ingestion.sources import open_archive, open_source

    chosen = settings.load()
    return open_source(chosen) if archive is None else open_archive(archive, chosen)
