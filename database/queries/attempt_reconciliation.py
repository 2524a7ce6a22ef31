"""Whether ClickHouse holds exactly the answers that Postgres holds: by day and item first, then the ids that differ.

A cell is a day and an item, with the number of answers, of right ones, and the sum of the last 32 bits of their
event ids: two sets of as many answers with other ids have other sums, but for one in four billion.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from sqlalchemy import Connection, text

from database.queries import attempts
from database.queries.attempts import Cell, CellSum
from database.queries.reconciliation import Span

MOST_CELLS = 200
MOST_IDS = 100
_CELLS = f"""
select (occurred_at at time zone 'UTC')::date as day, question_id, version, count(*) as n,
       count(*) filter (where is_correct) as n_right,
       sum(('x' || right(event_id::text, 8))::bit(32)::bigint)::bigint as ids
from telemetry.events
where event_type = 'answer_submitted' and {Span.of("occurred_at")}
group by 1, 2, 3
"""
_IDS = """
select event_id from telemetry.events
where event_type = 'answer_submitted' and occurred_at >= :since and occurred_at < :until
    and question_id = :question_id and version = :version
"""


@dataclass(frozen=True)
class CellDifference:
    """A day and item that the two stores tell otherwise; ids are of events that only one of them has."""

    cell: Cell
    postgres: CellSum
    clickhouse: CellSum
    only_postgres: tuple[uuid.UUID, ...]
    only_clickhouse: tuple[uuid.UUID, ...]

    def __str__(self) -> str:
        said = (
            f"{self.cell.day} question {self.cell.question_id} version {self.cell.version}:"
            f" {self.postgres.n:,} and {self.clickhouse.n:,} answers"
        )
        for name, ids in (("Postgres", self.only_postgres), ("ClickHouse", self.only_clickhouse)):
            if ids:
                said += f", only in {name}: {', '.join(map(str, ids[:3]))}" + (" ..." if len(ids) > 3 else "")
        return said


@dataclass(frozen=True)
class StoresAgreement:
    """What was found: answers in each store, cells compared and differing, and the first differences."""

    postgres: int
    clickhouse: int
    cells: int
    differing: int
    differences: tuple[CellDifference, ...]


def stores(connection: Connection, client: Client, span: Span) -> StoresAgreement:
    """Compare the answers of a span in both stores; ids are looked up in the first MOST_CELLS cells that differ."""
    rows = connection.execute(text(_CELLS), span.values())
    here = {Cell(*row[:3]): CellSum(*row[3:]) for row in rows}
    there = attempts.cells(client, span.since, span.until)
    nothing = CellSum(0, 0, 0)
    every = here.keys() | there.keys()
    differing = sorted(cell for cell in every if here.get(cell, nothing) != there.get(cell, nothing))
    return StoresAgreement(
        postgres=sum(each.n for each in here.values()),
        clickhouse=sum(each.n for each in there.values()),
        cells=len(every),
        differing=len(differing),
        differences=tuple(
            _difference(connection, client, span, cell, here.get(cell, nothing), there.get(cell, nothing))
            for cell in differing[:MOST_CELLS]
        ),
    )


def _difference(
    connection: Connection, client: Client, span: Span, cell: Cell, here: CellSum, there: CellSum
) -> CellDifference:
    day = dt.datetime.combine(cell.day, dt.time(), dt.UTC)
    within = Span(max(day, span.since or day), min(day + dt.timedelta(days=1), span.until))
    values = {**within.values(), "question_id": cell.question_id, "version": cell.version}
    in_postgres = set(connection.scalars(text(_IDS), values))
    in_clickhouse = attempts.event_ids(client, cell, within.since or day, within.until)
    return CellDifference(
        cell,
        here,
        there,
        tuple(sorted(in_postgres - in_clickhouse)[:MOST_IDS]),
        tuple(sorted(in_clickhouse - in_postgres)[:MOST_IDS]),
    )
