"""Rows of user_responses against events answer_submitted: every way in which the two may part."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, text

from database.queries import reconciliation
from database.queries.reconciliation import Answers, Kind, Span
from tests.expectations.conftest import spoil
from tests.expectations.live_bank import EXAM

ANSWER = "(quiz_id, question_id) = (select quiz_id, question_id from user_responses where id = 5000)"
EVENT = f"update telemetry.events set {{}} where {ANSWER}"
# damage -> the fault, and what is said of it
DAMAGES: dict[str, tuple[str, Kind, str]] = {
    "a lost event": (f"delete from telemetry.events where {ANSWER}", Kind.NO_EVENT, ""),
    "a lost response": ("delete from user_responses where id = 5000", Kind.NO_RESPONSE, ""),
    "a lost quiz": (
        "delete from quiz_sessions where id = (select quiz_id from user_responses where id = 5000);"
        " delete from user_responses where quiz_id not in (select id from quiz_sessions);"
        " delete from telemetry.events e where quiz_id not in (select id from quiz_sessions) and question_id > 1",
        Kind.UNKNOWN_QUIZ,
        "",
    ),
    "another version": (EVENT.format("version = 2"), Kind.DIFFERS, "version"),
    "another option": (EVENT.format("selected = 'z'"), Kind.DIFFERS, "option"),
    "another score": (
        "update user_responses set is_correct = not is_correct where id = 5000",
        Kind.DIFFERS,
        "score",
    ),
    "another learner": (EVENT.format("user_id = gen_random_uuid()"), Kind.DIFFERS, "learner"),
    "another time": (EVENT.format("time_taken_ms = time_taken_ms / 1000"), Kind.DIFFERS, "time"),
    "two events": (
        "insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id,"
        " version, selected, is_correct, time_taken_ms, payload, ingested_at, change_xid) select gen_random_uuid(),"
        " event_type, occurred_at, tenant_id, user_id, quiz_id, question_id, version, selected, is_correct,"
        f" time_taken_ms, payload, ingested_at, change_xid from telemetry.events where {ANSWER}",
        Kind.DOUBLED,
        "",
    ),
}  # fmt: skip


def compare(engine: Engine, days: int | None = None, **more: object) -> Answers:
    now = dt.datetime.now(dt.UTC)
    span = Span(None if days is None else now - dt.timedelta(days=days), now)
    with engine.begin() as connection:
        return reconciliation.answers(connection, span, **more)  # type: ignore[arg-type]


def test_good_answers_agree_day_by_day(live_engine: Engine) -> None:
    found = compare(live_engine)
    assert found.count(*Kind) == 0
    assert found.findings == ()
    assert sum(day.responses for day in found.days) == sum(day.events for day in found.days) == 7440
    assert {day.exam for day in found.days} == {EXAM}
    assert [day.day for day in found.days] == sorted({day.day for day in found.days})


def test_every_kind_has_a_damage() -> None:
    assert {kind for _, kind, _ in DAMAGES.values()} == set(Kind)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_counted_and_named(live_url: str, live_engine: Engine, damage: str) -> None:
    with live_engine.begin() as connection:
        at = connection.scalar(
            text("select (created_at at time zone 'UTC')::date from user_responses where id = 5000")
        )
    statements, kind, detail = DAMAGES[damage]
    spoil(live_url, statements)
    found = compare(live_engine)
    assert {each: found.count(each) for each in Kind if found.count(each)} == {kind: 1}
    (finding,) = found.findings
    assert (finding.kind, finding.exam, finding.detail) == (kind, EXAM, detail)
    assert finding.day == at
    assert str(kind) in str(finding)
    assert (finding.response_id == 5000) == (kind in {Kind.NO_EVENT, Kind.DIFFERS, Kind.DOUBLED})
    assert (finding.event_id is None) == (kind is Kind.NO_EVENT)


def test_lists_are_bounded_and_counts_are_not(live_url: str, live_engine: Engine) -> None:
    spoil(live_url, "delete from telemetry.events where question_id = 1")
    found = compare(live_engine, most=7)
    assert (found.count(Kind.NO_EVENT), len(found.findings)) == (620, 7)


def test_only_the_span_and_the_exam_are_looked_at(live_url: str, live_engine: Engine) -> None:
    spoil(live_url, "delete from telemetry.events where occurred_at < now() - interval '10 days'")
    assert compare(live_engine, days=9).count(*Kind) == 0
    assert compare(live_engine, days=12).count(Kind.NO_EVENT) > 0
    assert compare(live_engine, exam="OTHER").days == ()
    assert (
        compare(live_engine, exam=EXAM).count(Kind.NO_EVENT) == compare(live_engine).count(Kind.NO_EVENT) > 0
    )


def test_imported_responses_need_no_event(live_url: str, live_engine: Engine) -> None:
    spoil(live_url, "delete from telemetry.events; update user_responses set origin = 'import'")
    assert compare(live_engine).days == ()
