"""`qbank calibrate`: item parameters and abilities from a file alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.calibration.options import Engine, Model, Request
from cli.console import errors, out

if TYPE_CHECKING:
    import irt
    from cli.calibration.work import Clock, Outcome, Prepared

_PRIORS = "Priors (logistic metric)"
_DATA = "More about the data"
_HOW = "How to fit"


def calibrate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV or Parquet. Long: person, item, and correct (0/1) or response. "
            "Wide: first column the person, then one column an item.",
        ),
    ],
    model: Annotated[Model, typer.Option(case_sensitive=False, help="Model of all items.")],
    to: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the results; made if it is new.")
    ],
    engine: Annotated[
        Engine, typer.Option(case_sensitive=False, help="What fits.", rich_help_panel=_HOW)
    ] = Engine.NATIVE,
    nodes: Annotated[int, typer.Option(help="Quadrature nodes.", rich_help_panel=_HOW)] = 61,
    span: Annotated[
        str,
        typer.Option("--range", metavar="LOW,HIGH", help="Theta from where to where.", rich_help_panel=_HOW),
    ] = "-6,6",
    no_se: Annotated[bool, typer.Option("--no-se", help="No standard errors.", rich_help_panel=_HOW)] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Fit in N local processes.", rich_help_panel=_HOW),
    ] = None,
    no_priors: Annotated[
        bool, typer.Option("--no-priors", help="Plain maximum likelihood.", rich_help_panel=_PRIORS)
    ] = False,
    prior_a: Annotated[
        str | None,
        typer.Option(metavar="lognormal:MEAN,SD", help="Of ln(logistic slope).", rich_help_panel=_PRIORS),
    ] = None,
    prior_b: Annotated[
        str | None, typer.Option(metavar="normal:MEAN,SD", help="Of b.", rich_help_panel=_PRIORS)
    ] = None,
    prior_c: Annotated[
        str | None,
        typer.Option(metavar="beta:A,B", help="Of c; beta:5,17 unless said.", rich_help_panel=_PRIORS),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="KEY.csv", help="item,key: the answers are options.", rich_help_panel=_DATA),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            metavar="GROUPS.csv", help="person,group: mean and SD of ability by group.", rich_help_panel=_DATA
        ),
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(
            metavar="ITEMS.csv",
            help="item,a,b[,c], D = 1.7: items held fixed, such as a former items.csv.",
            rich_help_panel=_DATA,
        ),
    ] = None,
) -> None:
    """Fit a model to a file of answers; no database, nothing else needed.

    Writes into DIR: items.csv (a, b, c in the D = 1.7 metric, slope and intercept in the logistic one),
    persons.csv (ability), fit.json, pictures (PNG) and report.html, which opens offline. An empty cell or NA
    is a missing answer.
    """
    from cli.calibration import options, work, write

    request = Request(
        file=file,
        model=model.value,
        out=to,
        engine=engine.value,
        quadrature=options.quadrature(nodes, span),
        standard_errors=not no_se,
        priors=options.priors(model.value, no_priors, {"a": prior_a, "b": prior_b, "c": prior_c}),
        key=key,
        groups=groups,
        anchors=anchors,
        workers=workers,
    )
    write.ready(to)
    clock = work.Clock()
    with errors.status(f"reading {_plain(str(file))}"):
        found = work.read(request, clock)
    with errors.status("getting the engine ready; on its first run it is compiled"):
        work.warm_up(request, clock)
    prepared = work.prepare(request, found, clock)
    data = prepared.responses
    errors.print(
        f"{data.n_responses:,} answers of {data.n_persons:,} persons to {data.n_items:,} items "
        f"({clock.seconds['read']:.1f} s)"
    )
    for warning in prepared.warnings:
        errors.print(f"[yellow]note[/] {_plain(warning)}", soft_wrap=True)
    outcome = work.fit(request, prepared, clock, _tell)
    _write(request, prepared, outcome, clock)
    out.print(_plain(_last_line(request, prepared, outcome)), soft_wrap=True)


def _tell(done: irt.Pass) -> None:
    """Show a pass: its number, log-likelihood, and largest change of a parameter."""
    change = f"largest change {done.max_change:.2g}" if done.accepted else "went back"
    errors.print(f"pass {done.number:>4}   log-likelihood {done.log_likelihood:.3f}   {change}")


def _write(request: Request, prepared: Prepared, outcome: Outcome, clock: Clock) -> None:
    """Write all files, fit.json last: where it stands, the others are whole."""
    from cli.calibration import page, pictures, tables, write
    from reports import calibration

    with clock.stage("write"):
        drawn, notes = pictures.draw(prepared, outcome)
        items = tables.items_frame(outcome)
        fit = tables.fit_values(request, prepared, outcome, (*prepared.warnings, *outcome.notes, *notes))
        fit["seconds"] = {stage: clock.seconds.get(stage, 0.0) for stage in tables.STAGES}
        report = page.report(request, prepared, outcome, items, fit, drawn, dt.datetime.now(dt.UTC))
        write.put(request.out, "items.csv", items.write_csv())
        write.put(request.out, "persons.csv", outcome.persons.write_csv())
        for picture in drawn:
            write.put(request.out, picture.name, picture.plot.png)
        write.drop_former_curves(request.out, {picture.name for picture in drawn})
        write.put(request.out, "report.html", calibration.render(report))
    fit["seconds"]["write"] = clock.seconds["write"]
    write.put_json(request.out, "fit.json", fit)


def _last_line(request: Request, prepared: Prepared, outcome: Outcome) -> str:
    fitted = outcome.calibration
    used = len(fitted.status) - fitted.status.count("set aside")
    said = [
        f"{request.model}: {used:,} of {prepared.responses.n_items:,} items fitted, "
        f"log-likelihood {fitted.log_likelihood:.3f}",
        f"{fitted.passes:,} passes",
        "converged" if fitted.converged else f"NOT converged ({fitted.reason_stopped})",
        f"results in {request.out}",
    ]
    return ", ".join(said)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
