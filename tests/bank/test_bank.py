"""That the bank is good: what is true of good data is true of it, whatever reads it later."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from ingestion import events
from tests.bank import Plan, Written, add_day, write_bank

PLAN = Plan(responses=12_000, ends_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC))

# Each finds what must not be; the name says what is true instead.
NEVER = {
    "an answer has one event, which says the same": """
        select from user_responses r left join telemetry.events e
          on e.quiz_id = r.quiz_id and e.question_id = r.question_id and e.event_type = 'answer_submitted'
        where (e.tenant_id, e.user_id, e.version, e.selected, e.is_correct, e.time_taken_ms, e.occurred_at)
          is distinct from
              (r.tenant_id, r.user_id, r.version, r.option_label, r.is_correct, r.time_taken_ms, r.created_at)""",
    "what is answered was served before, in that version, for at least as long": """
        select from user_responses r left join quiz_items i using (quiz_id, question_id, version, tenant_id)
        where not coalesce(i.served_at + r.time_taken_ms * interval '1 ms' <= r.created_at, false)""",
    "what is served is within its session": """
        select from quiz_items i join quiz_sessions s on s.id = i.quiz_id
        where i.tenant_id <> s.tenant_id or i.served_at not between s.started_at and s.expires_at""",
    "nothing is answered after sealing or after the end": """
        select from user_responses r join quiz_sessions s on s.id = r.quiz_id
        where r.created_at > least(s.sealed_at, s.expires_at)
           or (r.user_id, r.tenant_id) <> (s.user_id, s.tenant_id)""",
    "an item is left open only where nothing follows": """
        select from quiz_items i left join user_responses r using (quiz_id, question_id)
        where r.id is null and i.skipped_at is null
          and exists (select from quiz_items n where n.quiz_id = i.quiz_id and n.position > i.position)""",
    "a skipped item has no answer": """
        select from quiz_items i join user_responses r using (quiz_id, question_id) where i.skipped_at is not null""",
    "positions have no gaps": """
        select from quiz_items group by quiz_id having max(position) <> count(*)""",
    "the right option is the key": """
        select from user_responses r
        join question_versions v on v.question_id = r.question_id and v.version = r.version
        left join question_options o on o.question_version_id = v.id and o.option_label = r.option_label
        where o.is_correct is distinct from r.is_correct""",
    "what is served was published for the exam, and is no draft": """
        select from quiz_items i join question_versions v using (question_id, version)
        where v.state not in ('published', 'retired') or not exists (
            select from question_publications p where p.question_id = i.question_id and p.tenant_id = i.tenant_id)""",
    "a learner is known, and of the tenant": """
        select from quiz_sessions s left join app_users u on u.id = s.user_id and u.tenant_id = s.tenant_id
        where u.id is null""",
    "a learner has one session at a time": """
        select from quiz_sessions a join quiz_sessions b
          on b.user_id = a.user_id and b.id <> a.id and b.started_at between a.started_at and a.expires_at""",
    "every session has begun with an event": """
        select from quiz_sessions s left join telemetry.events e on e.quiz_id = s.id and e.event_type = 'quiz_started'
        where e.occurred_at is distinct from s.started_at""",
    "everything served has its event": """
        select from quiz_items i full join (select * from telemetry.events where event_type = 'question_served') e
          using (quiz_id, question_id, version)
        where i.served_at is distinct from e.occurred_at""",
}  # fmt: skip


@pytest.fixture(scope="module")
def bank(module_database_url: str) -> tuple[Written, str]:
    return write_bank(module_database_url, PLAN), module_database_url


@pytest.fixture
def connection(bank: tuple[Written, str]) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    plain = make_url(bank[1]).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, options="-c timezone=UTC") as connected:
        yield connected


@pytest.mark.parametrize("truth", NEVER)
def test_holds_of_every_row(connection: psycopg.Connection[tuple[object, ...]], truth: str) -> None:
    assert connection.execute(f"select count(*) from ({NEVER[truth]}) as against").fetchone() == (0,)


def test_is_as_large_as_planned_and_as_busy_every_day(
    bank: tuple[Written, str], connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    written, _ = bank
    assert abs(written.responses / PLAN.responses - 1) < 0.1
    a_day = connection.execute(
        "select created_at::date, count(*)::int from user_responses group by 1 order by 1"
    ).fetchall()
    assert a_day[0][0] == PLAN.begins_at.date()
    assert a_day[-1][0] == PLAN.ends_at.date() - dt.timedelta(days=1)
    assert len(a_day) == PLAN.days
    counts = [int(str(n)) for _, n in a_day]
    thirds = [sum(counts[at : at + PLAN.days // 3]) for at in range(0, PLAN.days, PLAN.days // 3)]
    assert max(thirds) < 1.3 * min(thirds)


def test_has_every_kind_of_session_and_item(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    kinds = connection.execute(
        """
        select (select count(distinct (mode, sealed_at is null)) from quiz_sessions),
               (select count(*) > 0 from quiz_items where skipped_at is not null),
               (select count(distinct tenant_id) from quiz_sessions),
               (select count(distinct exam_code) from quiz_sessions),
               (select bool_or(exam_code is null) from quiz_sessions),
               (select count(distinct version) from user_responses),
               (select count(distinct event_type) from telemetry.events),
               (select bool_or(time_taken_ms < 3000) from user_responses),
               (select count(*) > 0 from user_responses r join questions q on q.id = r.question_id
                where q.tenant_id <> r.tenant_id)
        """
    ).fetchone()
    assert kinds == (4, True, 2, 3, True, 2, 4, True, True)


def test_who_knows_more_answers_better(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    best, rest = connection.execute(
        """
        with scores as (select user_id, avg(is_correct::int) as score from user_responses group by 1),
        middle as (select percentile_cont(0.5) within group (order by score) as score from scores)
        select avg(s.score) filter (where s.score > m.score), avg(s.score) filter (where s.score <= m.score)
        from scores s, middle m
        """
    ).fetchone() or (0, 0)
    assert float(str(best)) > float(str(rest)) + 0.15


def test_messages_are_valid_events(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    told = connection.execute(
        "select distinct on (event_type, payload ? 'exam_code') payload, event_id from telemetry.events "
        "where occurred_at > %s",
        [PLAN.ends_at - dt.timedelta(days=27)],
    ).fetchall()
    assert len(told) == 8
    for payload, event_id in told:
        assert events.decode(json.dumps(payload).encode()).event_id == event_id


def test_the_same_plan_gives_the_same_bank() -> None:
    from tests.bank import content, learners

    one, two = (content.draw_items(PLAN, 0, 10**15) for _ in range(2))
    assert (one.b == two.b).all()
    assert (learners.draw_learners(PLAN).user_id == learners.draw_learners(PLAN).user_id).all()


def test_a_day_more_and_a_day_late_are_good_too(
    bank: tuple[Written, str], connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    written, url = bank
    for day in (PLAN.days, PLAN.days - 3):
        before = connection.execute(_OF_DAY, [(PLAN.begins_at + dt.timedelta(days=day)).date()]).fetchone()
        connection.rollback()
        n = add_day(url, written, day, 500)
        after = connection.execute(_OF_DAY, [(PLAN.begins_at + dt.timedelta(days=day)).date()]).fetchone()
        connection.rollback()
        assert abs(n - 500) < 100
        assert before is not None
        assert after == (int(str(before[0])) + n,)
    # Sessions of the added days may run beside others of the same learner.
    for truth, query in NEVER.items():
        if truth != "a learner has one session at a time":
            assert connection.execute(f"select count(*) from ({query}) as against").fetchone() == (0,), truth


_OF_DAY = "select count(*)::int from user_responses where created_at::date = %s"
