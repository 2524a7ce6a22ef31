"""`qbank import` on the files that people really have: each fault a clear message, nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, text

from tests.cli.conftest import Ended, Qbank

ITEMS = "item,key,options\nI1,A,ABC\nI2,B,ABC\nI3,C,ABC\n"
RESPONSES = "person,item,response\np1,I1,A\np1,I2,B\np1,I3,A\np2,I1,B\np2,I2,B\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "responses.csv").write_text(RESPONSES)
    return tmp_path


LEARNERS = "person,institution,cohort,invented\np1,Made up,A,yes\np2,Made up,A,yes\n"


def imported(qbank: Qbank, files: Path) -> Ended:
    return qbank(
        "import", "--exam", "E", "--items", files / "items.csv", "--responses", files / "responses.csv"
    )


def stored(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.scalar(text("select count(*) from user_responses")) or 0)


def rejects(home: Path) -> pl.DataFrame:
    (path,) = (home / "imports").glob("*.csv")
    return pl.read_csv(path, infer_schema=False)


def no_trace(ended: Ended) -> bool:
    return "Traceback" not in ended.out + ended.err


def test_a_clean_file_comes_in_whole_and_again_adds_nothing(
    qbank: Qbank, files: Path, pipeline_engine: Engine
) -> None:
    first, again = imported(qbank, files), imported(qbank, files)
    assert (first.code, again.code) == (0, 0)
    assert "5 read" in first.said
    assert "5 added, 0 already there, 0 rejected" in first.said
    assert "0 added, 5 already there, 0 rejected" in again.said
    assert stored(pipeline_engine) == 5


def test_a_key_file_that_misses_an_item_says_which_and_keeps_its_rows(
    qbank: Qbank, files: Path, home: Path, pipeline_engine: Engine
) -> None:
    (files / "items.csv").write_text("item,key,options\nI1,A,ABC\nI3,C,ABC\n")
    ended = imported(qbank, files)
    assert ended.code == 0
    assert no_trace(ended)
    assert "I2" in ended.said
    assert "2 rejected" in ended.said
    assert rejects(home)["item"].to_list() == ["I2", "I2"]
    assert stored(pipeline_engine) == 3
    # Nothing is lost: with the item added, the file of rejects itself comes in.
    (files / "items.csv").write_text(ITEMS)
    (path,) = (home / "imports").glob("*.csv")
    again = qbank("import", "--exam", "E", "--items", files / "items.csv", "--responses", path)
    assert "2 added" in again.said
    assert stored(pipeline_engine) == 5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("p3,I9,A", "I9"),
        ("p1,I1,A", "line 2"),
        ("p3,I1,X", "not among the options"),
        (",I1,A", "person"),
    ],
    ids=["unknown item", "duplicate row", "option not among the item's", "no person"],
)
def test_a_bad_row_is_kept_with_line_and_reason_and_the_rest_comes_in(
    qbank: Qbank, files: Path, home: Path, pipeline_engine: Engine, row: str, reason: str
) -> None:
    (files / "responses.csv").write_text(RESPONSES + row + "\n")
    ended = imported(qbank, files)
    assert ended.code == 0
    assert no_trace(ended)
    assert "6 read" in ended.said
    assert "5 added" in ended.said
    assert "1 rejected" in ended.said
    kept = rejects(home)
    assert kept.height == 1
    assert kept["line"].item() == "7"
    assert reason in kept["reason"].item()
    assert str(next((home / "imports").glob("*.csv")).name) in ended.said
    assert stored(pipeline_engine) == 5


def test_a_key_that_is_no_option_stops_the_import_with_its_line(
    qbank: Qbank, files: Path, pipeline_engine: Engine
) -> None:
    (files / "items.csv").write_text("item,key,options\nI1,D,ABC\nI2,B,ABC\n")
    ended = imported(qbank, files)
    assert ended.code == 1
    assert no_trace(ended)
    assert "qbank: " in ended.err
    assert "line 2" in ended.said
    assert stored(pipeline_engine) == 0


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "empty"), (b"person,item\np1,I1\n", "response"), (b"\xff\xfe\x00bad", "responses.csv")],
    ids=["empty", "no response column", "not text"],
)
def test_a_file_that_is_none_is_named_with_what_to_do(
    qbank: Qbank, files: Path, content: bytes, part: str
) -> None:
    (files / "responses.csv").write_bytes(content)
    ended = imported(qbank, files)
    assert ended.code == 1
    assert no_trace(ended)
    assert "responses.csv" in ended.said
    assert part in ended.said


def test_a_file_that_is_not_there_is_named(qbank: Qbank, files: Path) -> None:
    (files / "responses.csv").unlink()
    ended = imported(qbank, files)
    assert ended.code == 1
    assert no_trace(ended)
    assert "responses.csv" in ended.said


def test_what_the_import_said_is_kept_for_the_summary(qbank: Qbank, files: Path, home: Path) -> None:
    imported(qbank, files)
    kept = json.loads((home / "imports" / "E.json").read_text())
    assert (kept["read"], kept["rejected"], kept["synthetic_at"]) == (5, 0, True)


def test_learners_alone_are_imported_and_the_last_import_of_responses_stays(
    qbank: Qbank, files: Path, home: Path
) -> None:
    imported(qbank, files)
    (files / "learners.csv").write_text(LEARNERS)
    first = qbank("import", "--exam", "E", "--learners", files / "learners.csv")
    again = qbank("import", "--exam", "E", "--learners", files / "learners.csv")
    assert (first.code, again.code) == (0, 0)
    assert "1 institution, 1 cohort and 2 memberships added, 0 unchanged" in first.said
    assert "1 cohort of the file marked as invented" in first.said
    assert "0 institutions, 0 cohorts and 0 memberships added, 2 unchanged" in again.said
    assert json.loads((home / "imports" / "E.json").read_text())["read"] == 5


def test_items_without_responses_are_refused_with_what_to_do(qbank: Qbank, files: Path) -> None:
    ended = qbank("import", "--exam", "E", "--items", files / "items.csv")
    assert ended.code == 1
    assert no_trace(ended)
    assert "the two go together, name both" in ended.said
