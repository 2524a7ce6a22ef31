"""The fit: an exam's items by the rules of its policy, written where nobody serves from."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import polars as pl
from dagster import AssetExecutionContext, Config, MetadataValue, Output, asset
from pydantic import Field
from sqlalchemy import Connection

from database.queries import calibrations, scales
from orchestration.lifecycle.edits import lineage
from orchestration.lifecycle.policy import policy
from orchestration.partitions import home_exams
from orchestration.resources import Database

if TYPE_CHECKING:
    import irt
    from orchestration.lifecycle.night import Known, Made


class Fit(Config):
    """What a person asks of a fit."""

    new_scale: bool = Field(
        default=False,
        description="Define a new scale by this run's population, in place of the one that anchors hold. Every "
        "score and parameter of the exam changes with it.",
    )


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"python", "postgres"},
    owners=["team:psychometrics"],
    description="Parameters (D = 1.7 metric) with standard errors, before their checks: 2PL and 3PL of the whole exam "
    "by marginal maximum likelihood over the usable responses, and one joint fit where the rule gives items different "
    "models. Anchors hold the scale; modes and strata of prior ability are groups.",
)
def item_calibration_candidate(
    context: AssetExecutionContext, database: Database, config: Fit, response_matrix: pl.DataFrame
) -> Output[str]:
    """Fit the exam and store the run with its candidate rows; the value is the run's id.

    Where the live run was made of the same, nothing is fitted and its id is the value.
    """
    from orchestration.lifecycle.identity import asked, nothing_new, run_of
    from orchestration.lifecycle.night import calibrated

    exam = context.partition_key
    with database.begin() as connection:
        known = _known(connection, exam, new_scale=config.new_scale)
        tenant = calibrations.exam_tenant(connection, exam)
        live = calibrations.live_run(connection, exam)
        before = None if live is None else calibrations.find_run(connection, live.id)
    if tenant is None:
        raise ValueError(
            f"exam {exam} is not in the database: import it with `qbank import --exam {exam} ...`"
        )
    said = nothing_new(before, response_matrix, asked(known), version("qbank"))
    if said is not None and before is not None and not config.new_scale:
        with database.begin() as connection:
            calibrations.skip(connection, before.id, said)
        context.log.info(f"exam {exam}: {said}")
        return Output(str(before.id), metadata={"run": str(before.id), "skipped": said})
    made = calibrated(response_matrix, known)
    run = run_of(exam, tenant, response_matrix, known, made, version("qbank"))
    with database.begin() as connection:
        calibrations.write_candidate(connection, run, made.rows)
    return Output(str(run.id), metadata=_metadata(run, made))


def _known(connection: Connection, exam: str, *, new_scale: bool) -> "Known":
    from orchestration.lifecycle.night import Known

    return Known(
        policy=policy(exam, calibrations.exam_policy(connection, exam)),
        lineage=lineage(calibrations.versions(connection, exam)),
        options=calibrations.option_counts(connection, exam),
        live=calibrations.live_items(connection, exam),
        scale=scales.scale(connection, exam),
        anchors=scales.anchors(connection, exam),
        new_scale=new_scale,
    )


def _metadata(run: calibrations.Run, made: "Made") -> Mapping[str, Any]:
    from orchestration.pictures import item_curves

    lifecycle = made.lifecycle
    said = {
        "classical only": lifecycle.classical_only,
        "serves": run.serving_model and f"{run.serving_model}: {lifecycle.serving_reason}",
        "scale": lifecycle.scale_reason,
        "too few anchors": lifecycle.too_few_anchors,
    }
    pictures: Mapping[str, Any] = {}
    if made.answers is not None:
        pictures = item_curves(made.fits, made.answers, run.serving_model or "2PL", made.groups.labels)
    return {
        "dagster/row_count": len(made.rows),
        "dagster/table_name": "public.item_calibration_candidate",
        "run": str(run.id),
        "snapshot (SHA-256)": run.snapshot_hash,
        "persons": run.n_persons,
        "items": run.n_items,
        "responses": run.n_responses,
        **{name: text for name, text in said.items() if text},
        **{f"log-likelihood {model}": fit.log_likelihood for model, fit in made.fits.items() if fit.passes},
        **{f"passes {model}": fit.passes for model, fit in made.fits.items()},
        "groups": made.groups.reason or "one population",
        "fits": MetadataValue.json(_plain(run.fits)),
        "models": MetadataValue.json(_plain(_chosen(made))),
        "anchors": MetadataValue.json(_plain(_anchored(made))),
        "set aside": MetadataValue.json(_plain(_set_aside(made.fits))),
        **pictures,
    }


def _chosen(made: "Made") -> dict[str, str]:
    return {each.item: f"{each.model}: {each.reason}" for each in made.lifecycle.choices}


def _anchored(made: "Made") -> dict[str, str]:
    return {each.item: " ".join((each.verdict, each.reason)) for each in made.lifecycle.anchors}


def _set_aside(fits: "Mapping[str, irt.Calibration]") -> dict[str, str]:
    aside = [
        fit.table().filter(pl.col("status") == "set aside").select("item", "reason") for fit in fits.values()
    ]
    return dict(pl.concat(aside).iter_rows()) if aside else {}


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of nothing but what JSON has, as Dagster wants it."""
    copy: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return copy
