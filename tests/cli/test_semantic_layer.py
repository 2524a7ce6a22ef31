"""`qbank semantic-layer` and `qbank metric`, on the project as it is."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Qbank


def test_the_files_are_written_and_those_that_are_no_longer_made_go(qbank: Qbank, tmp_path: Path) -> None:
    out = tmp_path / "made"
    first = qbank("semantic-layer", "--out", out, "--database", "Warehouse")
    assert first.code == 0, first.err
    view = out / "looker" / "views" / "responses.view.lkml"
    assert "analytics.fact_responses" in view.read_text()
    card = next((out / "metabase" / "collections" / "main" / "qbank_metrics").glob("attempts.yaml"))
    assert "database: Warehouse" in card.read_text()
    old, own = view.with_name("old.view.lkml"), view.with_name("own.view.lkml")
    old.write_text(view.read_text())
    own.write_text("view: own {}\n")
    again = qbank("semantic-layer", "--out", out, "--database", "Warehouse")
    assert "1 removed" in again.said
    assert (old.exists(), own.exists()) == (False, True)


def test_a_folder_that_cannot_be_written_is_told(qbank: Qbank, tmp_path: Path) -> None:
    (tmp_path / "made").write_text("a file")
    ended = qbank("semantic-layer", "--out", tmp_path / "made")
    assert ended.code == 1
    assert "cannot be written" in ended.said
    assert "Traceback" not in ended.said


def test_metrics_are_listed_and_shown_as_queries(qbank: Qbank) -> None:
    listed = qbank("metric")
    assert "median_response_time" in listed.out
    shown = qbank("metric", "accuracy", "--by", "exam_code", "--sql")
    assert shown.out.startswith("select exam_code as exam_code, count(*) filter (where is_correct)")


def test_what_cannot_be_shown_says_why(qbank: Qbank) -> None:
    assert "no metric speed: there are accuracy" in qbank("metric", "speed").said
    assert "has no dimension colour: it has answered_at" in qbank("metric", "accuracy", "--by", "colour").said
    unbuilt = qbank("metric", "accuracy")
    assert unbuilt.code == 1
    assert "Build the marts with `qbank run`" in unbuilt.said
