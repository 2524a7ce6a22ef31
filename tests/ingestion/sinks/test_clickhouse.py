"""The ClickHouse sink: answers counted once each, whatever is delivered twice, in parts, or cut short."""

from __future__ import annotations

import json
import statistics
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.queries import attempts
from ingestion.events import AnswerSubmitted, decode
from ingestion.sinks.base import Decoded, MovedOnError, decode_batch
from ingestion.sinks.clickhouse import ClickHouseSink, attempt_row
from ingestion.sources.base import Batch, Message
from tests.ingestion.conftest import Events

SOURCE = "log:test:1"
STEPS = ("insert_rows", "rewrite_hours", "place")  # what a crash may come before


class Crash(BaseException):
    pass


@pytest.fixture
def sink(clickhouse_client: Client) -> ClickHouseSink:
    return ClickHouseSink(lambda: clickhouse_client)


def batch(start: int, raws: Sequence[bytes], partition: int = 0) -> Decoded:
    messages = tuple(Message(start + n, raw) for n, raw in enumerate(raws))
    return decode_batch(Batch(SOURCE, partition, start, start + len(raws), messages))


def answers(events: Any, count: int) -> list[bytes]:
    """Answers to few items within few hours."""
    return [
        events.raw(
            "answer_submitted",
            question_id=1 + n % 3,
            version=1,
            timestamp=f"2026-03-01T{8 + n % 2:02}:{n % 60:02}:00Z",
        )
        for n in range(count)
    ]


def hourly(client: Client) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = client.query(
        "select question_id, version, toString(hour), attempts, correct, p_value, median_time_ms "
        "from item_attempts_hourly final"
    ).result_rows
    return {row[:3]: row[3:] for row in rows}


