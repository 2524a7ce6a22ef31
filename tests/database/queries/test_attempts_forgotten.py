"""Answers taken out of ClickHouse: rows and sums, whatever is written meanwhile."""

from __future__ import annotations

import threading

import pytest
from clickhouse_connect.driver.client import Client

from database import clickhouse
from database.queries import attempts, attempts_forgotten
from database.queries.attempts import AttemptKey, AttemptRow
from tests.database.queries.answers import Answers
from tests.database.queries.test_attempts import expected_hours, hours, put


@pytest.fixture
def answers() -> Answers:
    return Answers(5)


def key(row: AttemptRow) -> AttemptKey:
    return AttemptKey(row.ts, row.question_id, row.version, row.event_id)


def items(rows: list[AttemptRow]) -> set[tuple[int, int]]:
    return {(row.question_id, row.version) for row in rows}


def test_rows_go_and_their_hours_are_summed_anew(clickhouse_client: Client, answers: Answers) -> None:
    rows = [answers.one() for _ in range(300)]
    put(clickhouse_client, rows)
    put(clickhouse_client, rows[:40])  # delivered twice
    gone, kept = rows[:100], rows[100:]
    assert attempts_forgotten.count(clickhouse_client, [key(row) for row in gone]) == 100
    assert attempts_forgotten.remove(clickhouse_client, [key(row) for row in gone]) == 100
    assert hours(clickhouse_client, items(rows)) == expected_hours(kept)
    ids = {row[0] for row in clickhouse_client.query("select event_id from item_attempts").result_rows}
    assert ids == {row.event_id for row in kept}
    assert attempts_forgotten.remove(clickhouse_client, [key(row) for row in gone]) == 0


def test_nothing_to_remove_is_nothing(clickhouse_client: Client, answers: Answers) -> None:
    assert attempts_forgotten.remove(clickhouse_client, []) == 0
    assert attempts_forgotten.remove(clickhouse_client, [key(answers.one())]) == 0


def test_another_answer_under_the_same_event_id_stays(clickhouse_client: Client, answers: Answers) -> None:
    one = answers.one(question_id=1)
    other = answers.one(question_id=2, event_id=one.event_id)
    put(clickhouse_client, [one, other])
    attempts_forgotten.remove(clickhouse_client, [key(one)])
    assert attempts.count_by_item(clickhouse_client) == {(2, other.version): 1}


def test_killed_after_the_rows_it_sums_the_hours_when_called_again(
    clickhouse_client: Client, answers: Answers
) -> None:
    rows = [answers.one() for _ in range(30)]
    put(clickhouse_client, rows)
    gone = [key(row) for row in rows[:10]]
    ids = ", ".join(f"'{one.event_id}'" for one in gone)
    clickhouse_client.command(
        f"alter table item_attempts delete where event_id in ({ids})", settings={"mutations_sync": 2}
    )
    assert hours(clickhouse_client, items(rows)) == expected_hours(rows)
    assert attempts_forgotten.remove(clickhouse_client, gone) == 0
    assert hours(clickhouse_client, items(rows)) == expected_hours(rows[10:])


def test_sums_are_right_while_others_write_to_the_same_hours(clickhouse_url: str, answers: Answers) -> None:
    client, other = clickhouse.open_url(clickhouse_url), clickhouse.open_url(clickhouse_url)
    mine = [answers.one(question_id=1, version=1) for _ in range(40)]
    theirs = [answers.one(question_id=1, version=1) for _ in range(40)]
    put(client, mine)

    def write() -> None:
        for row in theirs:
            put(other, [row])

    writer = threading.Thread(target=write)
    writer.start()
    for at in range(0, 40, 8):
        attempts_forgotten.remove(client, [key(row) for row in mine[at : at + 8]])
    writer.join()
    attempts_forgotten.settle_hours(client, {attempts.item_hour(row) for row in mine + theirs})
    assert hours(client, {(1, 1)}) == expected_hours(theirs)
    client.close()
    other.close()


def test_hashes_are_kept_once(clickhouse_client: Client) -> None:
    attempts_forgotten.keep_hashes(clickhouse_client, [])
    assert attempts_forgotten.hashes(clickhouse_client) == frozenset()
    for _ in range(2):
        attempts_forgotten.keep_hashes(clickhouse_client, [b"\x01" * 32, b"\x02" * 32])
    assert attempts_forgotten.hashes(clickhouse_client) == {b"\x01" * 32, b"\x02" * 32}
    assert clickhouse_client.command("select count() from forgotten_learners") == 2
