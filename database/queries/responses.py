"""Responses as an import writes them: staged by COPY, compared with what is stored, added.

COPY is refused on tables with row-level security, so rows go into temporary tables first. Every function
works in the caller's transaction; the temporary tables end with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, text

# Columns of the two staging tables, in the order in which their CSV is given.
SESSION_COLUMNS = ("session", "quiz_id", "user_id", "person")
ROW_COLUMNS = (
    "file_row", "session", "question_id", "version", "versioned", "answered", "option_label", "is_correct",
    "time_taken_ms", "answered_at", "served_at", "synthetic_at", "synthetic_time",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A staged row whose session and item are stored with another answer; all None: stored without one."""

    file_row: int
    version: int
    option_label: str | None
    is_correct: bool | None


@dataclass(frozen=True)
class Comparison:
    """What of the staged rows is stored: answers equally, cells without an answer equally, differences."""

    same_answers: int
    same_blanks: int
    differences: tuple[Difference, ...]


def create_staging(connection: Connection) -> None:
    """Create the staging tables, empty."""
    connection.execute(text("set local jit = off"))  # compiling costs more than these statements
    connection.execute(text("drop table if exists import_sessions, import_rows, import_known"))
    connection.execute(
        text(
            "create temp table import_sessions ("
            "session integer primary key, quiz_id uuid not null, user_id uuid not null, person text not null"
            ") on commit drop"
        )
    )
    connection.execute(
        text(
            """
            create temp table import_rows (
                file_row bigint not null, session integer not null, question_id bigint not null,
                version integer not null, versioned boolean not null, answered boolean not null,
                option_label char(1), is_correct boolean, time_taken_ms integer, answered_at timestamptz not null,
                served_at timestamptz not null, synthetic_at boolean not null, synthetic_time boolean not null,
                served boolean not null default false
            ) on commit drop
            """
        )
    )


def stage_sessions(connection: Connection, chunks: Iterable[bytes]) -> None:
    """Copy sessions in: CSV of SESSION_COLUMNS; `session` numbers them, quiz_id and user_id are derived ids."""
    _copy(connection, "import_sessions", SESSION_COLUMNS, chunks)


def stage_rows(connection: Connection, chunks: Iterable[bytes]) -> None:
    """Copy rows in: CSV of ROW_COLUMNS; a row without an answer was served and omitted."""
    _copy(connection, "import_rows", ROW_COLUMNS, chunks)
    connection.execute(text("create index on import_rows (session)"))
    connection.execute(text("analyze import_rows"))
    connection.execute(text("analyze import_sessions"))


def add_persons(connection: Connection, tenant: uuid.UUID) -> None:
    """Add the learners of the staged sessions who are missing; those known keep the id they have."""
    connection.execute(
        text(
            "insert into app_users (id, tenant_id, external_ref) "
            "select distinct user_id, cast(:tenant as uuid), person from import_sessions order by person "
            "on conflict do nothing"  # in one order everywhere: two imports of shared persons do not deadlock
        ),
        {"tenant": tenant},
    )
    connection.execute(
        text(
            "update import_sessions s set user_id = u.id from app_users u "
            "where u.tenant_id = :tenant and u.external_ref = s.person and u.id <> s.user_id"
        ),
        {"tenant": tenant},
    )


def compare(connection: Connection) -> Comparison:
    """Take out of the staging what is stored already, and what differs from it."""
    connection.execute(
        text(
            """
            create temp table import_known on commit drop as
            select s.session, max(i.position) as last_position,
                   max(coalesce(u.created_at, i.served_at)) as last_at
            from import_sessions s
            join quiz_items i on i.quiz_id = s.quiz_id
            left join user_responses u on u.quiz_id = i.quiz_id and u.question_id = i.question_id
            group by s.session
            """
        )
    )
    if not connection.scalar(text("select exists (select from import_known)")):
        return Comparison(0, 0, ())
    connection.execute(text("analyze import_known"))
    differences = tuple(
        Difference(row[0], row[1], row[2], row[3])
        for row in connection.execute(
            text(
                f"""
                select r.file_row, coalesce(u.version, i.version), u.option_label, u.is_correct {_STORED}
                where {_DIFFERS} order by r.file_row
                """
            )
        )
    )
    connection.execute(
        text("delete from import_rows where file_row = any(cast(:rows as bigint[]))"),
        {"rows": [difference.file_row for difference in differences]},
    )
    same = connection.execute(
        text(
            f"""
            with stored as (select r.file_row {_STORED} where u.id is not null or not r.answered),
            gone as (delete from import_rows d using stored where d.file_row = stored.file_row returning d.answered)
            select count(*) filter (where answered), count(*) filter (where not answered) from gone
            """
        )
    ).one()
    # What is left of known items was served before without an answer, and is answered now.
    connection.execute(
        text(
            "update import_rows r set served = true from import_sessions s join quiz_items i using (quiz_id) "
            "where s.session = r.session and i.question_id = r.question_id"
        )
    )
    _shift_synthetic(connection)
    return Comparison(same[0], same[1], differences)