def expected_hourly(raws: Sequence[bytes]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    groups: dict[tuple[Any, ...], list[AnswerSubmitted]] = defaultdict(list)
    for event in map(decode, set(raws)):
        assert isinstance(event, AnswerSubmitted)
        item_hour = attempts.item_hour(attempt_row(event))
        groups[(*item_hour[:2], f"{item_hour.hour:%Y-%m-%d %H:%M:%S}")].append(event)
    return {
        key: (
            len(group),
            sum(event.is_correct for event in group),
            pytest.approx(sum(event.is_correct for event in group) / len(group)),
            round(statistics.median(round(event.time_taken_ms) for event in group)),
        )
        for key, group in groups.items()
    }


def crash_before(step: str) -> Any:
    return patch.object(attempts, step, side_effect=Crash)


def test_answers_are_stored_and_the_rest_is_passed_over(
    sink: ClickHouseSink, clickhouse_client: Client, events: Any
) -> None:
    one = events.one("answer_submitted", time_taken_ms=1234.5, exam_code="CARDIO")
    raw = json.dumps(one).encode()
    outcome = sink.store(batch(7, [raw, events.raw("flagged"), b"\xff", raw, events.raw("unheard_of")]))
    assert (outcome.events, outcome.repeated, outcome.dead_letters) == ({"answer_submitted": 1}, 1, {})
    assert outcome.passed_over == 3
    assert sink.positions(SOURCE) == {0: 12}
    row = clickhouse_client.query(
        "select event_id, option, time_taken_ms, tenant_id, exam_code, question_id from item_attempts final"
    ).result_rows
    tenant = uuid.UUID(one["tenant_id"])
    expected = (uuid.UUID(one["event_id"]), one["selected"], 1234, tenant, "CARDIO", one["question_id"])
    assert row == [expected]


def test_the_first_of_an_id_within_a_batch_holds(
    sink: ClickHouseSink, clickhouse_client: Client, events: Any
) -> None:
    first = events.one("answer_submitted", question_id=1, version=1)
    second = first | {"question_id": 2}
    outcome = sink.store(batch(0, [json.dumps(each).encode() for each in (first, second)]))
    assert (outcome.events, outcome.repeated) == ({"answer_submitted": 1}, 1)
    assert attempts.count_by_item(clickhouse_client) == {(1, 1): 1}


def test_a_batch_that_comes_again_changes_nothing(
    sink: ClickHouseSink, clickhouse_client: Client, events: Any
) -> None:
    raws = answers(events, 30)
    assert sink.store(batch(0, raws)).events == {"answer_submitted": 30}
    sink.place(SOURCE, 0, 0)
    again = sink.store(batch(0, raws))
    assert (again.events, again.repeated) == ({}, 30)
    assert hourly(clickhouse_client) == expected_hourly(raws)


def test_a_batch_that_does_not_begin_at_the_position_is_refused(sink: ClickHouseSink, events: Any) -> None:
    raws = answers(events, 6)
    sink.store(batch(0, raws[:3]))
    for start in (0, 4):
        with pytest.raises(MovedOnError):
            sink.store(batch(start, raws))
    sink.store(batch(3, raws[3:]))
    sink.store(batch(40, raws, partition=1))
    assert sink.positions(SOURCE) == {0: 6, 1: 46}
    assert sink.positions("another") == {}


def test_adding_moves_nothing_and_adds_what_is_new(
    sink: ClickHouseSink, clickhouse_client: Client, events: Any
) -> None:
    raws = answers(events, 20)
    sink.store(batch(0, raws[:15]))
    outcome = sink.add(batch(5, raws[5:]))
    assert (outcome.events, outcome.repeated) == ({"answer_submitted": 5}, 10)
    assert sink.positions(SOURCE) == {0: 15}
    assert hourly(clickhouse_client) == expected_hourly(raws)


def test_a_batch_without_answers_moves_on(sink: ClickHouseSink, events: Any) -> None:
    outcome = sink.store(batch(0, [events.raw("flagged"), b"nothing"]))
    assert (outcome.events, outcome.repeated, outcome.passed_over) == ({}, 0, 2)
    assert sink.positions(SOURCE) == {0: 2}


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_before_any_step_is_made_good_by_the_next_delivery(
    sink: ClickHouseSink, clickhouse_client: Client, events: Any, step: str
) -> None:
    raws = answers(events, 24)
    sink.store(batch(0, raws[:8]))
    with crash_before(step), pytest.raises(Crash):
        sink.store(batch(8, raws[8:]))
    assert sink.positions(SOURCE) == {0: 8}
    outcome = sink.store(batch(8, raws[8:]))
    assert sum(outcome.events.values()) + outcome.repeated == 16
    assert sink.positions(SOURCE) == {0: 24}
    assert hourly(clickhouse_client) == expected_hourly(raws)
    assert sum(attempts.count_by_item(clickhouse_client).values()) == 24


def test_timestamps_of_wrong_clocks_hold_up_nothing(
    sink: ClickHouseSink, clickhouse_client: Client, events: Any
) -> None:
    stamps = [f"{year}-01-01T00:00:00+14:00" for year in (1970, *range(2100, 2200))] + [
        "2199-12-31T23:59:59.999999-23:00"
    ]
    raws = [events.raw("answer_submitted", question_id=1, version=1, timestamp=stamp) for stamp in stamps]
    assert sink.store(batch(0, raws)).events == {"answer_submitted": 102}
    assert hourly(clickhouse_client) == expected_hourly(raws)


POOL = answers(Events(99), 12)
SPANS = st.tuples(st.integers(0, 11), st.integers(1, 12)).map(sorted).filter(lambda span: span[0] < span[1])
DELIVERIES = st.lists(
    st.tuples(SPANS, st.sampled_from((None, *STEPS)), st.booleans()), min_size=1, max_size=6
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(deliveries=DELIVERIES)
def test_whatever_is_delivered_counts_are_exact(clickhouse_client: Client, deliveries: Any) -> None:
    for table in ("item_attempts", "item_attempts_hourly", "source_positions"):
        clickhouse_client.command(f"truncate table {table}")
    sink, delivered, new = ClickHouseSink(lambda: clickhouse_client), set[bytes](), 0
    for (start, end), crash, moving in deliveries:
        part = batch(start, POOL[start:end])
        store = sink.store if moving else sink.add
        if moving:
            sink.place(SOURCE, 0, start)
        if crash is not None and (moving or crash != "place"):
            with crash_before(crash), pytest.raises(Crash):
                store(part)
            if crash == "place":  # all but the position was there
                new += len(set(POOL[start:end]) - delivered)
        outcome = store(part)
        if crash != "place" or not moving:
            new += len(set(POOL[start:end]) - delivered)
            assert sum(outcome.events.values()) == len(set(POOL[start:end]) - delivered)
        assert sum(outcome.events.values()) + outcome.repeated == end - start
        delivered |= set(POOL[start:end])
        if moving:
            assert sink.positions(SOURCE) == {0: end}
    assert hourly(clickhouse_client) == expected_hourly(list(delivered))
    assert sum(attempts.count_by_item(clickhouse_client).values()) == len(delivered) == new
