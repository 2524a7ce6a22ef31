"""The report of an exam of which nothing is live and nothing waits: it says so, and holds nothing else up."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from dagster import AssetKey, DagsterInstance, asset, materialize
from sqlalchemy import Engine

from database.queries import calibrations, reviews
from orchestration.partitions import home_exams
from orchestration.resources import Database
from tests.database.bank import add_exam
from tests.database.queries.test_publications import TENANT, run
from tests.orchestration.attempts import simulated


@asset(partitions_def=home_exams)
def response_matrix() -> pl.DataFrame:
    return simulated(10)


def test_an_exam_whose_only_run_was_rejected_has_no_page_and_is_no_failure(
    pipeline_engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.defs.calibration.report import calibration_report

    monkeypatch.setenv("QBANK_DATABASE_URL", database_url)
    monkeypatch.setenv("QBANK_HOME", str(tmp_path))
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        calibrations.write_candidate(connection, run(1), [])
        reviews.decide(connection, run(1).id, "reject", "Ada", "no")
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(home_exams.name), ["E"])
        ended = materialize(
            [response_matrix, calibration_report],
            instance=instance,
            partition_key="E",
            resources={"database": Database()},
        )
        (made,) = ended.asset_materializations_for_node("calibration_report")
    assert made.asset_key == AssetKey("calibration_report")
    assert "no run of exam E is live and none waits" in str(made.metadata["not written"].value)
    assert not (tmp_path / "reports").exists()
