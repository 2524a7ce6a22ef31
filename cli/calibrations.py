"""`qbank calibrations`: the runs of each exam, what they differ in, and what a person decides of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli import calibration_decisions, calibration_policy
from cli.console import out
from cli.database import pipeline_engine
from cli.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.comparison import Comparison

app = typer.Typer(help="Calibration runs: look, compare, approve, reject, go back.", no_args_is_help=True)
app.command("approve")(calibration_decisions.approve)
app.command("reject")(calibration_decisions.reject)
app.command("rollback")(calibration_decisions.rollback)
app.command("policy")(calibration_policy.policy)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, or enough of its beginning.")]


@app.command("list")
def list_(
    exam: Annotated[str | None, typer.Option(help="Only of this exam.")] = None,
    status: Annotated[
        str | None,
        typer.Option(help="Only candidate, blocked, waiting, published, superseded or rejected ones."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """List runs, those fitted last first, with their status and the last decision."""
    from database.queries import reviews
    from database.tables.analytics import RUN_STATUS

    if status is not None and status not in RUN_STATUS:
        raise OptionError(f"--status must be one of {', '.join(RUN_STATUS)}, not {status!r}")
    with pipeline_engine() as engine, engine.begin() as connection:
        found = reviews.runs(connection, exam=exam, status=status, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        out.print("no calibration runs: `qbank run` makes one")
        return
    table = Table("run", "exam", "fitted, UTC", "status", "serves", "items", "responses", "last decision")
    for row in found:
        table.add_row(
            str(row["id"])[:8],
            escape(row["exam_code"]),
            f"{row['fitted_at']:%Y-%m-%d %H:%M}",
            row["status"] + (f", as of {row['as_of']}" if row["as_of"] else ""),
            row["serving_model"] or "-",
            f"{row['n_items']:,}",
            f"{row['n_responses']:,}",
            escape(decided(row)) if row["decision"] else "",
        )
    out.print(table)


@app.command("show")
def show(run: RunId, as_json: Json = False) -> None:
    """Show a run: what it read, how it was fitted, what was decided of it by whom, and what can be done now."""
    from database import settings
    from database.queries import reviews

    with pipeline_engine() as engine, engine.begin() as connection:
        run_id = reviews.find(connection, run)
        found = reviews.run(connection, run_id)
        decisions = reviews.decisions(connection, run_id)
    if as_json:
        print_json({**found, "decisions": decisions})
        return
    page = settings.load().home / "reports" / f"calibration-{found['exam_code']}" / f"{run_id}.html"
    for line in [*_lines(found), *([f"page       {page}"] if page.exists() else [])]:
        out.print(escape(line), soft_wrap=True)
    for each in decisions:
        out.print(
            escape(f"decided    {each['decided_at']:%Y-%m-%d %H:%M} UTC  {decided(each)}"), soft_wrap=True
        )
    out.print(f"next       {escape(_next(found))}", soft_wrap=True)


def _lines(found: Mapping[str, Any]) -> list[str]:
    live = (
        f", live since {found['published_at']:%Y-%m-%d %H:%M} UTC" if found["status"] == "published" else ""
    )
    read = (
        f"{found['n_responses']:,} responses of {found['n_persons']:,} persons to {found['n_items']:,} items"
    )
    between = (found["first_response_at"], found["last_response_at"])
    if all(between):
        read += f", {between[0]:%Y-%m-%d} to {between[1]:%Y-%m-%d}"
    lines = [
        f"run        {found['id']}",
        f"exam       {found['exam_code']}",
        f"status     {found['status']}{live}",
        f"fitted     {found['fitted_at']:%Y-%m-%d %H:%M} UTC by qbank {found['code_version']}",
        f"read       {read}; SHA-256 {found['snapshot_hash']}",
        f"serves     {found['serving_model'] or 'nothing'}, on scale {found['scale_version'] or '-'}",
    ]
    for model, fit in found["fits"].items():
        likelihood = fit.get("log_likelihood")
        said = "nothing to fit" if likelihood is None else f"log-likelihood {likelihood:,.3f}"
        ended = "converged" if fit.get("converged") else f"did not converge: {fit.get('reason', '')}"
        lines.append(f"fit        {model}: {said}" + ("" if likelihood is None else f", {ended}"))
    for name in ("skipped", "classical_only", "too_few_anchors", "serving_reason"):
        if found["lifecycle"].get(name):
            lines.append(f"because    {found['lifecycle'][name]}")
    return lines


def _next(found: Mapping[str, Any]) -> str:
    run, exam = str(found["id"])[:8], found["exam_code"]
    said = '--by NAME --reason "..."'
    return {
        "waiting": f"qbank calibrations diff {run}; then qbank calibrations approve|reject {run} {said}",
        "blocked": f"mend what the checks found, or set a limit with qbank calibrations policy {exam} --set "
        f"NAME=VALUE; then qbank run --exam {exam}. What is live is as it was",
        "candidate": f"qbank run --exam {exam} fits and checks all answers there are; qbank calibrations approve "
        f"{run} {said} where its checks have passed",
        "published": "nothing: it is live",
        "superseded": f"nothing; qbank calibrations rollback {run} {said} puts it live again",
        "rejected": f"nothing; new answers make another run, qbank calibrations approve {run} {said} if it was right",
    }[found["status"]]


@app.command("diff")
def diff(
    run: RunId,
    other: Annotated[
        str | None,
        typer.Argument(metavar="[NEW]", help="Compare RUN with this one. None: what is live with RUN."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many items.")] = 20,
    as_json: Json = False,
) -> None:
    """Compare what two runs serve item by item, the largest differences of curves first."""
    from database.queries import calibrations, reviews
    from orchestration.comparison import compare

    with pipeline_engine() as engine, engine.begin() as connection:
        one = reviews.find(connection, run)
        exam = reviews.run(connection, one)["exam_code"]
        if other is None:
            live = calibrations.live_run(connection, exam)
            if live is None:
                raise OptionError(f"nothing of exam {exam} is live: name two runs to compare")
            old, new = live.id, one
        else:
            old, new = one, reviews.find(connection, other)
        if reviews.run(connection, new)["exam_code"] != reviews.run(connection, old)["exam_code"]:
            raise OptionError("runs of two exams lie on two scales: they cannot be compared")
        compared = compare(reviews.difference(connection, old, new))
    if as_json:
        print_json({"old": old, "new": new, **vars(compared)})
        return
    out.print(f"{str(old)[:8]} -> {str(new)[:8]}: {_summary(compared)}", soft_wrap=True)
    if compared.items:
        out.print(_differences(compared, limit))


def _summary(compared: Comparison) -> str:
    said = f"{compared.n_both:,} items in both, {compared.n_gone:,} gone, {compared.n_new:,} new"
    if compared.largest is None:
        return said
    return f"{said}; curves differ by {compared.mean:.4f} in the mean, by {compared.largest:.4f} at most"


def _differences(compared: Comparison, limit: int) -> Table:
    shown = compared.items[:limit]
    title = f"The {len(shown)} items that differ most" if len(shown) < len(compared.items) else "All items"
    table = Table("item", title=f"{title}; curve: root mean square difference in probability, D = 1.7 metric")
    for name in ("curve", "model", "a", "b", "c", "n"):
        table.add_column(name, justify="right", no_wrap=name == "curve")
    for row in shown:
        distance = row["distance"]
        gone, came = row["new_a"] is None, row["old_a"] is None
        table.add_row(
            escape(row["item"]),
            "gone" if gone else "new" if came else f"{distance:.4f}",
            _moved(row, "item_model", "model"),
            *(_moved(row, name) for name in ("a", "b", "c")),
            _moved(row, "n_respondents"),
        )
    return table


def _moved(row: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    """Return what a figure was and is; once where it is the same, or where only one of the runs has it."""
    values = []
    for side in ("old", "new"):
        value = row[f"{side}_{name}"]
        if value is None and otherwise is not None:
            value = row[f"{side}_{otherwise}"]
        if value is not None:
            values.append(
                f"{value:.3f}"
                if isinstance(value, float)
                else f"{value:,}"
                if isinstance(value, int)
                else value
            )
    return " -> ".join(dict.fromkeys(values))


def decided(row: Mapping[str, Any]) -> str:
    """Return a decision in a line."""
    return f"{row['decision']} by {row['decided_by']}: {row['reason']}"


def print_json(found: Any) -> None:
    """Print what the database has as JSON, ids and moments as text."""
    out.print_json(json.dumps(found, default=str))
