"""Assembles the `qbank` command and turns errors that a user may cause into one clear message.

Command modules import what they work with when they run: `qbank doctor` shall not wait for numerics.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path

import typer
from rich.markup import escape

from cli import (
    analysts,
    api,
    calibrate,
    calibrations,
    dead_letters,
    delivery,
    doctor,
    events,
    flags,
    forget,
    imports,
    marts,
    pipeline,
    positions,
    reconcile,
    replay_cat,
    semantic_layer,
    server,
    simulate,
    status,
    telemetry,
    tokens,
)
from cli.console import errors

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
app.command("calibrate")(calibrate.calibrate)
app.command("simulate-cat")(simulate.simulate_cat)
app.command("metric")(semantic_layer.metric)
app.command("semantic-layer")(semantic_layer.semantic_layer)
app.command("ui")(pipeline.ui)
app.command("api")(api.api)
app.command("delivery")(delivery.delivery)
app.command("replay-quiz")(delivery.replay_quiz)
app.command("token")(tokens.token)
app.command("migrate")(server.migrate)
app.command("stop")(server.stop)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("reconcile")(reconcile.reconcile)
app.command("relay")(telemetry.relay)
app.command("drain")(telemetry.drain)
app.command("consume")(telemetry.consume)
app.command("replay")(telemetry.replay)
app.command("replay-cat")(replay_cat.replay_cat)
app.command("forget")(forget.forget)
app.add_typer(events.app, name="events")
app.add_typer(marts.app, name="marts")
app.add_typer(analysts.app, name="analysts")
app.add_typer(calibrations.app, name="calibrations")
app.add_typer(flags.app, name="flags")
app.add_typer(positions.app, name="positions")
app.add_typer(dead_letters.app, name="dead-letters")


def main() -> None:
    """Run the command; exit 1 with a message on a known error, 130 when interrupted."""
    # Run by its path from a venv that is not activated, dbt and dagster must still be found.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _collect_seldom()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:
        message = told(fault)
        if message is None:
            raise
        errors.print(f"[bold red]qbank:[/] {escape(message)}", soft_wrap=True)
        sys.exit(1)


def _collect_seldom() -> None:
    """Spare a command that imports a million objects and ends soon from searching them for garbage.

    The search at exit alone took three seconds of `qbank run`; frozen objects are left out of it.
    """
    gc.set_threshold(100_000, 20, 50)
    atexit.register(gc.freeze)


def told(fault: Exception) -> str | None:
    """Return what may be told to a user of an error, which says what was wrong and what to do; None of others."""
    from sqlalchemy.exc import OperationalError

    from api_min.errors import ApiError
    from cli.errors import CommandError
    from database.errors import DatabaseError
    from delivery.errors import DeliveryError
    from expectations.errors import ExpectationsError
    from ingestion.errors import IngestionError
    from irt.errors import IrtError
    from reports.semantic.errors import SemanticLayerError

    told_as_they_are = (
        CommandError, ApiError, DatabaseError, DeliveryError, ExpectationsError, IngestionError, IrtError,
        SemanticLayerError,
    )  # fmt: skip
    if isinstance(fault, told_as_they_are):
        return str(fault)
    if isinstance(fault, OperationalError):
        first = str(fault.orig).strip().splitlines()[0]
        return f"the database does not answer: {first}. `qbank doctor` says what to do."
    return None


if __name__ == "__main__":
    main()
