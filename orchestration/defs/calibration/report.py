"""The page that a psychometrician reads: what was calibrated, what to look at first."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

import irt
from database.queries import calibrations, counts
from orchestration import calibration_sections
from orchestration.groups import priors
from orchestration.partitions import home_exams
from orchestration.resources import Database
from orchestration.snapshot import persons, responses, usable
from reports import Plot, calibration

EXTREMES = 5
# More panels would take longer to draw than the exam to fit, and nobody would look at them.
MOST_PANELS = 100


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"html"},
    owners=["team:psychometrics"],
    deps=["item_calibration", "item_stats_ctt", "item_drift_weeks"],
    description="One HTML page that opens offline: parameters with standard errors, fits, items to look at, pictures.",
)
def calibration_report(
    context: AssetExecutionContext, database: Database, response_matrix: pl.DataFrame
) -> MaterializeResult[None]:
    """Write the page below QBANK_HOME/reports."""
    exam = context.partition_key
    with database.begin() as connection:
        run = calibrations.live_run(connection, exam)
        if run is None:
            raise ValueError(f"exam {exam} has no published run: materialize item_calibration first")
        rows = calibrations.fitted_items(connection, run.id)
        flags = calibrations.open_flags(connection, exam)
        weeks = calibrations.drift_weeks(connection, exam)
        clock = counts.responses(connection, exam).synthetic_clock
    report = _report(exam, run, rows, flags, weeks, clock, response_matrix)
    path = database.home() / "reports" / f"calibration-{exam}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(calibration.render(report), encoding="utf-8")
    return MaterializeResult(
        metadata={
            "page": MetadataValue.path(str(path)),
            "what to do": MetadataValue.text("\n".join(calibration.summary(report))),
            "run": str(run.id),
        }
    )


def _report(
    exam: str,
    run: calibrations.LiveRun,
    rows: list[calibrations.Row],
    flags: list[calibrations.Row],
    weeks: list[calibrations.Row],
    synthetic_clock: bool,
    response_matrix: pl.DataFrame,
) -> calibration.CalibrationReport:
    serving = [row for row in rows if row["serving"]]
    informative = _informative(serving)
    fit = run.fits[serving[0]["model"]] if serving else {}
    return calibration.CalibrationReport(
        exam=exam,
        run_id=str(run.id),
        fitted_at=run.fitted_at,
        snapshot_hash=run.snapshot_hash,
        n_persons=run.n_persons,
        n_items=run.n_items,
        n_responses=run.n_responses,
        served_model=serving[0]["model"] if serving else None,
        synthetic_clock=synthetic_clock,
        items=_items(rows, flags),
        models=tuple(_model(name, fit) for name, fit in run.fits.items() if fit["items_fitted"]),
        miskeyed=tuple(
            calibration.Suspect(item=row["item"], **row["detail"])
            for row in flags
            if row["flag"] == "miskeyed"
        ),
        most_informative=informative[:EXTREMES],
        least_informative=informative[::-1][:EXTREMES],
        information_measure="averaged over theta ~ N(0, 1)",
        plots=_plots(serving, fit, response_matrix),
        groups=calibration_sections.groups(fit),
        groups_note=run.settings.get("groups", {}).get("reason", ""),
        policy=calibration_sections.policy(run.policy),
        drift=calibration_sections.drift(weeks),
    )


def _items(rows: list[calibrations.Row], flags: list[calibrations.Row]) -> tuple[calibration.ItemRow, ...]:
    by_item: dict[str, list[calibrations.Row]] = {}
    for row in rows:
        by_item.setdefault(row["item"], []).append(row)
    raised = {(flag["item"], flag["flag"]) for flag in flags}
    return tuple(
        calibration.ItemRow(
            item=item,
            n=fits[0]["n_responses"] or 0,
            p_value=fits[0]["p_value"],
            point_biserial=fits[0]["r_point_biserial"],
            fits={row["model"]: _fit(row) for row in fits},
            flags=tuple(sorted(flag for named, flag in raised if named == item)),
        )
        for item, fits in by_item.items()
    )


def _fit(row: calibrations.Row) -> calibration.ItemFit:
    figures = {name: row[name] for name in ("a", "b", "c", "se_a", "se_b", "se_c")}
    return calibration.ItemFit(**figures, status=row["status"], reason=row["reason"] or "")


def _model(name: str, fit: Mapping[str, Any]) -> calibration.ModelFit:
    figures = {key: fit[key] for key in ("log_likelihood", "n_parameters", "aic", "bic", "converged")}
    return calibration.ModelFit(model=name, reason_stopped=fit["reason"], **figures)


def _parameters(serving: list[calibrations.Row]) -> irt.ItemParameters:
    return irt.ItemParameters(
        tuple(row["item"] for row in serving),
        *(np.array([row[name] for row in serving], dtype=np.float64) for name in ("a", "b", "c")),
    )


def _informative(serving: list[calibrations.Row]) -> tuple[calibration.Informative, ...]:
    if not serving:
        return ()
    known = _parameters(serving)
    averaged = irt.information.average_information(known.a, known.b, known.c)
    order = np.argsort(-averaged, kind="stable")
    return tuple(calibration.Informative(str(known.items[i]), float(averaged[i])) for i in order)


def _plots(
    serving: list[calibrations.Row], fit: Mapping[str, Any], response_matrix: pl.DataFrame
) -> tuple[Plot, ...]:
    if not serving:
        return ()
    known = _parameters(serving)
    attempts = usable(response_matrix)
    mean, sd = priors(fit["groups"], persons(attempts))
    shown = known.items[:MOST_PANELS]
    return (
        Plot(
            "Test information",
            "Information of the test over theta, and the standard error that goes with it",
            irt.plots.png(irt.plots.information(known)),
        ),
        Plot(
            "Item curves"
            if len(shown) == len(known.items)
            else f"Item curves of the first {len(shown)} items",
            "Each item's curve, with the proportion right by band of theta",
            irt.plots.png(irt.plots.icc(known, responses(attempts), items=shown, mean=mean, sd=sd)),
        ),
    )
