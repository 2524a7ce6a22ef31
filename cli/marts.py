"""`qbank marts`: which marts are live, how they came to be, how fresh what they are made of is."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.console import out
from cli.database import pipeline_engine

if TYPE_CHECKING:
    from database.queries.marts import Build

app = typer.Typer(help="The marts that dashboards and analysts read.", no_args_is_help=True)


@app.command("status")
def status(
    limit: Annotated[int, typer.Option(help="At most so many builds.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Say what is live since when, what was built lately and why, and when each source was last loaded."""
    from database.queries import marts, source_loads

    with pipeline_engine() as engine, engine.begin() as connection:
        live, builds = marts.live_since(connection), marts.builds(connection, limit)
        loads = source_loads.all_loads(connection)
    if as_json:
        found = {
            "live_since": live,
            "builds": [vars(build) for build in builds],
            "loads": [load._asdict() for load in loads],
        }
        out.print_json(json.dumps(found, default=lambda value: value.isoformat()))
        return
    out.print(f"live since  {_moment(live)}")
    for build in builds:
        out.print(escape(_told(build)), soft_wrap=True)
    for load in loads:
        out.print(
            f"loaded      {_moment(load.loaded_at)}  {load.loader} {escape(load.name)}, {load.n_rows:,} rows",
            soft_wrap=True,
        )


@app.command("refresh")
def refresh(
    reason: Annotated[str, typer.Option(help="Why; the next builds tell it.")] = "by `qbank marts refresh`",
) -> None:
    """Have both schemas of marts built anew, each at its next build."""
    from database.queries import marts

    with pipeline_engine() as engine, engine.begin() as connection:
        marts.request_refresh(connection, reason)
    out.print("the next build of each schema is a full one: `qbank run`, or the next two nights")


def _told(build: Build) -> str:
    kind = "full" if build.full_refresh else "incremental"
    end = "not published" if build.published_at is None else f"live at {_moment(build.published_at)}"
    return f"built       {_moment(build.started_at)}  {kind}, {end}; run {build.run_id}: {build.reason}"


def _moment(moment: dt.datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
