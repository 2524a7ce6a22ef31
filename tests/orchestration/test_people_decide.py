"""A person has the last word on an exam: what waits, what an approval does, and the way back, byte for byte."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from cli import calibration_decisions
from database.errors import ReviewError
from database.queries import calibrations, exams, reviews
from orchestration.run import RunOutcome, run_publishing
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

EXAM, FIRST, ALL = "DECIDED", 300, 400
LIVE = "select * from item_calibration order by question_id, version, model"
ABLE = "select user_id, theta, run_id from person_ability where exam_code = 'DECIDED' order by user_id"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_exam(tmp_path_factory.mktemp("decided"), persons=ALL, items=12, easy=False)


@pytest.fixture(scope="module")
def first(pipeline: Pipeline, files: tuple[Path, Path]) -> uuid.UUID:
    """The run of the first 300 persons, live."""
    items, responses = files
    part = responses.with_name("first.csv")
    pl.read_csv(responses, infer_schema=False).head(FIRST).write_csv(part)
    pipeline.import_files(EXAM, items, part)
    outcome = pipeline.run(EXAM)
    assert outcome.success, outcome.why()
    return status(pipeline, "published")


@pytest.fixture(scope="module")
def blocked(pipeline: Pipeline, files: tuple[Path, Path], first: uuid.UUID) -> tuple[list[Any], RunOutcome]:
    """A night on all 400 whose fit is given one pass, so that it stops short; what was live before it."""
    before = rows(pipeline, LIVE) + rows(pipeline, ABLE)
    pipeline.import_files(EXAM, *files)
    with pipeline.engine.begin() as connection:
        exams.set_rules(connection, EXAM, exams.Rules("manual", {"most_passes": 1}))
    outcome = pipeline.run(EXAM)
    with pipeline.engine.begin() as connection:
        exams.set_rules(connection, EXAM, exams.Rules("manual", {}))
    return before, outcome


@pytest.fixture(scope="module")
def waiting(
    pipeline: Pipeline, blocked: tuple[list[Any], RunOutcome]
) -> tuple[uuid.UUID, list[Any], RunOutcome]:
    """The run of all 400, which waits; what was live before it, and what became of the night."""
    outcome = pipeline.run(EXAM)
    return status(pipeline, "waiting"), blocked[0], outcome


@pytest.fixture(scope="module")
def approved(pipeline: Pipeline, waiting: tuple[uuid.UUID, list[Any], RunOutcome]) -> RunOutcome:
    return run_publishing(
        EXAM, waiting[0], "approve", "Ada", "drift looked at", pipeline.home, lambda _: None
    )


def rows(pipeline: Pipeline, statement: str) -> list[Any]:
    return list(pipeline.read(lambda c: c.execute(text(statement)).all()))


def status(pipeline: Pipeline, wanted: str) -> uuid.UUID:
    (found,) = pipeline.read(lambda c: reviews.runs(c, exam=EXAM, status=wanted))
    return uuid.UUID(str(found["id"]))


def test_with_automatic_approval_checks_decide(pipeline: Pipeline, first: uuid.UUID) -> None:
    (said,) = pipeline.read(lambda c: reviews.decisions(c, first))
    assert (said["decision"], said["decided_by"]) == ("publish", "pipeline")
    assert {row.run_id for row in rows(pipeline, LIVE)} == {first}


def test_a_run_that_a_check_stops_is_blocked_says_why_and_leaves_what_is_live(
    pipeline: Pipeline, first: uuid.UUID, blocked: tuple[list[Any], RunOutcome]
) -> None:
    before, outcome = blocked
    assert not outcome.success
    assert rows(pipeline, LIVE) + rows(pipeline, ABLE) == before
    run = status(pipeline, "blocked")
    (said,) = pipeline.read(lambda c: reviews.decisions(c, run))
    assert (said["decision"], said["decided_by"]) == ("block", "pipeline")
    assert "item_calibration_candidate: fits_converged (2PL: " in said["reason"]
    with (
        pytest.raises(ReviewError, match="mend what its checks found"),
        pipeline.engine.begin() as connection,
    ):
        reviews.check(connection, run, "approve", "Ada", "it will do")


def test_a_run_waits_and_nothing_that_is_live_changes(
    pipeline: Pipeline, first: uuid.UUID, waiting: tuple[uuid.UUID, list[Any], RunOutcome]
) -> None:
    run, before, outcome = waiting
    assert outcome.success, outcome.why()
    assert rows(pipeline, LIVE) + rows(pipeline, ABLE) == before
    assert run != first
    (said,) = pipeline.read(lambda c: reviews.decisions(c, run))
    assert (said["decision"], said["decided_by"]) == ("hold", "pipeline")
    assert "manual" in said["reason"]
    assert rows(pipeline, "select count(*) from analytics.dim_users") == [(ALL,)]  # marts go on without it


def test_an_approval_puts_the_run_live_with_name_and_reason(
    pipeline: Pipeline,
    first: uuid.UUID,
    waiting: tuple[uuid.UUID, list[Any], RunOutcome],
    approved: RunOutcome,
) -> None:
    run = waiting[0]
    assert approved.success, approved.why()
    assert {row.run_id for row in rows(pipeline, LIVE)} == {run}
    assert {row.run_id for row in rows(pipeline, ABLE)} == {run}
    assert len(rows(pipeline, ABLE)) == ALL
    said = pipeline.read(lambda c: reviews.decisions(c, run))[-1]
    assert (said["decision"], said["decided_by"], said["reason"]) == ("approve", "Ada", "drift looked at")
    assert pipeline.read(lambda c: reviews.standing(c, first)) == "superseded"
    assert rows(pipeline, "select distinct model from analytics.item_health where exam_code = 'DECIDED'")
    assert str(run) in (pipeline.home / "reports" / f"calibration-{EXAM}.html").read_text()


def test_the_way_back_is_byte_for_byte(
    pipeline: Pipeline,
    first: uuid.UUID,
    waiting: tuple[uuid.UUID, list[Any], RunOutcome],
    approved: RunOutcome,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calibration_decisions.rollback(str(first)[:8], by="Ada", reason="the second run is nonsense")
    said = " ".join(capsys.readouterr().out.split())
    assert f"run {first} of exam {EXAM} is live" in said
    assert "no later run goes live by itself until one is approved" in said
    assert rows(pipeline, LIVE) == waiting[1][:-FIRST]
    assert {row.run_id for row in rows(pipeline, ABLE)} == {first}
    assert len(rows(pipeline, ABLE)) == ALL  # scored by the old curves, from all answers there are
    second = pipeline.read(lambda c: calibrations.find_run(c, waiting[0]))
    why = pipeline.read(lambda c: reviews.held(c, second))  # or the next night would undo it
    assert why is not None
    assert f"Ada rolled the exam back to run {str(first)[:8]} (the second run is nonsense)" in why.reason
