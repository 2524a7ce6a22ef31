"""`qbank import`: a user's own files into the question bank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cli.console import errors, out
from cli.database import pipeline_engine

if TYPE_CHECKING:
    from ingestion.imports import ImportRequest, ImportSummary


def import_(
    exam: Annotated[str, typer.Option(help="Code of the home exam; made if it is new.")],
    items: Annotated[
        Path | None,
        typer.Option(
            help="CSV: item, key; optional topic, difficulty, version, stem, options. With --responses."
        ),
    ] = None,
    responses: Annotated[
        Path | None,
        typer.Option(help="CSV or Parquet, long (person, item, response|correct) or wide. With --items."),
    ] = None,
    learners: Annotated[
        Path | None, typer.Option(help="CSV: person, institution, cohort; optional invented.")
    ] = None,
    blueprint: Annotated[
        Path | None, typer.Option(help="CSV: topic, difficulty, quota; replaces the exam's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the clock made up for files without one.")] = 0,
) -> None:
    """Import items and responses of an exam, its learners, its blueprint; bad responses are kept aside."""
    from database import settings
    from database.forgetting import ForgetKey
    from ingestion.imports import ImportRequest

    request = ImportRequest(
        exam=exam,
        items=items,
        responses=responses,
        learners=learners,
        blueprint=blueprint,
        tenant=settings.load().tenant_id,
        seed=seed,
        rejects_dir=settings.load().home / "imports",
        forget_key=ForgetKey.of(settings.load()),
    )
    summary = import_with_progress(request)
    for line in summary.lines():
        out.print(line, soft_wrap=True)


def import_with_progress(request: ImportRequest) -> ImportSummary:
    """Import into the migrated database, showing progress; what became of responses is kept in QBANK_HOME/imports."""
    from ingestion.imports import import_exam, keep

    columns = (TextColumn("  {task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with pipeline_engine() as engine, Progress(*columns, console=errors, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        summary = import_exam(engine, request, progress=show)
    keep(summary, request.rejects_dir)
    return summary
