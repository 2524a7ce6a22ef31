"""`qbank flags`: what runs found of items that a person should look at, and what people said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import out
from cli.database import pipeline_engine
from cli.errors import OptionError

app = typer.Typer(help="Flags of items: look, accept, dismiss, reopen.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Ids = Annotated[
    list[int], typer.Argument(metavar="ID", help="Ids of flags, as `qbank flags list` shows them.")
]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the flag.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the flag.")]


@app.command("list")
def list_(
    exam: Annotated[str | None, typer.Option(help="Only of this home exam.")] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Only open, accepted or dismissed ones; may be repeated.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only of this kind, for instance miskeyed; may be repeated.")
    ] = None,
    item: Annotated[str | None, typer.Option(help="Only of this item.")] = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Also those that a later run no longer found.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List the flags that stand, with what to do about each and what was said of it."""
    from database.queries import flags
    from database.tables.lifecycle import FLAG_STATES

    unknown = set(state or ()) - set(FLAG_STATES)
    if unknown:
        raise OptionError(
            f"--state must be one of {', '.join(FLAG_STATES)}, not {', '.join(sorted(unknown))}"
        )
    with pipeline_engine() as engine, engine.begin() as connection:
        found = flags.flags(
            connection, exam=exam, states=state or (), kinds=kind or (), item=item, resolved=resolved
        )
    if as_json:
        out.print_json(json.dumps(found[:limit], default=str))
        return
    if not found:
        out.print("no flags")
        return
    out.print(_table(found[:limit]))
    if len(found) > limit:
        out.print(
            f"{len(found) - limit:,} more: raise --limit, or ask for less by --exam, --state, --kind, --item"
        )


def _table(found: list[Mapping[str, Any]]) -> Table:
    table = Table("id", "exam", "item", "flag", "since, UTC", "state", "what to do")
    for row in found:
        said = row["action"] or ""
        if row["state"] != "open":
            said = f"{row['decided_by']}: {row['decision_reason']}"
        table.add_row(
            str(row["id"]),
            escape(row["exam_code"]),
            escape(row["item"]),
            row["flag"],
            f"{row['raised_at']:%Y-%m-%d}",
            row["state"] if row["resolved_at"] is None else f"{row['state']}, resolved",
            escape(said),
        )
    return table


@app.command("show")
def show(
    flag_id: Annotated[int, typer.Argument(metavar="ID", help="Id of a flag.")], as_json: Json = False
) -> None:
    """Show a flag with the figures behind it."""
    from database.queries import flags

    with pipeline_engine() as engine, engine.begin() as connection:
        found = flags.flag(connection, flag_id)
    if as_json:
        out.print_json(json.dumps(dict(found), default=str))
        return
    lines = {
        "item": f"{found['item']} of exam {found['exam_code']}, question {found['question_id']}, "
        f"version {found['version']}",
        "flag": found["flag"],
        "raised": f"{found['raised_at']:%Y-%m-%d %H:%M} UTC; last found by run {found['run_id'] or '-'}",
        "state": _state(found),
        "to do": found["action"] or "-",
        **{name: str(value) for name, value in found["detail"].items()},
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        out.print(escape(f"{name:<{width}}  {value}"), soft_wrap=True)


def _state(found: Mapping[str, Any]) -> str:
    said = str(found["state"])
    if found["decided_by"] is not None:
        said += f" by {found['decided_by']} at {found['decided_at']:%Y-%m-%d %H:%M} UTC: {found['decision_reason']}"
    if found["resolved_at"] is not None:
        said += f"; resolved at {found['resolved_at']:%Y-%m-%d %H:%M} UTC, a run no longer found it"
    return said


@app.command("accept")
def accept(ids: Ids, by: By, reason: Reason) -> None:
    """Say that it is so: somebody acts on it."""
    _decide(ids, "accepted", by, reason)


@app.command("dismiss")
def dismiss(ids: Ids, by: By, reason: Reason) -> None:
    """Say that it is not so; while runs find the same, the flag stays dismissed."""
    _decide(ids, "dismissed", by, reason)


@app.command("reopen")
def reopen(ids: Ids) -> None:
    """Take back what was said of flags, as if nobody had looked at them."""
    from database.queries import flags

    with pipeline_engine() as engine, engine.begin() as connection:
        found = [flags.reopen(connection, each) for each in ids]
    _tell(found)


def _decide(ids: list[int], state: str, by: str, reason: str) -> None:
    """All of the flags or none: one that cannot be decided stops the others."""
    from database.queries import flags

    with pipeline_engine() as engine, engine.begin() as connection:
        found = [flags.decide(connection, each, state, by, reason) for each in ids]
    _tell(found)


def _tell(found: list[Mapping[str, Any]]) -> None:
    for row in found:
        out.print(
            escape(f"{row['id']}: {row['flag']} of {row['item']} ({row['exam_code']}) is {row['state']}"),
            soft_wrap=True,
        )
