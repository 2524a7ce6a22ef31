"""`qbank migrate` and `qbank stop`: the databases themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import out

if TYPE_CHECKING:
    from database.settings import DatabaseSettings


def migrate(
    revision: Annotated[str, typer.Option(help="Revision to bring the database to.")] = "head",
    down: Annotated[bool, typer.Option("--down", help="Go back to the revision instead of up.")] = False,
) -> None:
    """Create or update the tables; starts the embedded Postgres where none is configured."""
    from database import migrate as migrations
    from database import settings
    from database.engine import resolve_url

    chosen = settings.load()
    url = resolve_url(chosen)
    before = migrations.current(url)
    if down:
        migrations.downgrade(url, revision)
    else:
        migrations.upgrade(url, revision)
    after = migrations.current(url)
    out.print(f"database at revision {after}" + ("" if before == after else f" (was {before or 'empty'})"))
    if not down:
        _migrate_clickhouse(chosen)


def _migrate_clickhouse(chosen: DatabaseSettings) -> None:
    """Make the tables of a ClickHouse that is configured or running; none is started for it."""
    from database import clickhouse

    url = clickhouse.running_url(chosen)
    if url is not None:
        clickhouse.open_url(url).close()
        out.print(f"ClickHouse at revision {clickhouse.migrate.head()}")


def stop(
    purge: Annotated[bool, typer.Option("--purge", help="Also delete the embedded servers' data.")] = False,
) -> None:
    """Stop the embedded servers; those that QBANK_*_URL names are not ours to stop."""
    from database import clickhouse, embedded, settings

    home = settings.load().home
    servers = {"Postgres": embedded, "ClickHouse": clickhouse.embedded}
    stopped = [name for name, server in servers.items() if server.stop(home)]
    if purge:
        for server in servers.values():
            server.purge(home)
    out.print(
        (f"embedded {' and '.join(stopped)} stopped" if stopped else "no embedded server was running")
        + (", their data deleted" if purge else "")
    )
