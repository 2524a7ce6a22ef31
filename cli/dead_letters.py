"""`qbank dead-letters`: messages that were no events."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from cli.console import out
from cli.database import pipeline_engine
from cli.telemetry import opened_sinks

app = typer.Typer(help="Messages that were no events: look, replay, remove.", no_args_is_help=True)
Ids = Annotated[list[int] | None, typer.Argument(help="Ids of dead letters; none: all.")]
Reason = Annotated[str | None, typer.Option(help="Only those of this reason.")]


@app.command("list")
def list_(reason: Reason = None, limit: Annotated[int, typer.Option(help="At most so many.")] = 50) -> None:
    """List dead letters, and count them by reason."""
    from database.queries.dead_letters import LetterFilter
    from ingestion import dead_letters

    with pipeline_engine() as engine:
        which = LetterFilter(reason=reason)
        counts = dead_letters.count(engine, which)
        letters = dead_letters.list_letters(engine, which, limit=limit)
    for each, number in counts.items():
        out.print(f"{number:>10,}  {each}")
    for letter in letters:
        replayed = " (replayed)" if letter.replayed_at else ""
        out.print(f"{letter.id:>10}  {letter.reason}: {escape(letter.detail)}{replayed}", soft_wrap=True)
    if not letters:
        out.print("no dead letters")


@app.command("show")
def show(letter: Annotated[int, typer.Argument(help="Id of a dead letter.")]) -> None:
    """Show one dead letter: where it came from, what was wrong, its bytes."""
    from ingestion import dead_letters

    with pipeline_engine() as engine:
        found = dead_letters.show(engine, letter)
    out.print(f"{found.source_id}, partition {found.partition}, position {found.position}")
    out.print(f"{found.reason}: {escape(found.detail)}", soft_wrap=True)
    out.print(escape(_printable(found.raw or b"")), soft_wrap=True)


@app.command("replay")
def replay(ids: Ids = None, reason: Reason = None) -> None:
    """Store those that are valid events now; the others stay."""
    from database import settings
    from database.forgetting import ForgetKey
    from database.queries.dead_letters import LetterFilter
    from ingestion import dead_letters
    from ingestion.sinks import PostgresSink

    with opened_sinks() as (engine, sinks):
        also = [sink for sink in sinks if sink.name != PostgresSink.name]
        key = ForgetKey.of(settings.load())
        summary = dead_letters.replay(engine, LetterFilter(tuple(ids) if ids else None, reason), also, key)
    for line in summary.lines():
        out.print(line)


@app.command("purge")
def purge(
    ids: Ids = None,
    reason: Reason = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Needed where neither ids nor reason are given.")
    ] = False,
) -> None:
    """Delete dead letters for good."""
    from database.queries.dead_letters import LetterFilter
    from ingestion import dead_letters

    if not ids and not reason and not everything:
        raise typer.BadParameter("say which: ids, --reason, or --all")
    with pipeline_engine() as engine:
        purged = dead_letters.purge(engine, LetterFilter(tuple(ids) if ids else None, reason))
    out.print(f"{purged:,} dead letters deleted")


def _printable(raw: bytes) -> str:
    """Return bytes as text that a terminal only shows: whatever it would obey or cannot draw is spelled out."""
    text = raw.decode("utf-8", errors="backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
