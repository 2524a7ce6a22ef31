"""The values of the page of one run, put together from what the database remembers of it and the answers it read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import irt
from database.queries.run_reports import ReportedRun
from irt.drift import MODERATE
from orchestration import calibration_sections, report_changes, report_findings, report_method
from orchestration.diagnostics.fitted import sampled
from orchestration.diagnostics.moved import scatter_table
from orchestration.diagnostics.over_runs import over_runs
from orchestration.groups import priors
from orchestration.lifecycle.remembered import remembered
from orchestration.parameters import of_rows
from orchestration.snapshot import persons, responses
from reports import Plot, calibration

Row = Mapping[str, Any]
EXTREMES = 5
# More panels would take longer to draw than the exam to fit, and nobody would look at them.
MOST_PANELS = 100
#: Of a larger exam the table shows the fit that is served alone.
MANY_ITEMS = 500


@dataclass(frozen=True)
class Known:
    """What the database says of a run and its exam; rows with the item's name.

    rows: every candidate row, with classical statistics. before, former: the run that was live before, and what it
    served. flags: those that stand. weeks: of item_drift_weeks. history: of the runs that were live. attempts:
    usable ones.
    """

    run: ReportedRun
    rows: Sequence[Row]
    findings: Sequence[Row]
    flags: Sequence[Row]
    options: Sequence[Row]
    weeks: Sequence[Row]
    before: ReportedRun | None
    former: Sequence[Row]
    decisions: Sequence[Row]
    history: Sequence[Row]
    synthetic_clock: bool
    attempts: pl.DataFrame


def page(known: Known) -> calibration.CalibrationReport:
    """Return what the page shows."""
    run, lifecycle = known.run, remembered(known.run.lifecycle)
    serving = [row for row in known.rows if row["model"] == run.serving_model and row["a"] is not None]
    informative = _informative(serving)
    fit = run.fits[run.serving_model] if serving and run.serving_model else {}
    flagged = report_findings.flagged(known.flags, known.rows, known.options)
    return calibration.CalibrationReport(
        exam=run.exam_code,
        run_id=str(run.id),
        fitted_at=run.fitted_at,
        snapshot_hash=run.snapshot_hash,
        n_persons=run.n_persons,
        n_items=run.n_items,
        n_responses=run.n_responses,
        served_model=run.serving_model if run.status == "published" and serving else None,
        synthetic_clock=known.synthetic_clock,
        items=_items(known, run.serving_model),
        models=tuple(_model(name, said) for name, said in run.fits.items() if said["items_fitted"]),
        miskeyed=tuple(
            calibration.Suspect(item=row["item"], **row["detail"])
            for row in known.flags
            if row["flag"] == "miskeyed" and row["state"] != "dismissed"
        ),
        most_informative=informative[:EXTREMES],
        least_informative=informative[::-1][:EXTREMES],
        information_measure="averaged over theta ~ N(0, 1)",
        plots=(
            *_plots(serving, fit, known.attempts, [each.item for each in flagged]),
            *_over_time(known),
        ),
        groups=calibration_sections.groups(fit),
        groups_note=run.settings.get("groups", {}).get("reason", ""),
        policy=calibration_sections.policy(run.policy),
        drift=calibration_sections.drift(known.weeks),
        flagged=flagged,
        data_note=report_method.data_note(run),
        method=report_method.method(run, lifecycle),
        rules=report_method.rules(lifecycle),
        assumptions=report_findings.assumptions(run.diagnostics, known.findings),
        scale=report_changes.scale(run, lifecycle),
        changes=report_changes.changes(run, known.before, serving, known.former, known.findings, lifecycle),
        decisions=report_changes.decisions(known.decisions),
        versions=report_changes.versions(run),
    )


def _items(known: Known, serving: str | None) -> tuple[calibration.ItemRow, ...]:
    by_item: dict[str, list[Row]] = {}
    for row in known.rows:
        by_item.setdefault(row["item"], []).append(row)
    raised: dict[str, list[str]] = {}
    for flag in known.flags:
        if flag["state"] != "dismissed":
            raised.setdefault(flag["item"], []).append(flag["flag"])
    alone = len(by_item) > MANY_ITEMS
    made = []
    for item, fits in by_item.items():
        served = next((row for row in fits if row["model"] == serving), fits[0])
        made.append(
            calibration.ItemRow(
                item=item,
                n=fits[0]["n_responses"] or 0,
                p_value=fits[0]["p_value"],
                point_biserial=fits[0]["r_point_biserial"],
                fits={row["model"]: _fit(row) for row in fits if not alone or row is served},
                flags=tuple(sorted(raised.get(item, ()))),
                served=_own_model(served) if serving == "mixed" else "",
                measures={"fit p": served["fit_p"], "rmsd": served["fit_rmsd"]},
            )
        )
    return tuple(made)


def _own_model(row: Row) -> str:
    if row["a"] is None:
        return ""
    return str(row["item_model"] or row["model"])


def _fit(row: Row) -> calibration.ItemFit:
    figures = {name: row[name] for name in ("a", "b", "c", "se_a", "se_b", "se_c")}
    return calibration.ItemFit(**figures, status=row["status"], reason=row["reason"] or "")


def _model(name: str, fit: Row) -> calibration.ModelFit:
    figures = {key: fit[key] for key in ("log_likelihood", "n_parameters", "aic", "bic", "converged")}
    return calibration.ModelFit(model=name, reason_stopped=fit["reason"], **figures)


def _informative(serving: Sequence[Row]) -> tuple[calibration.Informative, ...]:
    if not serving:
        return ()
    known = of_rows(serving)
    averaged = irt.information.average_information(known.a, known.b, known.c)
    order = np.argsort(-averaged, kind="stable")
    return tuple(calibration.Informative(str(known.items[i]), float(averaged[i])) for i in order)


def _plots(
    serving: Sequence[Row], fit: Row, attempts: pl.DataFrame, flagged: Sequence[str]
) -> tuple[Plot, ...]:
    """Test information, persons beside items, and curves, those of flagged items first."""
    if not serving or not attempts.height:
        return ()
    known = of_rows(serving)
    drawn = sampled(attempts, np.random.default_rng(0))
    mean, sd = priors(fit["groups"], persons(drawn))
    answers = responses(drawn)
    there, first = set(known.items), set(flagged)
    order = [*(item for item in flagged if item in there), *(i for i in known.items if i not in first)]
    shown = order[:MOST_PANELS]
    curves = (
        "Item curves" if len(shown) == len(order) else f"Item curves: {len(shown)} of {len(order):,} items"
    )
    return (
        Plot(
            "Test information",
            "Information of the test over theta, and the standard error that goes with it",
            irt.plots.png(irt.plots.information(known)),
        ),
        Plot(
            "Persons and items",
            "Abilities of the persons beside the difficulties of the items, on one scale",
            irt.plots.png(irt.plots.wright(known, irt.score(answers, known, mean=mean, sd=sd))),
        ),
        Plot(
            curves,
            "Each item's curve, with the proportion right by band of theta; items to look at come first",
            irt.plots.png(irt.plots.icc(known, answers, items=shown, mean=mean, sd=sd)),
        ),
    )


def _over_time(known: Known) -> Iterator[Plot]:
    """Anchors frozen against now, and key numbers over the runs that were live."""
    table = scatter_table(known.run.lifecycle.get("anchors", ()))
    if table is not None:
        effect = known.run.lifecycle["policy"].get("drift_effect", MODERATE)
        yield Plot(
            "Drift of anchors",
            "Difficulty as frozen against difficulty by the newest answers; in the band a curve has not moved enough "
            "to matter",
            irt.plots.png(irt.plots.drift_scatter(table, effect)),
        )
    series = over_runs(known.history)
    if series:
        yield Plot(
            "Published runs",
            "Key numbers of the runs that were live, oldest first",
            irt.plots.png(irt.plots.trend(series)),
        )
