from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from database.queries import content, responses
from database.queries.content import NewVersion
from database.queries.responses import Comparison, Difference

TENANT, ACTOR = uuid.UUID(int=1), uuid.UUID(int=9)
QUIZ, USER = uuid.UUID(int=11), uuid.UUID(int=12)
NINE = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def connection(pipeline_engine: Engine) -> Iterator[Connection]:
    with pipeline_engine.connect() as opened:
        content.add_exam(opened, "EX", TENANT)
        ids = content.add_questions(opened, TENANT, "EX", ["EX/1", "EX/2", "EX/3"], ACTOR)
        for question in ids.values():
            made = [
                NewVersion(question, number, "S", None, None, "A", ("A", "B"), None, None)
                for number in (1, 2)
            ]
            content.add_versions(opened, TENANT, made, ACTOR)
        yield opened
        opened.rollback()


def row(file_row: int, question: int, label: str = "A", minute: int = 0, **more: Any) -> dict[str, Any]:
    at = (NINE + dt.timedelta(minutes=minute)).isoformat()
    fields: dict[str, Any] = {
        "file_row": file_row, "session": 0, "question": question, "version": 1, "versioned": False,
        "answered": bool(label), "option_label": label, "is_correct": "" if not label else label == "A",
        "time_taken_ms": "", "answered_at": at, "served_at": at, "synthetic_at": False, "synthetic_time": False,
    }  # fmt: skip
    return {**fields, **more}


def load(connection: Connection, *rows: dict[str, Any], person: str = "007") -> tuple[Comparison, int]:
    first = connection.scalar(text("select min(id) from questions"))
    responses.create_staging(connection)
    responses.stage_sessions(connection, [f"0,{QUIZ},{USER},{person}\n".encode()])
    lines = [
        ",".join(str(value + first - 1 if name == "question" else value) for name, value in one.items())
        for one in rows
    ]
    responses.stage_rows(connection, [f"{line}\n".encode() for line in lines])
    comparison = responses.compare(connection)
    responses.add_persons(connection, TENANT)
    responses.add_sessions(connection, TENANT, "EX")
    return comparison, responses.add_rows(connection, TENANT, 0, 0)


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    return [
        tuple(found)
        for found in connection.execute(
            text(
                "select i.question_id - (select min(id) from questions) + 1, i.position, i.version, r.option_label "
                "from quiz_items i left join user_responses r using (quiz_id, question_id) order by position"
            )
        )
    ]


def test_positions_follow_time_and_then_the_file(connection: Connection) -> None:
    _, added = load(connection, row(0, 3, minute=1), row(1, 1, "", minute=1), row(2, 2, "B"))
    assert added == 2
    assert stored(connection) == [(2, 1, 1, "B"), (3, 2, 1, "A"), (1, 3, 1, None)]
    assert connection.execute(text("select started_at, sealed_at from quiz_sessions")).one() == (
        NINE,
        NINE + dt.timedelta(minutes=1),
    )


def test_comparison_with_what_is_stored(connection: Connection) -> None:
    load(connection, row(0, 1), row(1, 2, ""))
    comparison, added = load(connection, row(0, 1), row(1, 2, ""), row(2, 3, "B", minute=5))
    assert (comparison, added) == (Comparison(1, 1, ()), 1)
    comparison, added = load(
        connection,
        row(0, 1, "B"),
        row(1, 2, "B", version=2),
        row(2, 3, "", minute=5),
    )
    assert added == 0
    assert comparison == Comparison(
        0, 0, (Difference(0, 1, "A", True), Difference(1, 1, None, None), Difference(2, 1, "B", False))
    )
    assert stored(connection) == [(1, 1, 1, "A"), (2, 2, 1, None), (3, 3, 1, "B")]


@pytest.mark.parametrize(
    ("again", "same"),
    [
        ({"option_label": "", "is_correct": True}, True),  # scored only
        ({"option_label": "", "is_correct": False}, False),
        ({"version": 2}, True),  # the file does not say which version
        ({"version": 2, "versioned": True}, False),
    ],
)
def test_what_counts_as_the_same_answer(connection: Connection, again: dict[str, Any], same: bool) -> None:
    load(connection, row(0, 1))
    comparison, added = load(connection, row(0, 1, **again))
    assert (comparison.same_answers, len(comparison.differences), added) == (int(same), int(not same), 0)


def test_made_up_instants_go_behind_what_is_stored_and_real_ones_stay(connection: Connection) -> None:
    load(connection, row(0, 1, minute=30))
    load(connection, row(0, 2, synthetic_at=True), row(1, 3, minute=1))
    at = connection.execute(
        text("select option_label, created_at, synthetic_at from user_responses order by question_id")
    ).all()
    assert [tuple(one) for one in at] == [
        ("A", NINE + dt.timedelta(minutes=30), False),
        ("A", NINE + dt.timedelta(minutes=30), True),
        ("A", NINE + dt.timedelta(minutes=1), False),
    ]
    # Positions count what was stored first, whatever its time.
    assert [position for _, position, _, _ in stored(connection)] == [1, 2, 3]
    assert stored(connection)[0][0] == 1


def test_persons_known_keep_their_id(connection: Connection) -> None:
    known = uuid.uuid4()
    connection.execute(
        text("insert into app_users (id, tenant_id, external_ref) values (:id, :tenant, '007')"),
        {"id": known, "tenant": TENANT},
    )
    load(connection, row(0, 1))
    assert connection.scalar(text("select user_id from quiz_sessions")) == known
    assert connection.scalar(text("select user_id from user_responses")) == known


def test_staging_leaves_nothing_behind(pipeline_engine: Engine) -> None:
    with pipeline_engine.connect() as connection:
        with connection.begin():
            responses.create_staging(connection)
        assert connection.scalar(text("select to_regclass('import_rows')")) is None
