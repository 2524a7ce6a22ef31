"""Assembles the `qbank` command and turns errors that a user may cause into one clear message."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer
from rich.markup import escape
from sqlalchemy.exc import OperationalError

from api_min.errors import ApiError
from cli import api, dead_letters, doctor, events, imports, pipeline, server
from cli.console import errors
from database.errors import DatabaseError
from expectations.errors import ExpectationsError
from ingestion.errors import IngestionError
from irt.errors import IrtError

# What may be told to a user as it is: each of these says what was wrong, where, and what to do.
TOLD = (ApiError, DatabaseError, ExpectationsError, IngestionError, IrtError, pipeline.RunFailed)

app = typer.Typer(
    name="qbank",
    help="Responses in, calibrated items out, the most informative next question served.",
    no_args_is_help=True,
    # Rich tracebacks of long exception chains take minutes to draw.
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("import")(imports.import_)
app.command("run")(pipeline.run)
app.command("ui")(pipeline.ui)
app.command("api")(api.api)
app.command("migrate")(server.migrate)
app.command("stop")(server.stop)
app.command("doctor")(doctor.doctor)
app.command("relay")(events.relay)
app.command("drain")(events.drain)
app.command("consume")(events.consume)
app.add_typer(events.app, name="events")
app.add_typer(dead_letters.app, name="dead-letters")


def main() -> None:
    """Run the command; exit 1 with a message on a known error, 130 when interrupted."""
    # Run by its path from a venv that is not activated, dbt and dagster must still be found.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        app()
    except TOLD as known:
        errors.print(f"[bold red]qbank:[/] {escape(str(known))}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except OperationalError as unreachable:
        first = str(unreachable.orig).strip().splitlines()[0]
        errors.print(
            f"[bold red]qbank:[/] the database does not answer: {escape(first)}. `qbank doctor` says what to do.",
            highlight=False,
            soft_wrap=True,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
