"""Queries of answers in ClickHouse: exact under anything delivered twice or in parts."""

from __future__ import annotations

import datetime as dt
import statistics
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest
from clickhouse_connect.driver.client import Client

from database.errors import ClickHouseError
from database.queries import attempts
from database.queries.attempts import AttemptRow, HourOfItem, ItemActivity, ItemHour, SourcePlace
from tests.database.queries.answers import NOON, Answers

YEARS = (1970, *range(2100, 2200))  # more partitions than an insert usually may touch
ALWAYS = (dt.datetime(1960, 1, 1, tzinfo=dt.UTC), dt.datetime(2210, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def answers() -> Answers:
    return Answers(4)


def put(client: Client, rows: list[AttemptRow]) -> None:
    attempts.insert_rows(client, rows)
    attempts.rewrite_hours(client, {attempts.item_hour(row) for row in rows})


def expected_hours(rows: Iterable[AttemptRow]) -> dict[ItemHour, HourOfItem]:
    by_hour: dict[ItemHour, list[AttemptRow]] = defaultdict(list)
    for row in set(rows):
        by_hour[attempts.item_hour(row)].append(row)
    return {
        key: HourOfItem(
            key.hour,
            len(group),
            sum(row.is_correct for row in group),
            pytest.approx(sum(row.is_correct for row in group) / len(group)),
            round(statistics.median(row.time_taken_ms for row in group)),
        )
        for key, group in by_hour.items()
    }


def hours(client: Client, items: Iterable[tuple[int, int]]) -> dict[ItemHour, HourOfItem]:
    return {
        ItemHour(*item, hour.hour): hour
        for item in items
        for hour in attempts.hours_of_item(client, *item, *ALWAYS)
    }


def test_a_row_comes_back_to_the_microsecond(clickhouse_client: Client, answers: Answers) -> None:
    rows = [
        answers.one(ts=dt.datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC), option="é"),
        answers.one(ts=dt.datetime(1970, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))), option="\t"),
        answers.one(question_id=2**63 - 1, version=2**31 - 1, time_taken_ms=2**31 - 1, option="\\"),
        answers.one(exam_code="a\n\tb'\\", option="'"),
    ]
    attempts.insert_rows(clickhouse_client, rows)
    names = ", ".join(AttemptRow._fields)
    stored = clickhouse_client.query(f"select {names} from item_attempts").result_rows
    back = {AttemptRow(row[0].replace(tzinfo=dt.UTC), *row[1:]) for row in stored}
    assert back == set(rows)


def test_counts_are_exact_however_rows_are_split_and_repeated(
    clickhouse_client: Client, answers: Answers
) -> None:
    rows = answers.many(600)
    same_moment = answers.many(5, ts=NOON, question_id=1, version=1)
    everything = rows + same_moment
    for part in (everything[:300], everything[200:], everything[100:400], same_moment):
        put(clickhouse_client, part)
    counted = Counter((row.question_id, row.version) for row in everything)
    assert attempts.count_by_item(clickhouse_client) == counted
    assert hours(clickhouse_client, counted) == expected_hours(everything)


def test_hours_stay_exact_once_the_engine_has_merged(clickhouse_client: Client, answers: Answers) -> None:
    rows = answers.many(300)
    for part in (rows[:200], rows[100:], rows):
        put(clickhouse_client, part)
    for table in ("item_attempts", "item_attempts_hourly"):
        clickhouse_client.command(f"optimize table {table} final")
    counted = Counter((row.question_id, row.version) for row in rows)
    assert attempts.count_by_item(clickhouse_client) == counted
    assert hours(clickhouse_client, counted) == expected_hours(rows)


def test_an_older_rewrite_that_comes_late_does_not_win(clickhouse_client: Client, answers: Answers) -> None:
    rows = answers.many(6, ts=NOON, question_id=1, version=1)
    attempts.insert_rows(clickhouse_client, rows)
    touched = {attempts.item_hour(rows[0])}
    attempts.rewrite_hours(clickhouse_client, touched)
    stale = [[NOON], [1], [1], [2], [0], [0.0], [7]]
    names = ["hour", "question_id", "version", "attempts", "correct", "p_value", "median_time_ms"]
    clickhouse_client.insert("item_attempts_hourly", stale, column_names=names, column_oriented=True)
    assert attempts.attempts_of(clickhouse_client, touched) == 6
    clickhouse_client.command("optimize table item_attempts_hourly final")
    assert hours(clickhouse_client, [(1, 1)]) == expected_hours(rows)


def test_a_rewrite_leaves_other_hours_and_items_alone(clickhouse_client: Client, answers: Answers) -> None:
    rows = answers.many(100)
    attempts.insert_rows(clickhouse_client, rows)
    (one, *_) = {attempts.item_hour(row) for row in rows}
    attempts.rewrite_hours(clickhouse_client, {one})
    expected = {one: expected_hours(rows)[one]}
    assert hours(clickhouse_client, {(row.question_id, row.version) for row in rows}) == expected


