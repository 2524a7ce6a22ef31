"""Dagster's home is made once, below QBANK_HOME, and what a person changed in it stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.instance import prepare


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
