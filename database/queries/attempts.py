"""Answers in ClickHouse: one row each, their sums by item and hour, and how far each source has been read.

An item is (question_id, version). Counts are exact whatever was delivered twice or in parts: rows are read
with FINAL, and sums of hours are made anew from such rows. All functions raise ClickHouseError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from clickhouse_connect.driver.client import Client

from database.clickhouse.session import answering

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_COLUMNS = {
    "ts": "DateTime64(6, 'UTC')",
    "question_id": "UInt64",
    "version": "UInt32",
    "is_correct": "UInt8",
    "time_taken_ms": "UInt32",
    "event_id": "UUID",
    "option": "String",
    "tenant_id": "UUID",
    "exam_code": "Nullable(String)",
}
_MEDIAN = (
    "toUInt32(round(quantileExactInclusive(0.5)(time_taken_ms)))"  # rounds half to even, as Postgres does
)
_HOUR = "toStartOfInterval(ts, toIntervalSecond(3600))"
_WITH_TOUCHED = """
with touched as (
    select * from format(TSV, 'question_id UInt64, version UInt32, hour DateTime64(0, \\'UTC\\')', '{rows}')
)
"""
# The months prune partitions, the items and the earliest time the sorting key; the hours are what is meant.
_REWRITE = f"""
insert into item_attempts_hourly
    (hour, question_id, version, attempts, correct, p_value, median_time_ms)
{{touched}}
select
    {_HOUR} as hour, question_id, version, count() as attempts, sum(is_correct) as correct,
    correct / attempts as p_value, {_MEDIAN} as median_time_ms
from item_attempts final
where toYYYYMM(ts) in ({{months}})
    and (question_id, version) in (select question_id, version from touched)
    and ts >= toDateTime64('{{earliest}}', 6, 'UTC')
    and (question_id, version, {_HOUR}) in (select question_id, version, hour from touched)
group by question_id, version, hour
"""
_ATTEMPTS_OF = """
{touched}
select sum(attempts) from item_attempts_hourly final
where (question_id, version, hour) in (select question_id, version, hour from touched)
"""
_POSITIONS = """
select partition, argMax(position, (step, position)), max(step) from source_positions
where source_id = {source_id:String} group by partition
"""
_RECENT = f"""
select question_id, version, count() as attempts, avg(is_correct), {_MEDIAN}
from item_attempts final
where ts > fromUnixTimestamp64Micro({{since:Int64}}, 'UTC') and ts <= fromUnixTimestamp64Micro({{until:Int64}}, 'UTC')
group by question_id, version
order by attempts desc, question_id, version
limit {{limit:UInt64}}
"""
_SERIES = """
select hour, attempts, correct, p_value, median_time_ms from item_attempts_hourly final
where question_id = {question_id:UInt64} and version = {version:UInt32}
    and hour >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') and hour < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
order by hour
"""
_SPAN = "ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') and ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')"
_CELLS = f"""
select toDate(ts, 'UTC') as day, question_id, version, count() as n, sum(is_correct) as n_right,
       sum(toUInt64(reinterpretAsUInt32(reverse(unhex(right(toString(event_id), 8)))))) as ids
