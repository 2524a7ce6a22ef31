"""How many first attempts each exam has that its newest calibration run did not read; cheap enough for every minute.

What the newest marts have judged is counted once a build (`judged`); what came in since is found by the number of the
transaction that wrote it (`unjudged`), however old the times are that it bears.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from database.queries import counts, marts

_JUDGED = """
select exam_code, count(*) as first_attempts, count(*) filter (where disposition = 'usable') as usable
from {schema}.int_first_attempts group by exam_code
"""
_BELOW = "select below::text from {schema}.mart_watermarks where model = 'int_dispositions'"
# A row that was only changed comes again, and so does a second answer: neither is a first attempt that is new.
_UNJUDGED = """
select q.home_exam_code as exam_code, count(distinct (r.user_id, r.question_id)) as n
from user_responses r join questions q on q.id = r.question_id
where r.change_xid >= cast(:below as xid8) {unknown}
group by q.home_exam_code
"""
_UNKNOWN = """
and not exists (
    select from {schema}.int_first_attempts f where f.user_id = r.user_id and f.question_id = r.question_id
)
"""
# A run as of a past day says nothing of how far the exam has been calibrated. Answers that a changed key has voided are
# usable to the marts, and were read.
_EXAMS = """
select e.code, e.model_policy, r.id as run_id, r.fitted_at, coalesce(r.n_usable, 0) as n_usable
from exams e left join lateral (
    select c.id, c.fitted_at,
           coalesce((c.dispositions ->> 'usable')::bigint, c.n_responses)
           + coalesce((c.dispositions ->> 'voided')::bigint, 0) as n_usable
    from calibration_runs c where c.exam_code = e.code and c.as_of is null
    order by c.fitted_at desc limit 1
) r on true
where exists (select from questions q where q.home_exam_code = e.code)
order by e.code
"""


class Judged(NamedTuple):
    """First attempts of an exam that the newest marts have judged, and how many of them are usable."""

    first_attempts: int
    usable: int


class ExamStanding(NamedTuple):
    """An exam's rules, and the run that read it last: its id, when, and the usable first attempts it read."""

    code: str
    model_policy: Mapping[str, Any]
    run_id: uuid.UUID | None
    fitted_at: dt.datetime | None
    n_usable: int


def standings(connection: Connection) -> list[ExamStanding]:
    """Return every exam that has questions with its newest run, published or not."""
    return [ExamStanding(**row._mapping) for row in connection.execute(text(_EXAMS))]


def build_id(connection: Connection) -> str | None:
    """Return the name of the newest build of the marts, by which what was counted of it is known; None: no build."""
    found = marts.builds(connection, 1)
    return f"{found[0].run_id} of {found[0].started_at.isoformat()}" if found else None


def judged(connection: Connection) -> dict[str, Judged]:
    """Count the first attempts of each exam in the newest marts: reads all of them, so keep it for a build."""
    schema = marts.newest(connection)
    if not counts.has_marts(connection, schema):
        return {}
    rows = connection.execute(text(_JUDGED.format(schema=schema)))
    return {row.exam_code: Judged(row.first_attempts, row.usable) for row in rows}


def unjudged(connection: Connection) -> dict[str, int]:
    """Count the first attempts of each exam that came in since the newest marts were built."""
    schema = marts.newest(connection)
    built = counts.has_marts(connection, schema)
    below = connection.scalar(text(_BELOW.format(schema=schema))) if built else None
    unknown = _UNKNOWN.format(schema=schema) if built else ""
    rows = connection.execute(text(_UNJUDGED.format(unknown=unknown)), {"below": below or "0"})
    return {row.exam_code: row.n for row in rows}