def test_one_batch_may_span_more_months_than_an_insert_usually_may(
    clickhouse_client: Client, answers: Answers
) -> None:
    rows = [answers.one(ts=dt.datetime(year, 7, 1, 5, 59, tzinfo=dt.UTC)) for year in YEARS]
    put(clickhouse_client, rows)
    assert sum(attempts.count_by_item(clickhouse_client).values()) == len(YEARS)
    assert hours(clickhouse_client, {(row.question_id, row.version) for row in rows}) == expected_hours(rows)


@pytest.mark.parametrize(
    ("times", "median"), [((1, 2), 2), ((2, 3), 2), ((1, 4, 9), 4), ((5,), 5), ((1, 2, 4, 9), 3)]
)
def test_the_median_is_that_of_the_marts_in_postgres(
    clickhouse_client: Client, answers: Answers, times: tuple[int, ...], median: int
) -> None:
    put(clickhouse_client, [answers.one(question_id=1, version=1, ts=NOON, time_taken_ms=t) for t in times])
    assert [hour.median_time_ms for hour in attempts.hours_of_item(clickhouse_client, 1, 1, *ALWAYS)] == [
        median
    ]
    (recent,) = attempts.recent_items(clickhouse_client, until=NOON)
    assert recent.median_time_ms == median


def test_recent_items_are_those_of_the_span_most_attempted_first(
    clickhouse_client: Client, answers: Answers
) -> None:
    day = dt.timedelta(hours=24)
    inside = [
        *answers.many(3, ts=NOON, question_id=1, version=1, is_correct=True, time_taken_ms=10),
        *answers.many(
            4, ts=NOON - day + dt.timedelta(microseconds=1), question_id=2, version=7, is_correct=False
        ),
        answers.one(ts=NOON, question_id=1, version=2, is_correct=True, time_taken_ms=30),
    ]
    outside = [
        answers.one(ts=NOON - day, question_id=1, version=1),
        answers.one(ts=NOON + dt.timedelta(microseconds=1), question_id=1, version=1),
        answers.one(ts=dt.datetime(2199, 1, 1, tzinfo=dt.UTC), question_id=1, version=1),
    ]
    attempts.insert_rows(clickhouse_client, inside + outside)
    attempts.insert_rows(clickhouse_client, inside)
    found = attempts.recent_items(clickhouse_client, until=NOON)
    assert [item[:4] for item in found] == [(2, 7, 4, 0.0), (1, 1, 3, 1.0), (1, 2, 1, 1.0)]
    assert found[1] == ItemActivity(1, 1, 3, 1.0, 10)
    assert attempts.recent_items(clickhouse_client, until=NOON, limit=1) == found[:1]
    assert [item.attempts for item in attempts.recent_items(clickhouse_client, until=NOON, hours=1)] == [3, 1]


def test_hours_of_an_item_begin_within_what_is_asked_for(clickhouse_client: Client, answers: Answers) -> None:
    hour = dt.timedelta(hours=1)
    put(clickhouse_client, [answers.one(ts=NOON + n * hour, question_id=1, version=1) for n in range(4)])
    found = attempts.hours_of_item(clickhouse_client, 1, 1, NOON + hour, NOON + 3 * hour)
    assert [each.hour for each in found] == [NOON + hour, NOON + 2 * hour]
    assert attempts.hours_of_item(clickhouse_client, 1, 2, *ALWAYS) == []


def test_the_place_set_last_holds_also_where_it_is_lower(clickhouse_client: Client) -> None:
    source = "kafka:it's:\\1"
    assert attempts.places(clickhouse_client, source) == {}
    attempts.place(clickhouse_client, source, 0, 500, 1)
    attempts.place(clickhouse_client, source, 1, 3, 1)
    attempts.place(clickhouse_client, source, 0, 20, 2)
    attempts.place(clickhouse_client, "other", 0, 9, 9)
    expected = {0: SourcePlace(20, 2), 1: SourcePlace(3, 1)}
    assert attempts.places(clickhouse_client, source) == expected
    clickhouse_client.command("optimize table source_positions final")
    assert attempts.places(clickhouse_client, source) == expected


def test_nothing_to_store_asks_for_nothing(clickhouse_client: Client) -> None:
    attempts.insert_rows(clickhouse_client, [])
    attempts.rewrite_hours(clickhouse_client, [])
    assert attempts.attempts_of(clickhouse_client, []) == 0


def test_a_batch_of_thousands_of_item_hours_fits_one_statement(
    clickhouse_client: Client, answers: Answers
) -> None:
    rows = [answers.one(question_id=2**62 + n, event_id=uuid.UUID(int=n)) for n in range(20_000)]
    put(clickhouse_client, rows)
    assert attempts.attempts_of(clickhouse_client, {attempts.item_hour(row) for row in rows}) == 20_000


def test_without_tables_the_error_is_the_databases(clickhouse_client: Client) -> None:
    clickhouse_client.command("drop table item_attempts")
    with pytest.raises(ClickHouseError) as told:
        attempts.count_by_item(clickhouse_client)
    assert told.value.code == 60  # UNKNOWN_TABLE
