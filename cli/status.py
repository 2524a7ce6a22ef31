"""`qbank status`: how the flow of events is doing."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli.console import out
from cli.telemetry import opened_sinks

if TYPE_CHECKING:
    from ingestion.journal import Entry
    from ingestion.status import Status


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False) -> None:
    """Say how far each sink has read, how fast, what went wrong last, and what waits or was refused."""
    from ingestion import settings, sources
    from ingestion.journal import Journal
    from ingestion.status import look

    chosen = settings.load()
    now = dt.datetime.now(dt.UTC)
    with opened_sinks(migrating=False) as (engine, sinks):
        found = look(lambda: sources.open_source(chosen), sinks, engine, Journal(chosen.home), now)
    names = [sink.name for sink in sinks]
    if as_json:
        out.print_json(json.dumps(_plain(found, names)))
    else:
        for line in _lines(found, names, now):
            out.print(line, soft_wrap=True)
    if found.faults:
        raise typer.Exit(1)


def _lines(found: Status, sinks: list[str], now: dt.datetime) -> list[str]:
    workers = {entry.worker: entry for entry in found.workers}
    lines = [f"source        {found.source_id or 'does not answer'}"]
    for sink in sinks:
        lag = found.lag(sink)
        lines.append(
            f"{sink:<13} lag {'unknown' if lag is None else f'{lag:,}'}{_rates(workers.get(sink), now)}"
        )
        lines += [
            f"  partition {one.partition}: next {one.position:,} of {one.until:,}"
            for one in found.standings
            if one.sink == sink and one.position is not None
        ]
    if found.outbox is not None:
        since = (
            "" if found.outbox.oldest_at is None else f", the oldest for {_ago(found.outbox.oldest_at, now)}"
        )
        lines.append(
            f"outbox        {found.outbox.waiting:,} waiting{since}{_rates(workers.get('relay'), now)}"
        )
    if found.dead_letters is not None:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in found.dead_letters.items())
        lines.append(f"dead letters  {reasons or 'none'}")
    return lines + [f"[bold red]![/] {escape(fault)}" for fault in found.faults]


def _rates(entry: Entry | None, now: dt.datetime) -> str:
    if entry is None:
        return "; nothing done yet"
    rates = f"; {entry.last_minute:,} in the last minute, {entry.last_hour:,} in the last hour"
    error = ""
    if entry.error is not None and entry.error_at is not None:
        error = f"; last error {_ago(entry.error_at, now)} ago: {escape(entry.error)}"
    return f"{rates}, seen {_ago(entry.seen_at, now)} ago{error}"


def _ago(moment: dt.datetime, now: dt.datetime) -> str:
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60:,} min" if seconds < 7_200 else f"{seconds // 3_600:,} h"


def _plain(found: Status, sinks: list[str]) -> dict[str, Any]:
    outbox = found.outbox
    return {
        "source": found.source_id,
        "sinks": {
            sink: {
                "lag": found.lag(sink),
                "partitions": {
                    str(one.partition): {
                        "position": one.position,
                        "earliest": one.earliest,
                        "until": one.until,
                    }
                    for one in found.standings
                    if one.sink == sink
                },
            }
            for sink in sinks
        },
        "workers": {
            entry.worker: {
                "seen_at": entry.seen_at.isoformat(),
                "last_minute": entry.last_minute,
                "last_hour": entry.last_hour,
                "total": entry.total,
                "error": entry.error,
                "error_at": None if entry.error_at is None else entry.error_at.isoformat(),
            }
            for entry in found.workers
        },
        "outbox": None
        if outbox is None
        else {
            "waiting": outbox.waiting,
            "oldest_at": None if outbox.oldest_at is None else outbox.oldest_at.isoformat(),
        },
        "dead_letters": None if found.dead_letters is None else dict(found.dead_letters),
        "faults": list(found.faults),
    }
