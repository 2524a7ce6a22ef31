"""Whether a mart tells what the raw rows told when it was built: every row, found again and unchanged.

Delivery goes on while marts are built and compared. Rows that were written or changed since the build are the next
build's, and are not judged: the mart's watermark says which they are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, text

from database.queries.reconciliation import Span

MOST_IDS = 100
_READ_RESPONSES = ["fact_responses", "int_dispositions"]
_SAME = """
(m.user_id, m.quiz_id, m.question_id, m.version, m.tenant_id, m.option_label, m.is_correct, m.time_taken_ms, m.ts)
is not distinct from
(r.user_id, r.quiz_id, r.question_id, r.version, r.tenant_id, r.option_label::text, r.is_correct, r.time_taken_ms,
 r.created_at)
"""
_MATCHED = """
with matched as (
    select coalesce(r.id, m.response_id) as response_id, r.created_at as raw_at, m.ts as mart_at,
           case when m.response_id is null then 'missing in the mart'
                when r.id is null then 'gone from user_responses'
                when not ({same}) then 'differs' end as fault
    from (
        select u.* from user_responses u join questions q on q.id = u.question_id
        where q.home_exam_code = :exam and {raw_span}
    ) r
    {join} join (
        select f.* from {schema}.{mart} f join questions q on q.id = f.question_id
        where q.home_exam_code = :exam and {mart_span}
    ) m on m.response_id = r.id
    where not coalesce(r.change_xid >= (
        select min(below) from {schema}.mart_watermarks where model = any(:models)
    ), false)
)
"""
_DAYS = """
select (coalesce(raw_at, mart_at) at time zone 'UTC')::date as day, count(raw_at) as raw, count(mart_at) as mart,
       count(fault) as faults
from matched group by 1 order by 1
"""
_IDS = "select response_id, fault from matched where fault is not null order by response_id limit :most"


@dataclass(frozen=True)
class DayOfMart:
    """Rows of one day: raw ones, those of the mart, and how many do not agree."""

    day: dt.date
    raw: int
    mart: int
    faults: int


@dataclass(frozen=True)
class MartAgreement:
    """What was found: every day, and the first responses at fault with what is wrong."""

    days: tuple[DayOfMart, ...]
    examples: tuple[tuple[int, str], ...]

    @property
    def faults(self) -> int:
        """How many rows do not agree."""
        return sum(day.faults for day in self.days)


def facts(connection: Connection, schema: str, exam: str, span: Span) -> MartAgreement:
    """Compare fact_responses with user_responses: the same rows, the same values."""
    return _compare(connection, schema, "fact_responses", "full", exam, span)


def first_attempts(connection: Connection, schema: str, exam: str, span: Span) -> MartAgreement:
    """Compare int_first_attempts with the responses that it was made from; which those are is dbt's to test."""
    return _compare(connection, schema, "int_first_attempts", "right", exam, span)


def _compare(
    connection: Connection, schema: str, mart: str, join: str, exam: str, span: Span
) -> MartAgreement:
    matched = _MATCHED.format(
        same=_SAME,
        join=join,
        schema=schema,
        mart=mart,
        # Which raw row a first attempt was made from does not hang on when either says it was.
        raw_span=Span.of("u.created_at") if join == "full" else "true",
        mart_span=Span.of("f.ts"),
    )
    values = {**span.values(), "exam": exam, "models": _READ_RESPONSES}
    days = tuple(
        DayOfMart(row.day, row.raw, row.mart, row.faults)
        for row in connection.execute(text(matched + _DAYS), values)
    )
    examples: tuple[tuple[int, str], ...] = ()
    if any(day.faults for day in days):
        rows = connection.execute(text(matched + _IDS), {**values, "most": MOST_IDS})
        examples = tuple((row.response_id, row.fault) for row in rows)
    return MartAgreement(days, examples)
