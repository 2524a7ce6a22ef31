"""`qbank analysts`: which logins read marts, and of which tenants."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.console import out
from cli.database import pipeline_engine, ready_url

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(help="Logins that read marts, each of its tenants only.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="Name of the database login.")]


@app.command("add")
def add(
    login: Login,
    tenant: Annotated[
        list[uuid.UUID] | None, typer.Option(help="Tenant; may be repeated. None: QBANK_TENANT_ID.")
    ] = None,
) -> None:
    """Let a login that an administrator has made read the marts of a tenant."""
    from database import settings
    from database.queries import analysts

    chosen = tenant or [settings.load().tenant_id]
    for each in chosen:
        with _as_login() as connection:
            analysts.add(connection, login, each)
        out.print(f"{login} reads the marts of tenant {each}")


@app.command("list")
def list_() -> None:
    """Show who reads the marts of which tenant."""
    from database.queries import analysts

    with pipeline_engine() as engine, engine.begin() as connection:
        found = analysts.readers(connection)
    if not found:
        out.print("no analysts")
        return
    table = Table("login", "tenant", "may read")
    for one in found:
        may = "yes" if one.may_read else f"no: qbank analysts add {one.login} --tenant {one.tenant_id}"
        table.add_row(one.login, str(one.tenant_id), may)
    out.print(table)


@app.command("remove")
def remove(
    login: Login,
    tenant: Annotated[uuid.UUID | None, typer.Option(help="Only this tenant. None: all of them.")] = None,
) -> None:
    """Take marts from a login; with its last tenant it loses the role. The login itself stays."""
    from database.queries import analysts

    with _as_login() as connection:
        taken = analysts.remove(connection, login, tenant)
    out.print(f"{login} lost {taken} tenants" if taken else f"{login} read none of them")


@contextmanager
def _as_login() -> Iterator[Connection]:
    """One transaction as the login itself, which may grant what a plain role may not."""
    from database.engine import login_engine

    engine = login_engine(ready_url())
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
