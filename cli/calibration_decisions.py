"""`qbank calibrations approve`, `reject` and `rollback`: a person's word on a run, with name and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from cli import exposure_control
from cli.console import errors, out
from cli.database import pipeline_engine, ready_url
from cli.errors import RunFailed

if TYPE_CHECKING:
    from orchestration.progress import Step

RunId = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, or enough of its beginning.")]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the decision.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]


def approve(run: RunId, by: By, reason: Reason) -> None:
    """Put a run live whose checks have passed: publish, report, marts."""
    _put_live(run, "approve", by, reason)


def rollback(run: RunId, by: By, reason: Reason) -> None:
    """Put a run live again that was live before, its parameters as they were; nights wait for approval then."""
    _put_live(run, "rollback", by, reason)


def reject(run: RunId, by: By, reason: Reason) -> None:
    """Say that a run shall not go live; what is live stays as it is."""
    from database.queries import reviews

    with pipeline_engine() as engine, engine.begin() as connection:
        run_id = reviews.find(connection, run)
        reviews.decide(connection, run_id, "reject", by, reason)
        exam = reviews.run(connection, run_id)["exam_code"]
    out.print(f"run {run_id} of exam {escape(exam)} is rejected; what is live stays as it is", soft_wrap=True)


def _put_live(start: str, decision: Literal["approve", "rollback"], by: str, reason: str) -> None:
    from database import settings
    from database.queries import reviews
    from orchestration.run import run_publishing

    ready_url()
    with pipeline_engine(migrating=False) as engine, engine.begin() as connection:
        run_id = reviews.find(connection, start)
        reviews.check(connection, run_id, decision, by, reason)
        exam = reviews.run(connection, run_id)["exam_code"]
    outcome = run_publishing(exam, run_id, decision, by, reason, settings.load().home, _tell)
    with pipeline_engine(migrating=False) as engine, engine.begin() as connection:
        live = reviews.standing(connection, run_id) == "published"
    if not live:
        raise RunFailed(
            "\n".join([f"run {run_id} was not put live; what was live stays live:", *outcome.why()])
        )
    out.print(f"run {run_id} of exam {escape(exam)} is live", soft_wrap=True)
    if decision == "rollback":
        out.print(
            "no later run goes live by itself until one is approved: `qbank calibrations approve RUN`; to go on from "
            "this one, approve it",
            soft_wrap=True,
        )
    if not outcome.success:
        raise RunFailed(
            "\n".join(
                [
                    f"run {run_id} is live, but what is built on it is not: mend this, then `qbank run --exam {exam}`:",
                    *outcome.why(),
                ]
            )
        )
    exposure_control.keep_up(exam)


def _tell(step: Step) -> None:
    if step.kind == "asset":
        errors.print(f"  [green]ok[/] {escape(step.name)}")
    elif not step.passed:
        mark = "[yellow]warned[/]" if step.severity == "WARN" else "[red]failed[/]"
        errors.print(f"  {mark} {escape(step.name)}")