def add_sessions(connection: Connection, tenant: uuid.UUID, exam: str) -> None:
    """Add the sessions that have staged rows; one that is known is stretched to hold the new answers."""
    connection.execute(
        text(
            """
            insert into quiz_sessions (id, user_id, tenant_id, mode, adaptive, exam_code, origin,
                                       started_at, expires_at, sealed_at)
            select s.quiz_id, s.user_id, cast(:tenant as uuid), 'exam', false, cast(:exam as text), 'import',
                   least(min(r.served_at), min(r.answered_at)), null,
                   coalesce(max(r.answered_at) filter (where r.answered), max(r.answered_at))
            from import_sessions s join import_rows r using (session)
            group by s.session, s.quiz_id, s.user_id
            on conflict (id) do update
                set started_at = least(quiz_sessions.started_at, excluded.started_at),
                    sealed_at = greatest(quiz_sessions.sealed_at, excluded.sealed_at)
            """
        ),
        {"tenant": tenant, "exam": exam},
    )


def add_rows(connection: Connection, tenant: uuid.UUID, first_session: int, last_session: int) -> int:
    """Add items and responses of the staged sessions from first to last; return the number of responses.

    Positions go on where a known session ended, by answered_at and then by the order of the file.
    """
    bounds = {"tenant": tenant, "first": first_session, "last": last_session}
    connection.execute(
        text(
            """
            insert into quiz_items (tenant_id, quiz_id, question_id, version, position, served_at)
            select cast(:tenant as uuid), s.quiz_id, r.question_id, r.version,
                   coalesce(k.last_position, 0)
                   + row_number() over (partition by r.session order by r.answered_at, r.file_row),
                   r.served_at
            from import_rows r join import_sessions s using (session) left join import_known k using (session)
            where r.session between :first and :last and not r.served
            """
        ),
        bounds,
    )
    added = connection.execute(
        text(
            """
            insert into user_responses (tenant_id, quiz_id, user_id, question_id, version, option_label,
                                        is_correct, time_taken_ms, origin, synthetic_at, synthetic_time, created_at)
            select cast(:tenant as uuid), s.quiz_id, s.user_id, r.question_id, r.version, r.option_label,
                   r.is_correct, r.time_taken_ms, 'import', r.synthetic_at, r.synthetic_time, r.answered_at
            from import_rows r join import_sessions s using (session)
            where r.session between :first and :last and r.answered
            order by r.session, r.answered_at, r.file_row
            """
        ),
        bounds,
    )
    return int(added.rowcount)


_STORED = """
    from import_rows r
    join import_sessions s using (session)
    join quiz_items i on i.quiz_id = s.quiz_id and i.question_id = r.question_id
    left join user_responses u on u.quiz_id = s.quiz_id and u.question_id = r.question_id
"""
# An answer to what was served and omitted is new, unless it was served in another version.
_DIFFERS = """
    case when u.id is null then r.answered and i.version <> r.version
         when not r.answered then true
         else r.versioned and u.version <> r.version
              or case when u.option_label is not null and r.option_label is not null
                      then u.option_label <> r.option_label else u.is_correct <> r.is_correct end
    end
"""


def _shift_synthetic(connection: Connection) -> None:
    """Move made-up instants of new rows behind what a known session holds."""
    connection.execute(
        text(
            """
            update import_rows r
            set answered_at = r.answered_at + late.by, served_at = r.served_at + late.by
            from (select k.session, k.last_at - min(n.served_at) as by
                  from import_known k join import_rows n using (session)
                  where n.synthetic_at group by k.session, k.last_at) late
            where late.session = r.session and r.synthetic_at and late.by > interval '0'
            """
        )
    )


def _copy(connection: Connection, table: str, columns: Iterable[str], chunks: Iterable[bytes]) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # qbank's engines speak through psycopg 3 alone
    with (
        driver.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin with (format csv)".encode()) as copy,
    ):
        for chunk in chunks:
            copy.write(chunk)
