"""When drains and imports last went well, and whether anybody is served meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from database.tables.telemetry import SourceLoad

_LIVE = """
select exists (
    select from quiz_sessions s
    where s.origin = 'delivery' and s.started_at > now() - make_interval(days => :days)
      and (
          cast(:exam as text) is null or s.exam_code = :exam
          or exists (
              select from quiz_items i join questions q on q.id = i.question_id
              where i.quiz_id = s.id and q.home_exam_code = :exam
          )
      )
)
"""


class Load(NamedTuple):
    """The last load of a source that went well."""

    loader: str
    name: str
    loaded_at: dt.datetime
    n_rows: int


def note(connection: Connection, loader: str, name: str, n_rows: int) -> None:
    """Note that a drain or an import has just gone well, whether or not it found anything new."""
    values = {"loaded_at": func.clock_timestamp(), "n_rows": n_rows}
    connection.execute(
        insert(SourceLoad)
        .values(loader=loader, name=name, **values)
        .on_conflict_do_update(index_elements=["loader", "name"], set_=values)
    )


def all_loads(connection: Connection) -> list[Load]:
    """Return the last load of every source, the latest first."""
    rows = connection.execute(
        select(SourceLoad.loader, SourceLoad.name, SourceLoad.loaded_at, SourceLoad.n_rows).order_by(
            SourceLoad.loaded_at.desc()
        )
    )
    return [Load._make(row) for row in rows]


def is_delivered(connection: Connection, exam: str | None, days: int) -> bool:
    """Say whether a quiz with questions of the exam (None: of any) was begun within the last `days` days."""
    return bool(connection.scalar(text(_LIVE), {"exam": exam, "days": days}))
