"""Publishing on a person's word: the job that puts a run live which was approved, or is gone back to."""

from dagster import AssetSelection, define_asset_job

from orchestration.decision import PUBLISHING
from orchestration.defs.calibration.publish import TABLES
from orchestration.defs.marts import models

publishing = define_asset_job(
    PUBLISHING,
    # Nothing is fitted, and nothing that is wrong with tonight's answers keeps a person from going back: parameters
    # are put live first, then the report and the marts are made of them.
    selection=AssetSelection.assets(*TABLES, "calibration_report", "published_marts")
    | AssetSelection.assets(*models.marts_before_fit.keys, *models.marts_after_publish.keys),
    tags={"qbank/builds": "marts"},
    description="Puts a calibration run live that a person approved or goes back to: `qbank calibrations approve` and "
    "`rollback` run it, with run, decision, name and reason as configuration of `publish`.",
)
