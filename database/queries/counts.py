"""What an exam has by now: responses, learners, sessions, and whether its clock is real."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, text

from database.queries import marts

# Counted by session first: distinct learners are then few, where a sort of all responses would be slow.
_RESPONSES = """
with of_exam as (
    select r.quiz_id, r.user_id, r.question_id, r.version, r.created_at,
           r.synthetic_at or r.synthetic_time as synthetic
    from user_responses r join questions q on q.id = r.question_id
    where q.home_exam_code = :exam
), by_session as (
    select quiz_id, user_id, count(*) as n, min(created_at) as first_at, max(created_at) as last_at,
           bool_or(synthetic) as synthetic
    from of_exam group by quiz_id, user_id
)
select coalesce(sum(n), 0)::bigint as responses, count(distinct user_id) as learners,
       count(distinct quiz_id) as sessions,
       (select count(*) from (select from of_exam group by question_id, version) i) as items,
       min(first_at) as first_at, max(last_at) as last_at, coalesce(bool_or(synthetic), false) as synthetic_clock
from by_session
"""
_OMITTED = """
select count(*) from quiz_items i join questions q on q.id = i.question_id
left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id
where q.home_exam_code = :exam and r.id is null
"""
_DISPOSITIONS = """
select disposition, count(*) as n from {schema}.int_first_attempts where exam_code = :exam
group by disposition order by disposition
"""


_MADE_UP = """
select exists (
    select from user_responses r join questions q on q.id = r.question_id
    where q.home_exam_code = :exam and r.synthetic_at
)
"""


@dataclass(frozen=True)
class ResponseCounts:
    """Counts over the questions of a home exam; times are UTC."""

    responses: int
    learners: int
    sessions: int
    items: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    synthetic_clock: bool
    omitted: int


def has_made_up_days(connection: Connection, exam: str) -> bool:
    """Tell whether an import without a clock made up when any of the exam's responses were given."""
    return bool(connection.scalar(text(_MADE_UP), {"exam": exam}))


def responses(connection: Connection, exam: str) -> ResponseCounts:
    """Count the responses to an exam's questions, and the items served without one."""
    row = connection.execute(text(_RESPONSES), {"exam": exam}).one()
    omitted = connection.scalar(text(_OMITTED), {"exam": exam})
    return ResponseCounts(**row._mapping, omitted=int(omitted or 0))


def has_marts(connection: Connection, schema: str) -> bool:
    """Tell whether dbt has built first attempts and facts in a schema."""
    named = [f"{schema}.{mart}" for mart in ("int_first_attempts", "fact_responses")]
    built = "select bool_and(to_regclass(mart) is not null) from unnest(cast(:named as text[])) as mart"
    return bool(connection.scalar(text(built), {"named": named}))


def dispositions(connection: Connection, exam: str) -> dict[str, int]:
    """Count an exam's first attempts, of the newest build, by what the response policy makes of them."""
    schema = marts.newest(connection)
    if not has_marts(connection, schema):
        return {}
    counted = connection.execute(text(_DISPOSITIONS.format(schema=schema)), {"exam": exam})
    return {row.disposition: row.n for row in counted}
