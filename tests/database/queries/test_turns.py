"""What a turn reads and writes, under the API's role."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from database.queries import quizzes, turns
from database.queries.item_texts import ItemText, Option
from database.queries.quizzes import Decision, Quiz
from database.queries.turns import Answer, Event, Reading
from tests.database.queries.quiz import NOW, STRANGER, TENANT, USER

Within = Callable[..., Connection]
DECISION = Decision("MFI", 0.7, 0.1, 0.9, [{"question_id": 1}], None, "f00", False, {}, None, 25)


def event(kind: str) -> Event:
    return Event(uuid.uuid4(), {"event_type": kind, "x": 1})


def serve(
    connection: Connection, quiz: Quiz, question: int, position: int = 1, decision: Decision | None = DECISION
) -> tuple[ItemText, str]:
    written = turns.write_served(
        connection, quiz, (question, 1), position, decision, event("question_served")
    )
    assert written is not None
    return written


def answer(connection: Connection, quiz: Quiz, question: int, key: str | None = None) -> str:
    item = next(one for one in quizzes.history(connection, quiz.id) if one.question_id == question)
    given = Answer(Option("B", "b", True), 5, key)
    return turns.write_answer(connection, quiz, item, given, event("answer_submitted"))


def read(
    connection: Connection, quiz: Quiz, known: str | None = None, question: int | None = None
) -> Reading:
    found = turns.read_turn(connection, quiz.id, known, question)
    assert found is not None
    return found


def counts(connection: Connection) -> list[int]:
    tables = ("quiz_items", "selection_decisions", "user_responses", "event_outbox")
    return [connection.scalar(text(f"select count(*) from {table}")) or 0 for table in tables]


def test_a_turn_begins_with_quiz_and_history_as_they_are_read_alone(
    items: list[int], quiz: Quiz, within: Within
) -> None:
    connection = within()
    serve(connection, quiz, items[0])
    answer(connection, quiz, items[0], "k")
    found = read(connection, quiz)
    assert found.now > NOW
    assert found.state is not None
    state = json.loads(found.state)
    (alone,) = quizzes.history(connection, quiz.id)
    (served,) = state["history"]
    assert served["option_label"] == alone.option_label == "B"
    assert set(served) == set(type(alone).__slots__)
    assert {
        one: served[one] for one in ("position", "is_correct", "idempotency_key", "difficulty_label")
    } == {
        "position": 1,
        "is_correct": True,
        "idempotency_key": "k",
        "difficulty_label": "hard",
    }
    assert set(state["quiz"]) == set(Quiz.__slots__)
    assert (state["quiz"]["id"], state["quiz"]["filters"]) == (str(quiz.id), {"topics": ["medicine"]})
    assert turns.read_turn(within(STRANGER), quiz.id, None, None) is None


def test_a_state_that_is_known_is_not_read_again(items: list[int], quiz: Quiz, within: Within) -> None:
    connection = within()
    first = read(connection, quiz)
    assert first.state is not None
    assert read(connection, quiz, first.revision).state is None
    xid = serve(connection, quiz, items[0])[1]
    second = read(connection, quiz, first.revision)
    assert second.state is not None
    assert second.revision == f"{xid}/1/0"
    answer(connection, quiz, items[0])
    assert read(connection, quiz, second.revision).revision == f"{xid}/1/1"


def test_whatever_changes_a_quiz_makes_another_revision(items: list[int], quiz: Quiz, within: Within) -> None:
    connection = within()
    serve(connection, quiz, items[0])
    answer(connection, quiz, items[0])
    connection.commit()
    known = {read(within(), quiz).revision}
    for change in (
        "update quiz_items set skipped_at = now()",
        "update quiz_sessions set sealed_at = now()",
        "update user_responses set time_taken_ms = 6",
        "delete from user_responses",
    ):
        changing = within()
        changing.execute(text("reset role"))
        changing.execute(text(change))
        changing.commit()
        now_is = read(within(), quiz).revision
        assert now_is not in known, change
        known.add(now_is)


def test_the_item_of_a_turn_is_the_one_asked_for_or_the_one_that_waits(
    items: list[int], quiz: Quiz, within: Within
) -> None:
    connection = within()
    assert read(connection, quiz).item is None
    serve(connection, quiz, items[0])
    waiting = read(connection, quiz)
    assert waiting.item == (items[0], 1)
    assert waiting.text is not None
    assert [(one.label, one.text_md, one.is_correct) for one in waiting.text.options] == [
        ("A", "a", False),
        ("B", "b", True),
    ]
    assert (waiting.text.stem_md, waiting.text.rationale_md, waiting.text.live) == ("Stem", "Because", True)
    assert (waiting.text.b, waiting.text.difficulty_label, waiting.text.home_exam_code) == (
        0.5,
        "hard",
        "demo",
    )
    answer(connection, quiz, items[0])
    assert (read(connection, quiz).item, read(connection, quiz).text) == (None, None)
    assert read(connection, quiz, None, items[0]).item == (items[0], 1)
    never = read(connection, quiz, None, items[1])
    assert (never.item, never.text) == (None, None)


def test_questions_met_in_other_quizzes_since_it_began_are_told(
    items: list[int], quiz: Quiz, within: Within
) -> None:
    connection = within()
    other = replace(quiz, id=uuid.uuid4())
    quizzes.create_quiz(connection, other)
    serve(connection, other, items[1])
    assert read(connection, quiz).elsewhere == (items[1],)
    earlier = replace(quiz, id=uuid.uuid4(), now=NOW.replace(hour=9))
    quizzes.create_quiz(connection, earlier)
    serve(connection, earlier, items[0])
    assert read(connection, quiz).elsewhere == (items[1],)
    assert sorted(quizzes.questions_seen(connection, USER)) == items
    assert quizzes.questions_seen(connection, uuid.uuid4()) == []


def test_an_item_is_written_with_its_decision_and_its_event(
    items: list[int], quiz: Quiz, within: Within
) -> None:
    connection = within()
    shown, xid = serve(connection, quiz, items[0], decision=replace(DECISION, value=math.nan, se=math.inf))
    assert shown.stem_md == "Stem"
    assert connection.scalar(text("select cast(pg_current_xact_id() as text)")) == xid
    row: Any = connection.execute(text("select * from selection_decisions")).one()
    assert (row.criterion, row.theta, row.candidates, row.shadow) == ("MFI", 0.1, [{"question_id": 1}], None)
    assert math.isnan(row.value)
    assert row.se == math.inf
    assert (row.position, row.question_id, row.created_at, row.elapsed_us) == (1, items[0], NOW, 25)
    told: Any = connection.execute(text("select * from event_outbox")).one()
    assert (told.event_type, told.created_at) == ("question_served", NOW)
    assert told.payload == {"event_type": "question_served", "x": 1}
    with pytest.raises(IntegrityError, match="uq_quiz_items"):
        serve(connection, quiz, items[0], position=2)


def test_an_item_as_planned_has_no_decision(items: list[int], quiz: Quiz, within: Within) -> None:
    connection = within()
    serve(connection, quiz, items[0], decision=None)
    assert counts(connection) == [1, 0, 0, 1]


def test_what_is_live_no_more_is_not_served_and_nothing_is_written(
    items: list[int], quiz: Quiz, within: Within
) -> None:
    connection = within()
    gone = [
        (replace(quiz, exam_code="other"), (items[0], 1)),
        (quiz, (items[0], 2)),
        (quiz, (10**12, 1)),
    ]
    for whose, item in gone:
        event_told = event("question_served")
        assert turns.write_served(connection, whose, item, 1, DECISION, event_told) is None
    assert counts(connection) == [0, 0, 0, 0]


def test_an_answer_is_written_with_its_event_once(items: list[int], quiz: Quiz, within: Within) -> None:
    connection = within()
    serve(connection, quiz, items[0])
    answer(connection, quiz, items[0], "k")
    row: Any = connection.execute(text("select * from user_responses")).one()
    assert (row.user_id, row.tenant_id, row.option_label, row.is_correct) == (USER, TENANT, "B", True)
    assert (row.time_taken_ms, row.idempotency_key, row.created_at) == (5, "k", NOW)
    assert counts(connection) == [1, 1, 1, 2]
    with pytest.raises(IntegrityError, match="uq_user_responses"):
        answer(connection, quiz, items[0])
