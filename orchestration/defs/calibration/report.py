"""The page that a psychometrician reads and signs: one for the live run, and one for each that waits for a person."""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset
from sqlalchemy import Connection

from database.queries import calibrations, counts, diagnostics, reviews, run_reports
from database.queries.run_reports import ReportedRun
from orchestration.partitions import home_exams
from orchestration.resources import Database

if TYPE_CHECKING:
    from orchestration.calibration_page import Known

# Pages of former runs that are kept beside the newest one.
KEPT = 30
# Runs in the picture of key numbers.
MOST_RUNS = 60


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"html"},
    owners=["team:psychometrics"],
    deps=["item_calibration", "item_stats_ctt", "item_option_stats", "item_drift_weeks"],
    description="One HTML page a run that opens offline: data, method, parameters with standard errors, fit and "
    "assumptions, DIF, scale, items to look at with what to do, changes, decisions, versions.",
)
def calibration_report(
    context: AssetExecutionContext, database: Database, response_matrix: pl.DataFrame
) -> MaterializeResult[None]:
    """Write the pages below QBANK_HOME/reports."""
    from orchestration.calibration_page import page
    from orchestration.snapshot import usable
    from reports import calibration

    exam, folder = context.partition_key, database.home() / "reports"
    with database.begin() as connection:
        known = [
            _known(connection, run, usable(response_matrix))
            for run in run_reports.to_report(connection, exam)
        ]
    if not known:  # for instance where a person rejected the only run there is
        nobody = f"no run of exam {exam} is live and none waits: `qbank calibrations list` says what became of them"
        return MaterializeResult(metadata={"not written": nobody})
    written: dict[str, Path] = {}
    said: tuple[str, ...] = ()
    for each in known:
        report = page(each)
        path = _write(folder, exam, each.run, calibration.render(report))
        written[f"page of a run that is {each.run.status}"] = path
        said = said or calibration.summary(report)
    return MaterializeResult(
        metadata={
            **{name: MetadataValue.path(str(path)) for name, path in written.items()},
            "page": MetadataValue.path(str(next(iter(written.values())))),
            "what to do": MetadataValue.text("\n".join(said)),
            "run": str(known[0].run.id),
        }
    )


def _known(connection: Connection, run: ReportedRun, attempts: pl.DataFrame) -> "Known":
    from orchestration.calibration_page import Known

    exam = run.exam_code
    before = run_reports.predecessor(connection, run)
    return Known(
        run=run,
        rows=calibrations.fitted_items(connection, run.id),
        findings=diagnostics.findings(connection, run.id),
        flags=calibrations.open_flags(connection, exam),
        options=run_reports.options(connection, exam),
        weeks=calibrations.drift_weeks(connection, exam),
        before=before,
        former=[] if before is None else run_reports.served(connection, before.id),
        decisions=reviews.decisions(connection, run.id),
        history=diagnostics.published_figures(connection, exam, MOST_RUNS),
        synthetic_clock=counts.responses(connection, exam).synthetic_clock,
        attempts=attempts,
    )


def _write(folder: Path, exam: str, run: ReportedRun, html: str) -> Path:
    """Write a run's own page, the live one's also under the exam's name; drop the oldest beyond those kept."""
    own = folder / f"calibration-{exam}"
    own.mkdir(parents=True, exist_ok=True)
    path = own / f"{run.id}.html"
    path.write_text(html, encoding="utf-8")
    pages = sorted(own.glob("*.html"), key=lambda each: each.stat().st_mtime)
    for old in pages[:-KEPT]:
        old.unlink()
    if run.status == "published":
        path = folder / f"calibration-{exam}.html"
        path.write_text(html, encoding="utf-8")
    return path
