"""How the flow of events is doing: positions and lag, rates, last errors, the outbox, the dead letters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from database.queries import dead_letters, telemetry
from database.queries.dead_letters import LetterFilter
from database.queries.telemetry import OutboxBacklog
from ingestion.errors import IngestionError
from ingestion.journal import Entry, Journal
from ingestion.positions import Standing, standings
from ingestion.sinks.base import Sink
from ingestion.sources.base import Source


@dataclass(frozen=True)
class Status:
    """What is known; a part that did not answer is None or left out, and `faults` says why.

    `dead_letters` counts those not replayed, by reason; `standings` are the sinks' positions, `workers`
    what relay and sinks did of late.
    """

    source_id: str | None
    standings: tuple[Standing, ...]
    workers: tuple[Entry, ...]
    outbox: OutboxBacklog | None
    dead_letters: Mapping[str, int] | None
    faults: tuple[str, ...]

    def lag(self, sink: str) -> int | None:
        """Return the messages that a sink has left to read; None where it is not known."""
        lags = [one.lag for one in self.standings if one.sink == sink]
        known = [lag for lag in lags if lag is not None]
        return sum(known) if lags and len(known) == len(lags) else None


def look(
    open_source: Callable[[], Source],
    sinks: Sequence[Sink],
    engine: Engine,
    journal: Journal,
    now: dt.datetime,
) -> Status:
    """Ask everyone, and change nothing; whoever does not answer is told and holds up no other."""
    faults: list[str] = []
    source_id, found = _source(open_source, sinks, faults)
    outbox, letters = _database(engine, faults)
    return Status(source_id, found, tuple(journal.entries(now)), outbox, letters, tuple(faults))


def _source(
    open_source: Callable[[], Source], sinks: Sequence[Sink], faults: list[str]
) -> tuple[str | None, tuple[Standing, ...]]:
    try:
        source = open_source()
        try:
            found, away = standings(source, sinks)
            faults += [str(fault) for fault in away.values()]
            faults += source.notices
            return source.source_id, tuple(found)
        finally:
            source.close()
    except IngestionError as fault:
        faults.append(str(fault))
        return None, ()


def _database(engine: Engine, faults: list[str]) -> tuple[OutboxBacklog | None, Mapping[str, int] | None]:
    try:
        with engine.connect() as connection:
            return (
                telemetry.outbox_backlog(connection),
                dead_letters.count(connection, LetterFilter(replayed=False)),
            )
    except (OperationalError, InterfaceError) as fault:
        faults.append(f"Postgres does not answer: {str(fault.orig).splitlines()[0]}")
        return None, None
