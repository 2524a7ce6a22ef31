"""Whether the two records of an answer agree: its row in user_responses, and its event answer_submitted.

Delivery writes both in one transaction. They meet by quiz and question; a day is a day of UTC, of the row, or of
the event where there is no row. Counts are of everything; lists of ids are bounded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text

MOST_FINDINGS = 1_000
# Answers of the last minutes may still be on their way.
SETTLED = dt.timedelta(minutes=10)


class Kind(StrEnum):
    """What may be wrong with an answer."""

    NO_EVENT = "response without event"
    NO_RESPONSE = "event without response"
    UNKNOWN_QUIZ = "event of an unknown quiz"
    DIFFERS = "response and event differ"
    DOUBLED = "two events of one response"


# The records of one answer must not tell two stories, and an answer that was told must still be there.
CONTRADICTIONS = frozenset({Kind.DIFFERS, Kind.NO_RESPONSE})


@dataclass(frozen=True)
class Span:
    """From `since` (None: from the beginning) to before `until`."""

    since: dt.datetime | None
    until: dt.datetime

    def values(self) -> dict[str, dt.datetime | None]:
        """Return the values of :since and :until in SQL."""
        return {"since": self.since, "until": self.until}

    @staticmethod
    def of(column: str) -> str:
        """Return the condition in SQL that a time lies in the span."""
        return f"{column} >= coalesce(:since, '-infinity'::timestamptz) and {column} < :until"


def settled(now: dt.datetime, days: int | None) -> Span:
    """Return the last days (None: everything) up to where nothing is on its way any more."""
    until = now - SETTLED
    return Span(None if days is None else until - dt.timedelta(days=days), until)


@dataclass(frozen=True)
class DayOfAnswers:
    """The answers of one exam on one day; `exam` is None where neither question nor quiz is known."""

    day: dt.date
    exam: str | None
    responses: int
    events: int
    faults: dict[Kind, int]


@dataclass(frozen=True)
class Finding:
    """One answer at fault."""

    kind: Kind
    day: dt.date
    exam: str | None
    quiz_id: uuid.UUID
    question_id: int | None
    response_id: int | None
    event_id: uuid.UUID | None
    detail: str

    def __str__(self) -> str:
        which = f"response {self.response_id}" if self.response_id is not None else f"event {self.event_id}"
        where = f"quiz {self.quiz_id}, question {self.question_id}"
        return f"{self.kind}: {which}, {where}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True)
class Answers:
    """What was found: every day, and the first faults."""

    days: tuple[DayOfAnswers, ...]
    findings: tuple[Finding, ...]

    def count(self, *kinds: Kind) -> int:
        """Return how many answers have a fault of these kinds."""
        return sum(day.faults[kind] for day in self.days for kind in kinds)

    def of(self, *kinds: Kind) -> Iterator[Finding]:
        """Yield the listed faults of these kinds."""
        return (finding for finding in self.findings if finding.kind in kinds)


_ANSWERS = f"""
with answers as (
    select r.id as response_id, r.quiz_id, r.question_id, r.created_at as at, q.home_exam_code as exam,
           count(e.event_id) as n_events, min(e.event_id::text)::uuid as event_id,
           concat_ws(', ',
               case when bool_or(e.version <> r.version) then 'version' end,
               case when bool_or(e.selected is distinct from r.option_label) then 'option' end,
               case when bool_or(e.is_correct is distinct from r.is_correct) then 'score' end,
               case when bool_or(e.user_id <> r.user_id or e.tenant_id <> r.tenant_id) then 'learner' end,
               case when bool_or(e.time_taken_ms is distinct from r.time_taken_ms) then 'time' end) as differs
    from user_responses r
    join questions q on q.id = r.question_id
    left join telemetry.events e
        on e.quiz_id = r.quiz_id and e.question_id = r.question_id and e.event_type = 'answer_submitted'
    where r.origin = 'delivery' and {Span.of("r.created_at")}
        and (cast(:exam as text) is null or q.home_exam_code = :exam)
    group by r.id, r.quiz_id, r.question_id, r.created_at, q.home_exam_code
), judged as (
    select response_id, event_id, quiz_id, question_id, at, exam, 1 as n_responses, n_events,
           case when n_events = 0 then '{Kind.NO_EVENT}'
                when differs <> '' then '{Kind.DIFFERS}'
                when n_events > 1 then '{Kind.DOUBLED}' end as kind,
           case when n_events > 0 then differs else '' end as detail
    from answers
    union all
    select null, e.event_id, e.quiz_id, e.question_id, e.occurred_at, coalesce(q.home_exam_code, s.exam_code), 0, 1,
           case when s.id is null then '{Kind.UNKNOWN_QUIZ}' else '{Kind.NO_RESPONSE}' end, ''
    from telemetry.events e
    left join questions q on q.id = e.question_id
    left join quiz_sessions s on s.id = e.quiz_id
    where e.event_type = 'answer_submitted' and {Span.of("e.occurred_at")}
        and (cast(:exam as text) is null or coalesce(q.home_exam_code, s.exam_code) = :exam)
        and not exists (select from user_responses r where r.quiz_id = e.quiz_id and r.question_id = e.question_id)
)
"""
_DAYS = f"""
{_ANSWERS}
select (at at time zone 'UTC')::date as day, exam, sum(n_responses) as responses, sum(n_events)::bigint as events,
       {", ".join(f"count(*) filter (where kind = '{kind}') as {kind.name}" for kind in Kind)}
from judged group by 1, 2 order by 1, 2
"""
_FINDINGS = f"""
{_ANSWERS}
select kind, (at at time zone 'UTC')::date as day, exam, quiz_id, question_id, response_id, event_id, detail
from judged where kind is not null order by at, quiz_id, question_id limit :most
"""


def answers(
    connection: Connection, span: Span, *, exam: str | None = None, most: int = MOST_FINDINGS
) -> Answers:
    """Compare the answers of a span, of one exam or of all; faults are listed up to `most`."""
    values = {**span.values(), "exam": exam}
    days = tuple(
        DayOfAnswers(
            row.day,
            row.exam,
            row.responses,
            row.events,
            {kind: getattr(row, kind.name.lower()) for kind in Kind},
        )
        for row in connection.execute(text(_DAYS), values)
    )
    faulty = [day.day for day in days if any(day.faults.values())]
    return Answers(days, _listed(connection, faulty, span, exam, most) if faulty else ())


def _listed(
    connection: Connection, faulty: Sequence[dt.date], span: Span, exam: str | None, most: int
) -> tuple[Finding, ...]:
    """List the faults of the days that have any: the days between them are read, the others are not."""
    first = dt.datetime.combine(min(faulty), dt.time(), dt.UTC)
    after = dt.datetime.combine(max(faulty) + dt.timedelta(days=1), dt.time(), dt.UTC)
    narrowed = Span(max(first, span.since or first), min(after, span.until))
    rows = connection.execute(text(_FINDINGS), {**narrowed.values(), "exam": exam, "most": most})
    return tuple(Finding(**{**row._mapping, "kind": Kind(row.kind)}) for row in rows)
