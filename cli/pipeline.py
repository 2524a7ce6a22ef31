"""`qbank run` and `qbank ui`: the whole pipeline at once, and Dagster's web interface on it."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer
from rich.status import Status

from cli import exposure_control
from cli.console import errors, out
from cli.database import pipeline_engine, ready_url
from cli.errors import NotInstalled, RunFailed
from cli.imports import import_with_progress

if TYPE_CHECKING:
    from database.settings import DatabaseSettings
    from orchestration.progress import Step
    from orchestration.run import RunOutcome


def run(
    exam: Annotated[
        list[str] | None, typer.Option(help="Home exam; may be repeated. None: every exam.")
    ] = None,
    with_sample: Annotated[
        bool, typer.Option("--sample", help="Import the sample exam first, and run that.")
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Calibrate as of the end of this day, UTC; publishes nothing."
        ),
    ] = None,
) -> None:
    """Run the pipeline: ingest, marts, checks, fit, publish, report; then say what came of it."""
    from database import settings
    from ingestion import sample

    if as_of is not None and as_of.date() >= datetime.now(UTC).date():
        raise RunFailed(
            f"--as-of {as_of.date()} is not over: name a past day, or leave it out for all answers"
        )
    chosen = settings.load()
    errors.print("[bold]Database[/]")
    url = ready_url()
    errors.print("  migrated")
    if with_sample:
        _import_sample(chosen)
    for code in [sample.EXAM] if with_sample else _exams(exam or []):
        if as_of is None:
            _run_one(code, url, chosen)
        else:
            _run_as_of(code, as_of.date(), chosen)
    out.print("\nDagster UI: [bold]make ui[/]   API: [bold]make api[/]   stop the server: [bold]make stop[/]")


def _import_sample(chosen: DatabaseSettings) -> None:
    from database.forgetting import ForgetKey
    from ingestion import sample
    from ingestion.imports import ImportRequest

    items, responses = sample.paths()
    learners, blueprint = sample.invented()
    errors.print(
        f"[bold]qbank import[/] --exam {sample.EXAM} --items {items.name} --responses {responses.name} "
        f"--learners {learners.name} --blueprint {blueprint.name}",
        soft_wrap=True,
    )
    request = ImportRequest(
        exam=sample.EXAM,
        items=items,
        responses=responses,
        tenant=chosen.tenant_id,
        seed=0,
        rejects_dir=chosen.home / "imports",
        learners=learners,
        blueprint=blueprint,
        forget_key=ForgetKey.of(chosen),
    )
    for line in import_with_progress(request).lines():
        errors.print(f"  {line}", soft_wrap=True)


def _exams(asked: list[str]) -> list[str]:
    """Return the exams asked for, or all; each must be there."""
    from database.queries import calibrations

    with pipeline_engine(migrating=False) as engine, engine.begin() as connection:
        known = calibrations.home_exams(connection)
    if not known:
        raise RunFailed("there is no exam yet: import one with `qbank import`, or try `qbank run --sample`")
    unknown = [code for code in asked if code not in known]
    if unknown:
        raise RunFailed(
            f"no exam {', '.join(unknown)}: import it with `qbank import`; there are {', '.join(known)}"
        )
    return asked or known


def _run_one(exam: str, url: str, chosen: DatabaseSettings) -> None:
    from cli import summary
    from ingestion.imports import last_import
    from orchestration.run import run_nightly

    errors.print(f"[bold]Pipeline[/] for exam {exam}")
    with errors.status("  loading the definitions", spinner="dots") as status:
        outcome = run_nightly(exam, chosen.home, _Progress(status))
    made = summary.build(exam, url, outcome, last_import(chosen.home / "imports", exam))
    path = chosen.home / "summary.json"
    path.write_text(json.dumps(made, indent=2, default=str) + "\n")
    summary.show(made)
    if not outcome.success:
        raise RunFailed(_why(exam, outcome))
    exposure_control.keep_up(exam)


def _why(exam: str, outcome: RunOutcome) -> str:
    advice = (
        "Nothing was published after the failure; what was live stays live. `make ui` shows the run, "
        f"`qbank calibrations list --exam {exam}` what became of the fit."
    )
    return "\n".join([f"the pipeline of exam {exam} stopped:", *outcome.why(), advice])


def _run_as_of(exam: str, day: date, chosen: DatabaseSettings) -> None:
    from database.queries import calibrations
    from orchestration.instance import instance
    from orchestration.run import run_as_of

    errors.print(f"[bold]Calibration[/] of exam {exam} as of {day}")
    with (
        errors.status("  loading the definitions", spinner="dots") as status,
        instance(chosen.home) as recorded,
    ):
        outcome = run_as_of(exam, day, recorded, _Progress(status))
    if not outcome.success:
        raise RunFailed(_why(exam, outcome))
    with pipeline_engine(migrating=False) as engine, engine.begin() as connection:
        run = calibrations.newest_run(connection, exam)
    if run is None or run.as_of != day:
        raise RunFailed(
            f"no calibration of exam {exam} as of {day} was stored: run it again, when nothing else runs"
        )
    out.print(
        f"exam {exam} as of {day}: {run.n_responses:,} usable responses of {run.n_persons:,} persons to "
        f"{run.n_items:,} items; run {run.id}\n"
        f"It is kept and not published: [bold]qbank calibrations show {run.id}[/]",
        soft_wrap=True,
    )


class _Progress:
    """Prints an asset when it is done and a check when it did not pass; the spinner names the last step."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def __call__(self, step: Step) -> None:
        self._status.update(f"  {step.name}")
        if step.kind == "asset":
            rows = "" if step.rows is None else f"{step.rows:>12,} rows"
            errors.print(f"  [green]ok[/] {step.name:<30}{rows}")
        elif not step.passed:
            mark = "[yellow]warned[/]" if step.severity == "WARN" else "[red]failed[/]"
            errors.print(f"  {mark} {step.name}")


def ui(
    port: Annotated[int, typer.Option(help="Port of the web interface, on loopback.")] = 3000,
) -> None:
    """Open Dagster's web interface on this home's runs; ends with Ctrl-C."""
    if find_spec("dagster_webserver") is None:
        raise NotInstalled(
            "Dagster's web interface is not installed: run `make ui`, or pip install -r requirements/ui.txt"
        )
    from database import settings
    from orchestration.instance import prepare

    chosen = settings.load()
    ready_url()
    prepare(chosen.home)
    out.print(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
    arguments = [
        "-m",
        "dagster",
        "dev",
        "-m",
        "orchestration.definitions",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    os.execv(sys.executable, [sys.executable, *arguments])