from item_attempts final where {_SPAN}
group by day, question_id, version
"""
_EVENT_IDS = f"""
select event_id from item_attempts final
where question_id = {{question_id:UInt64}} and version = {{version:UInt32}} and {_SPAN}
"""
_BY_ITEM = "select question_id, version, count() from item_attempts final group by question_id, version"


class AttemptRow(NamedTuple):
    """An answer as it is stored: `ts` is aware, `time_taken_ms` in milliseconds, `option` one character."""

    ts: dt.datetime
    question_id: int
    version: int
    is_correct: bool
    time_taken_ms: int
    event_id: UUID
    option: str
    tenant_id: UUID
    exam_code: str | None


class AttemptKey(NamedTuple):
    """What tells an answer from every other one."""

    ts: dt.datetime
    question_id: int
    version: int
    event_id: UUID


class ItemHour(NamedTuple):
    """One hour of one item; `hour` is its beginning, in UTC."""

    question_id: int
    version: int
    hour: dt.datetime


class SourcePlace(NamedTuple):
    """How far a partition has been read: the next position, and how many times it has been set."""

    position: int
    step: int


class ItemActivity(NamedTuple):
    """What learners did with an item in a span of time; times in milliseconds."""

    question_id: int
    version: int
    attempts: int
    p_value: float
    median_time_ms: int


class HourOfItem(NamedTuple):
    """Answers to one item in the hour that begins at `hour` (UTC); times in milliseconds."""

    hour: dt.datetime
    attempts: int
    correct: int
    p_value: float
    median_time_ms: int


class Cell(NamedTuple):
    """One day of one item; the day is one of UTC."""

    day: dt.date
    question_id: int
    version: int


class CellSum(NamedTuple):
    """What a cell holds: answers, right ones, and the sum of the last 32 bits of their event ids."""

    n: int
    n_right: int
    ids: int


def item_hour(row: AttemptRow | AttemptKey) -> ItemHour:
    """Return the hour of its item that a row counts in."""
    hour = row.ts.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return ItemHour(row.question_id, row.version, hour)


def insert_rows(client: Client, rows: Sequence[AttemptRow]) -> None:
    """Store rows; one that is stored already becomes the same row."""
    if rows:
        ts, *others = zip(*rows, strict=True)
        columns = [[as_micros(each) for each in ts], *others]
        _insert(client, "item_attempts", _COLUMNS, columns)


def rewrite_hours(client: Client, touched: Collection[ItemHour]) -> None:
    """Make the sums of `touched` anew from the rows stored, in one statement."""
    if touched:
        earliest = min(hour for _, _, hour in touched)
        months = sorted({100 * hour.year + hour.month for _, _, hour in touched})
        statement = _REWRITE.format(
            touched=_named(touched), months=", ".join(map(str, months)), earliest=as_text(earliest)
        )
        with answering(client):
            client.command(statement, settings=_room_for(statement))


def attempts_of(client: Client, touched: Collection[ItemHour]) -> int:
    """Return the sum of attempts in `touched`, as last written by `rewrite_hours`."""
    if not touched:
        return 0
    statement = _ATTEMPTS_OF.format(touched=_named(touched))
    return int(_query(client, statement, settings=_room_for(statement))[0][0])


def places(client: Client, source_id: str) -> dict[int, SourcePlace]:
    """Return how far each partition of a source has been read; one never read is left out."""
    rows = _query(client, _POSITIONS, {"source_id": source_id})
    return {partition: SourcePlace(position, step) for partition, position, step in rows}


def place(client: Client, source_id: str, partition: int, position: int, step: int) -> None:
    """Set the next position to read; `step` is one more than that of the place before."""
    types = {"source_id": "String", "partition": "UInt32", "position": "Int64", "step": "UInt64"}
    _insert(client, "source_positions", types, [[source_id], [partition], [position], [step]])


def recent_items(
    client: Client, *, until: dt.datetime | None = None, hours: float = 24, limit: int = 1_000_000
) -> list[ItemActivity]:
    """Return items answered in the last `hours` before `until` (now, unless given), most attempted first."""
    end = until or dt.datetime.now(dt.UTC)
    span = {"since": as_micros(end - dt.timedelta(hours=hours)), "until": as_micros(end), "limit": limit}
    return [ItemActivity._make(row) for row in _query(client, _RECENT, span)]


def hours_of_item(
    client: Client, question_id: int, version: int, since: dt.datetime, until: dt.datetime
) -> list[HourOfItem]:
    """Return the hours that begin from `since` to before `until` and have answers to the item, in order."""
    rows = _query(
        client,
        _SERIES,
        {
            "question_id": question_id,
            "version": version,
            "since": as_micros(since),
            "until": as_micros(until),
        },
    )
    return [HourOfItem(hour.replace(tzinfo=dt.UTC), *rest) for hour, *rest in rows]


def cells(client: Client, since: dt.datetime | None, until: dt.datetime) -> dict[Cell, CellSum]:
    """Return the sums of every day and item from `since` (None: from the beginning) to before `until`."""
    rows = _query(client, _CELLS, {"since": as_micros(since or _EPOCH), "until": as_micros(until)})
    return {Cell(*row[:3]): CellSum(*row[3:]) for row in rows}


def event_ids(client: Client, cell: Cell, since: dt.datetime, until: dt.datetime) -> set[UUID]:
    """Return the ids of the answers to an item from `since` to before `until`."""
    span = {"since": as_micros(since), "until": as_micros(until)}
    rows = _query(client, _EVENT_IDS, {"question_id": cell.question_id, "version": cell.version, **span})
    return {row[0] for row in rows}


def count_by_item(client: Client) -> dict[tuple[int, int], int]:
    """Return how many answers are stored, by (question_id, version)."""
    return {(question, version): n for question, version, n in _query(client, _BY_ITEM)}


def _query(
    client: Client, statement: str, parameters: dict[str, Any] | None = None, **more: Any
) -> Sequence[Any]:
    with answering(client):
        return client.query(statement, parameters=parameters, **more).result_rows


def _insert(client: Client, table: str, types: dict[str, str], columns: Sequence[Sequence[Any]]) -> None:
    with answering(client):
        client.insert(
            table,
            columns,
            column_names=list(types),
            column_type_names=list(types.values()),
            column_oriented=True,
        )


def _named(touched: Collection[ItemHour]) -> str:
    """Return the item-hours as a table `touched`: of thousands, parsed ten times as fast as a list of tuples."""
    said = {hour: as_text(hour) for hour in {hour for _, _, hour in touched}}
    rows = "".join(f"{question}\t{version}\t{said[hour]}\n" for question, version, hour in touched)
    return _WITH_TOUCHED.format(rows=rows)


def _room_for(statement: str) -> dict[str, int]:
    return {"max_query_size": max(2**18, 2 * len(statement))}


def as_text(moment: dt.datetime) -> str:
    """Return a whole second in UTC as ClickHouse reads it."""
    return moment.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")


def as_micros(moment: dt.datetime) -> int:
    """Return a moment in microseconds since 1970, which is exact."""
    return (moment - _EPOCH) // _MICROSECOND
