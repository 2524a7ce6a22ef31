"""`qbank replay-cat`: the decisions of a session of another platform, made again from its log."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import out
from cli.database import pipeline_engine


def replay_cat(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="sessionIdentifier of the CAT API.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Make every decision of a session of the CAT API again; ends with 1 where one differs from its log."""
    from api_min.cat.replay import replay

    with pipeline_engine() as engine, engine.begin() as connection:
        made = replay(connection, session)
    if as_json:
        out.print_json(json.dumps(asdict(made)))
    elif made.differences:
        table = Table("position", "what", "logged", "made again")
        for one in made.differences:
            table.add_row(str(one.position), one.what, escape(repr(one.logged)), escape(repr(one.made)))
        out.print(table)
    else:
        decisions = "1 decision" if made.decisions == 1 else f"{made.decisions} decisions"
        out.print(f"{session}: {decisions}, each as it was logged")
    if made.differences:
        raise typer.Exit(1)
