"""Rows of a learner, wherever they stand, removed within the caller's transaction.

Which tables those are is asked of the catalog, not written down: whatever has a user_id or a quiz_id and may be
deleted from, the marts of both schemas included. Four have rules of their own: quiz_sessions and app_users,
which others hang on, the outbox, whose events stand in JSON, and dead letters, which are bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

_BATCH = 1_000
_TABLES = text(
    """
    select n.nspname as schema, c.relname as table,
        max(format_type(a.atttypid, null)) filter (where a.attname = 'user_id') as user_type,
        max(format_type(a.atttypid, null)) filter (where a.attname = 'quiz_id') as quiz_type,
        bool_or(a.attname = 'tenant_id') as has_tenant
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and has_table_privilege(c.oid, 'DELETE')
    group by n.nspname, c.relname
    having bool_or(a.attname in ('user_id', 'quiz_id'))
    order by n.nspname, c.relname
    """
)
_KINDS = ("uuid", "text", "character varying")


@dataclass(frozen=True)
class Person:
    """A learner as the store knows them: by ids, and by the identifiers of the tenant's own system."""

    tenant_id: UUID
    user_ids: tuple[UUID, ...]
    external_refs: tuple[str, ...]


class Answer(NamedTuple):
    """An answer of telemetry, as far as other stores need it to know it again."""

    occurred_at: dt.datetime
    question_id: int
    version: int
    event_id: UUID


class _Table(NamedTuple):
    schema: str
    table: str
    user_type: str | None
    quiz_type: str | None
    has_tenant: bool

    @property
    def name(self) -> str:
        return self.table if self.schema == "public" else f"{self.schema}.{self.table}"


def find(connection: Connection, tenant: UUID, name: str) -> list[tuple[UUID, str | None]]:
    """Return id and identifier of the tenant's learners that are called `name`, by either."""
    rows = connection.execute(
        text(
            "select id, external_ref from app_users where tenant_id = :tenant "
            "and (external_ref = :name or cast(id as text) = lower(:name))"
        ),
        {"tenant": tenant, "name": name},
    )
    return [(row.id, row.external_ref) for row in rows]


def lock_quizzes(connection: Connection, person: Person) -> list[UUID]:
    """Return the learner's quizzes, whose answers under way are then written, and which take no more."""
    return list(
        connection.scalars(
            text(
                "select id from quiz_sessions where tenant_id = :tenant and user_id = any(:users) "
                "order by id for update"
            ),
            _whose(person),
        )
    )


def answers(connection: Connection, person: Person) -> list[Answer]:
    """Return the learner's answers as telemetry holds them."""
    rows = connection.execute(
        text(
            "select occurred_at, question_id, version, event_id from telemetry.events "
            "where tenant_id = :tenant and user_id = any(:users) and event_type = 'answer_submitted'"
        ),
        _whose(person),
    )
    return [Answer._make(row) for row in rows]


def take_outbox(connection: Connection, person: Person, quizzes: Sequence[UUID]) -> list[bytes]:
    """Delete the learner's events of the outbox, once a relay that has them is done, and return them."""
    return [
        payload.encode()
        for payload in connection.scalars(
            text(
                "delete from event_outbox where quiz_id = any(:quizzes) or (tenant_id = :tenant and "
                "lower(payload ->> 'user_id') = any(cast(:users as uuid[])::text[])) returning payload::text"
            ),
            _whose(person) | {"quizzes": list(quizzes)},
        )
    ]


def take_dead_letters(connection: Connection, is_theirs: Callable[[bytes], bool]) -> list[bytes]:
    """Delete the dead letters whose bytes are the learner's, and return these bytes."""
    taken: list[bytes] = []
    for letters in _letters(connection):
        theirs = [(letter, raw) for letter, raw in letters if is_theirs(raw)]
        if theirs:
            connection.execute(
                text("delete from telemetry.dead_letters where id = any(:ids)"),
                {"ids": [n for n, _ in theirs]},
            )
            taken += [raw for _, raw in theirs]
    return taken


def exam_tenants(connection: Connection) -> dict[str, UUID]:
    """Return the tenant of every exam, by code: files are named after exams."""
    rows = connection.execute(text("select code, tenant_id from exams"))
    return {row.code: row.tenant_id for row in rows}


def remove_rows(connection: Connection, person: Person, quizzes: Sequence[UUID]) -> dict[str, int]:
    """Delete the learner's rows of every table that the catalog names, and return how many of each."""
    removed = {}
    for table in _tables(connection):
        if (table.schema, table.table) != ("public", "quiz_sessions"):
            removed[table.name] = _remove(connection, table, person, quizzes)
    last = {
        "quiz_sessions": "delete from quiz_sessions where id = any(:quizzes)",
        "app_users": "delete from app_users where tenant_id = :tenant and id = any(:users)",
    }
    for name, statement in last.items():
        removed[name] = connection.execute(
            text(statement), _whose(person) | {"quizzes": list(quizzes)}
        ).rowcount
    return {name: n for name, n in removed.items() if n}


def _tables(connection: Connection) -> list[_Table]:
    found = [_Table._make(row) for row in connection.execute(_TABLES)]
    return [table for table in found if table.user_type in _KINDS or table.quiz_type in _KINDS]


def _remove(connection: Connection, table: _Table, person: Person, quizzes: Sequence[UUID]) -> int:
    quote = connection.dialect.identifier_preparer.quote
    conditions = []
    if table.user_type in _KINDS:
        # A table without a tenant has the learner's rows of it alone: ids are unique.
        tenant = " and tenant_id = :tenant" if table.has_tenant else ""
        conditions.append(f"(user_id = any({_array(':users', table.user_type)}){tenant})")
    if table.quiz_type in _KINDS:
        conditions.append(f"quiz_id = any({_array(':quizzes', table.quiz_type)})")
    statement = f"delete from {quote(table.schema)}.{quote(table.table)} where {' or '.join(conditions)}"
    return connection.execute(text(statement), _whose(person) | {"quizzes": list(quizzes)}).rowcount


def _array(parameter: str, kind: str | None) -> str:
    ids = f"cast({parameter} as uuid[])"
    return ids if kind == "uuid" else f"{ids}::text[]"


def _letters(connection: Connection) -> Iterator[list[tuple[int, bytes]]]:
    after = 0
    while True:
        rows = connection.execute(
            text("select id, raw from telemetry.dead_letters where id > :after order by id limit :limit"),
            {"after": after, "limit": _BATCH},
        ).all()
        if not rows:
            return
        after = rows[-1].id
        yield [(row.id, bytes(row.raw)) for row in rows]


def _whose(person: Person) -> dict[str, Any]:
    return {"tenant": person.tenant_id, "users": list(person.user_ids)}
