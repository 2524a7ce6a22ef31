"""Alembic's entry: runs migrations over the connection that `database.migrate` hands in."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Literal

from alembic import context
from sqlalchemy import Connection, text

from database.tables import Base
from database.tables.base import LTree
from database.tables.telemetry import SCHEMA
from database.tenancy import Role

Kind = Literal[
    "schema", "table", "column", "index", "unique_constraint", "foreign_key_constraint", "check_constraint"
]
Parent = Literal["schema_name", "table_name", "schema_qualified_table_name"]
OURS = {None, "public", SCHEMA}


def _include_name(name: str | None, kind: Kind, _parents: MutableMapping[Parent, str | None]) -> bool:
    """Compare our schemas only: analytics belongs to dbt."""
    return kind != "schema" or name in OURS


def _act_as_owner(connection: Connection) -> None:
    """Tables are made by qbank_owner; only the first migration, which makes that role, runs as the login."""
    if connection.scalar(text("select 1 from pg_roles where rolname = :r"), {"r": Role.OWNER.value}):
        member = connection.scalar(
            text("select pg_has_role(current_user, :r, 'member')"), {"r": Role.OWNER.value}
        )
        if member and connection.scalar(text("select to_regclass('public.exams') is not null")):
            connection.execute(text(f"set role {Role.OWNER.value}"))


def _render_item(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    if kind == "type" and isinstance(item, LTree):
        autogen_context.imports.add("from database.tables.base import LTree")  # type: ignore[attr-defined]
        return "LTree()"
    return False


def run() -> None:
    """Run the migrations asked for, each in the transaction of the connection handed in."""
    connection: Connection = context.config.attributes["connection"]
    _act_as_owner(connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_name=_include_name,
        render_item=_render_item,
        compare_type=True,
        compare_server_default=False,
        user_module_prefix=None,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
