"""`qbank migrate` and `qbank stop`: the database itself."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import out


def migrate(
    revision: Annotated[str, typer.Option(help="Revision to bring the database to.")] = "head",
    down: Annotated[bool, typer.Option("--down", help="Go back to the revision instead of up.")] = False,
) -> None:
    """Create or update the tables; starts the embedded server where none is configured."""
    from database import migrate as migrations
    from database import settings
    from database.engine import resolve_url

    url = resolve_url(settings.load())
    before = migrations.current(url)
    if down:
        migrations.downgrade(url, revision)
    else:
        migrations.upgrade(url, revision)
    after = migrations.current(url)
    out.print(f"database at revision {after}" + ("" if before == after else f" (was {before or 'empty'})"))


def stop(
    purge: Annotated[bool, typer.Option("--purge", help="Also delete the embedded server's data.")] = False,
) -> None:
    """Stop the embedded server; a server that QBANK_DATABASE_URL names is not ours to stop."""
    from database import embedded, settings

    home = settings.load().home
    was_running = embedded.stop(home)
    if purge:
        embedded.purge(home)
    out.print(
        ("embedded server stopped" if was_running else "no embedded server was running")
        + (", its data deleted" if purge else "")
    )
