"""Who reads marts, and of which tenants: logins that hold role qbank_analyst and stand in table analysts.

Logins are made by an administrator, with a password of theirs; here they are only given the role. Adding and
removing act as the login that QBANK_DATABASE_URL names, which alone may grant roles.
"""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, CursorResult, Executable, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from database.errors import AnalystError
from database.tables.marts import Analyst
from database.tenancy import Role

# Whatever would show a login more than its tenants' rows.
_MORE = """
select rolcanlogin,
    case when rolsuper then 'is a superuser' when rolbypassrls then 'bypasses row-level security' end as stands_above,
    (
        select min(r.rolname) from pg_roles r
        where r.rolname in ('qbank_owner', 'qbank_pipeline', 'qbank_api') and pg_has_role(l.oid, r.oid, 'member')
    ) as member_of
from pg_roles l where rolname = :login
"""


class Reader(NamedTuple):
    """A login and a tenant whose rows it sees; `may_read`: it holds the role, too."""

    login: str
    tenant_id: uuid.UUID
    may_read: bool


def add(connection: Connection, login: str, tenant: uuid.UUID) -> None:
    """Let a login read the marts of a tenant. Raises AnalystError where it is not there, or sees more already."""
    found = connection.execute(text(_MORE), {"login": login}).one_or_none()
    if found is None or not found.rolcanlogin:
        raise AnalystError(
            f"there is no login {login}: make it as an administrator, `create role {login} login password '...'`, "
            "then add it again"
        )
    if found.stands_above or found.member_of:
        why = found.stands_above or f"holds role {found.member_of}"
        raise AnalystError(
            f"login {login} {why} and would see the rows of every tenant: make a login of its own for reading marts"
        )
    _give_or_take(connection, sql.SQL("grant qbank_analyst to {}"), login)
    _as_pipeline(connection, insert(Analyst).values(login=login, tenant_id=tenant).on_conflict_do_nothing())


def remove(connection: Connection, login: str, tenant: uuid.UUID | None = None) -> int:
    """Take a tenant, or all, from a login, and with the last one the role; return how many were taken."""
    mine = Analyst.login == login
    which = mine if tenant is None else mine & (Analyst.tenant_id == tenant)
    taken = _as_pipeline(connection, delete(Analyst).where(which)).rowcount
    left = _as_pipeline(connection, select(Analyst.login).where(mine).limit(1)).scalar()
    known = connection.scalar(text("select to_regrole(quote_ident(:login))"), {"login": login})
    if left is None and known is not None:
        _give_or_take(connection, sql.SQL("revoke qbank_analyst from {}"), login)
    return taken


def readers(connection: Connection) -> list[Reader]:
    """Return all analysts with their tenants."""
    rows = connection.execute(
        text(
            "select a.login, a.tenant_id, coalesce(pg_has_role(l.oid, 'qbank_analyst', 'usage'), false) as may_read "
            "from analysts a left join pg_roles l on l.rolname = a.login order by a.login, a.tenant_id"
        )
    )
    return [Reader._make(row) for row in rows]


def _as_pipeline(connection: Connection, statement: Executable) -> CursorResult[Any]:
    connection.execute(text(f"set local role {Role.PIPELINE}"))
    result = connection.execute(statement)
    connection.execute(text("reset role"))
    return result


def _give_or_take(connection: Connection, statement: sql.SQL, login: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        driver.execute(statement.format(sql.Identifier(login)))
    except InsufficientPrivilege as fault:
        raise AnalystError(
            "the login that QBANK_DATABASE_URL names may not grant qbank_analyst: let an administrator "
            f"`{statement.format(sql.Identifier(login)).as_string(None)}`, or give that login admin option on it"
        ) from fault
