"""Answers that ClickHouse must not have: who is forgotten, and their rows taken out of the sums, too.

Rows and sums are deleted by mutations, which write the parts they touch anew. Of two sums of one hour the
larger one holds, so that one which has become smaller can only be written after the old one is gone. All
functions raise ClickHouseError.
"""

from __future__ import annotations

from collections.abc import Collection

from clickhouse_connect.driver.client import Client

from database.clickhouse.session import answering
from database.errors import ClickHouseError
from database.queries.attempts import AttemptKey, ItemHour, as_micros, as_text, item_hour, rewrite_hours

_TRIES = 20
_CHUNK = 5_000  # of keys in one statement
_WAIT = {"mutations_sync": 2}
_AMONG = """(question_id, version, toUnixTimestamp64Micro(ts), event_id) in (
    select question_id, version, micros, event_id
    from format(TSV, 'question_id UInt64, version UInt32, micros Int64, event_id UUID', '{rows}')
)"""
_IN_HOURS = """(question_id, version, {hour}) in (
    select question_id, version, hour
    from format(TSV, 'question_id UInt64, version UInt32, hour DateTime64(0, \\'UTC\\')', '{rows}')
)"""
_HOUR = "toStartOfInterval(ts, toIntervalSecond(3600))"


def hashes(client: Client) -> frozenset[bytes]:
    """Return the hashes of everyone who is forgotten."""
    with answering(client):
        rows = client.query("select distinct learner_hash from forgotten_learners").result_rows
    return frozenset(bytes.fromhex(one) for (one,) in rows)


def keep_hashes(client: Client, wanted: Collection[bytes]) -> None:
    """Add the hashes that are missing."""
    missing = sorted(set(wanted) - hashes(client)) if wanted else []
    if missing:
        with answering(client):
            client.insert(
                "forgotten_learners",
                [[one.hex()] for one in missing],
                column_names=["learner_hash"],
                column_type_names=["String"],
            )


def count(client: Client, keys: Collection[AttemptKey]) -> int:
    """Return how many of these answers are stored."""
    return sum(_count(client, part) for part in _chunks(keys))


def remove(client: Client, keys: Collection[AttemptKey]) -> int:
    """Delete answers that are stored and return how many; their hours are summed anew, also a second time.

    Killed in between and called again it ends complete.
    """
    removed = 0
    for part in _chunks(keys):
        stored = _count(client, part)
        if stored:
            _command(client, f"alter table item_attempts delete where {_among(part)}")
        removed += stored
    settle_hours(client, {item_hour(key) for key in keys})
    return removed


def settle_hours(client: Client, touched: Collection[ItemHour]) -> None:
    """Write sums of hours anew that are not those of their rows, whoever writes to them meanwhile."""
    for _ in range(_TRIES):
        if not touched or _summed(client, touched) == _stored(client, touched):
            return
        _command(client, f"alter table item_attempts_hourly delete where {_in_hours(touched, 'hour')}")
        rewrite_hours(client, touched)
    raise ClickHouseError(
        f"{len(touched)} hours of item_attempts_hourly are not the sums of their rows after {_TRIES} tries, since "
        "others write to them: run the command again"
    )


def _count(client: Client, keys: Collection[AttemptKey]) -> int:
    items = ", ".join(f"({question}, {version})" for question, version in {(key[1], key[2]) for key in keys})
    statement = f"""
        select count() from item_attempts final
        where (question_id, version) in ({items}) and {_among(keys)}
    """
    return _numbers(client, statement)[0]


def _summed(client: Client, touched: Collection[ItemHour]) -> list[int]:
    among = _in_hours(touched, "hour")
    return _numbers(
        client, f"select sum(attempts), sum(correct) from item_attempts_hourly final where {among}"
    )


def _stored(client: Client, touched: Collection[ItemHour]) -> list[int]:
    months = ", ".join(str(month) for month in sorted({100 * hour.year + hour.month for *_, hour in touched}))
    items = ", ".join(f"({question}, {version})" for question, version in {hour[:2] for hour in touched})
    statement = f"""
        select count(), sum(is_correct) from item_attempts final
        where toYYYYMM(ts) in ({months}) and (question_id, version) in ({items}) and {_in_hours(touched, _HOUR)}
    """
    return _numbers(client, statement)


def _among(keys: Collection[AttemptKey]) -> str:
    rows = "".join(f"{key[1]}\t{key[2]}\t{as_micros(key.ts)}\t{key.event_id}\n" for key in keys)
    return _AMONG.format(rows=rows)


def _in_hours(touched: Collection[ItemHour], hour: str) -> str:
    rows = "".join(f"{question}\t{version}\t{as_text(at)}\n" for question, version, at in touched)
    return _IN_HOURS.format(hour=hour, rows=rows)


def _chunks(keys: Collection[AttemptKey]) -> list[list[AttemptKey]]:
    listed = sorted(set(keys))
    return [listed[at : at + _CHUNK] for at in range(0, len(listed), _CHUNK)]


def _numbers(client: Client, statement: str) -> list[int]:
    with answering(client):
        (row,) = client.query(statement, settings=_room_for(statement)).result_rows
    return [int(number) for number in row]


def _command(client: Client, statement: str) -> None:
    with answering(client):
        client.command(statement, settings=_room_for(statement) | _WAIT)


def _room_for(statement: str) -> dict[str, int]:
    return {"max_query_size": max(2**18, 2 * len(statement))}
