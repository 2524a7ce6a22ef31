"""Dagster's home is made once, below QBANK_HOME, and what a person changed in it stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from orchestration.definitions import defs
from orchestration.instance import instance, prepare

ROOT = Path(__file__).parents[2]


def test_the_home_is_made_without_telemetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    folder = prepare(tmp_path)
    assert folder == tmp_path / "dagster"
    assert os.environ["DAGSTER_HOME"] == str(folder)
    settings = (folder / "dagster.yaml").read_text()
    assert "telemetry:\n  enabled: false" in settings
    (folder / "dagster.yaml").write_text("# mine\n")
    prepare(tmp_path)
    assert (folder / "dagster.yaml").read_text() == "# mine\n"
    monkeypatch.delenv("DAGSTER_HOME")


def test_a_home_that_is_set_is_left_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "elsewhere"))
    assert prepare(tmp_path / "home") == tmp_path / "elsewhere"
    assert not (tmp_path / "home").exists()


def test_settings_that_were_made_before_and_nobody_changed_are_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = prepare(tmp_path) / "dagster.yaml"
    made = settings.read_text()
    before = made.replace(
        "# One at a time of what builds marts or publishes, of drains of the stores, of backfills.",
        "# Nightly runs build the marts one after another.",
    )
    before = before[: before.index("      - key: qbank/drains")]
    settings.write_text(before)
    prepare(tmp_path)
    assert settings.read_text() == made
    monkeypatch.delenv("DAGSTER_HOME")


def test_what_must_not_run_twice_at_once_is_limited_wherever_dagster_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marts, stores and backfills: each job's tag has a limit of one, in the instance as Dagster reads it."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("QBANK_HOME", str(tmp_path))
    tags = {
        job.name: {key: value for key, value in job.tags.items() if key.startswith("qbank/")}
        for job in defs().get_repository_def().get_all_jobs()
    }
    assert {name: each for name, each in tags.items() if each} == {
        "nightly_calibration": {"qbank/builds": "marts"},
        "publishing": {"qbank/builds": "marts"},
        "calibration_as_of": {"qbank/builds": "marts"},
        "calibrations_as_of": {"qbank/backfills": "as_of"},
        "telemetry_drain": {"qbank/drains": "stores"},
    }
    limits = {(key, value, 1) for each in tags.values() for key, value in each.items()}
    with instance(tmp_path) as ours:
        read = ours.get_concurrency_config().run_queue_config
        assert read is not None
        assert {(t["key"], t["value"], t["limit"]) for t in read.tag_concurrency_limits} == limits
    deployed = yaml.safe_load((ROOT / "deploy" / "dagster.yaml").read_text())["concurrency"]["runs"]
    assert {(t["key"], t["value"], t["limit"]) for t in deployed["tag_concurrency_limits"]} == limits
    monkeypatch.delenv("DAGSTER_HOME")
