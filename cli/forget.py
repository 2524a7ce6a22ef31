"""`qbank forget`: a learner's request to be deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.markup import escape

from cli.console import errors, out
from cli.database import pipeline_engine

if TYPE_CHECKING:
    from ingestion.forget import ForgetSummary, Stores
    from ingestion.sources import Source


def forget(
    user: Annotated[str, typer.Argument(help="User id, or the learner's identifier in the tenant's system.")],
    tenant: Annotated[UUID | None, typer.Option(help="The learner's tenant, over QBANK_TENANT_ID.")] = None,
    archive: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of archived segments to erase from, too; may be repeated."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
) -> None:
    """Remove a learner from every store, for good, and keep nothing but a keyed hash that keeps them out."""
    from database import settings
    from ingestion.forget import forget as forget_learner

    whose = tenant or settings.load().tenant_id
    with _stores(archive or []) as stores:
        if dry_run or not yes:
            _show(forget_learner(stores, whose, user, dry_run=True))
        if dry_run:
            return
        if not yes:
            typer.confirm(f"Forget learner {user} of tenant {whose} for good?", abort=True, err=True)
        _show(forget_learner(stores, whose, user))


@contextlib.contextmanager
def _stores(archives: list[Path]) -> Iterator[Stores]:
    from database import settings
    from database.clickhouse import is_configured, open_client
    from database.forgetting import ForgetKey
    from ingestion import settings as events_settings
    from ingestion.forget import Stores
    from ingestion.sources import open_archive, open_local_logs, open_source

    chosen, events = settings.load(), events_settings.load()
    with pipeline_engine() as engine, contextlib.ExitStack() as opened:
        sources: dict[str, Source] = {f"event log {log.folder}": log for log in open_local_logs(events)}
        if events.kafka_bootstrap is not None:
            topic = open_source(events)
            sources[f"topic {events.kafka_topic_events}"] = topic
        sources |= {f"archive {folder}": open_archive(folder, events) for folder in archives}
        for source in sources.values():
            opened.callback(source.close)
        yield Stores(
            engine=engine,
            key=ForgetKey.of(chosen),
            clickhouse=partial(open_client, chosen) if is_configured(chosen) else None,
            sources=sources,
            home=chosen.home,
        )


def _show(summary: ForgetSummary) -> None:
    for line in summary.lines():
        (errors if line.startswith("!") else out).print(escape(line), soft_wrap=True)
