"""`qbank run` on small exams: what it prints, what scripts read, and how it ends where nothing can be published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from tests.cli.conftest import Qbank
from tests.orchestration.exams import write_exam


def summary(home: Path) -> Any:
    return json.loads((home / "summary.json").read_text())


def imported(qbank: Qbank, exam: str, items: Path, responses: Path) -> None:
    assert qbank("import", "--exam", exam, "--items", items, "--responses", responses).code == 0


def test_without_an_exam_it_says_how_to_get_one(qbank: Qbank) -> None:
    ended = qbank("run")
    assert ended.code == 1
    assert "qbank import" in ended.said
    assert "qbank run --sample" in ended.said


def test_a_small_exam_from_files_to_a_session(
    qbank: Qbank, home: Path, tmp_path: Path, pipeline_engine: Engine
) -> None:
    imported(qbank, "SMALL", *write_exam(tmp_path, persons=400, items=12))
    (tmp_path / "learners.csv").write_text(
        "person,institution,cohort,invented\np1,Made up,A,yes\np2,Made up,B,yes\np3,North,2026,no\n"
    )
    assert qbank("import", "--exam", "SMALL", "--learners", tmp_path / "learners.csv").code == 0
    first = qbank("run", "--exam", "SMALL")
    assert first.code == 0, first.err
    made = summary(home)
    assert made["success"] is True
    assert made["responses"]["read"] == 400 * 13
    assert made["responses"]["rejected"] == 0
    assert made["cohorts"] == {"institutions": 2, "cohorts": 3, "learners": 3, "invented_cohorts": 2}
    assert "3 in 2 institutions, 3 learners; 2 of the cohorts are invented" in first.out
    assert {"passed", "failed", "warned"} <= set(made["checks"])
    assert made["checks"]["failed"] == 0
    assert {(row["item"], row["model"]) for row in made["items"]} >= {
        (f"I{number}", model) for number in range(1, 13) for model in ("2PL", "3PL")
    }
    assert sum(row["serving"] for row in made["items"]) == 12
    assert "scale 1: theta ~ N(0, 1) in this run's population" in first.out
    assert made["calibration"]["serving_model"] in first.out
    assert {"item", "model", "a", "b", "c", "se_a", "se_b", "se_c"} <= set(made["items"][0])
    # Random guessers are none in these data: a lower asymptote can only cost likelihood where its prior pulls.
    assert made["log_likelihood"]["2PL"] < 0
    assert abs(made["log_likelihood"]["3PL"] - made["log_likelihood"]["2PL"]) < 20
    assert made["miskeyed"] == []
    assert len(made["session"]) == 10
    assert all({"item", "information", "correct", "theta", "se"} <= set(turn) for turn in made["session"])
    assert made["session"][-1]["se"] < made["session"][0]["se"]
    assert "EASY" in first.out
    assert "all 400 responses are right" in first.out
    with pipeline_engine.begin() as connection:
        # The session was rolled back.
        assert connection.scalar(text("select count(*) from quiz_sessions where origin = 'delivery'")) == 0
        assert connection.scalar(text("select count(*) from event_outbox")) == 0
    counted = qbank("metric", "attempts", "--by", "exam_code")
    assert counted.code == 0, counted.err
    assert "SMALL" in counted.out
    assert "5,200" in counted.out
    again = qbank("run", "--exam", "SMALL")
    said = summary(home)
    skipped = said["calibration"].pop("skipped")
    assert skipped.startswith("nothing was fitted")
    assert (said, made["calibration"].pop("skipped")) == (made, None)
    assert [line for line in again.out.splitlines() if line not in first.out.splitlines()] == [
        f"calibration {skipped}"
    ]
    for page in ("calibration-SMALL.html", "data-quality-SMALL.html"):
        assert (home / "reports" / page).stat().st_size > 5_000
    unknown = qbank("run", "--exam", "NOPE")
    assert unknown.code == 1
    assert "no exam NOPE" in unknown.said


def test_an_exam_with_three_responses_gets_classical_statistics_and_the_reason(
    qbank: Qbank, home: Path, tmp_path: Path, pipeline_engine: Engine
) -> None:
    (tmp_path / "items.csv").write_text("item,key\nI1,A\nI2,B\n")
    (tmp_path / "responses.csv").write_text("person,item,response\np1,I1,A\np1,I2,A\np2,I1,B\n")
    imported(qbank, "TINY", tmp_path / "items.csv", tmp_path / "responses.csv")
    ended = qbank("run", "--exam", "TINY")
    assert ended.code == 0, ended.said
    assert "classical statistics only" in ended.out
    assert "parameters need 10 such items and 200 persons" in ended.out
    made = summary(home)
    assert (made["success"], made["items"], made["session"]) == (True, [], [])
    assert {(row["item"], row["model"]) for row in made["set_aside"]} == {
        (item, model) for item in ("I1", "I2") for model in ("2PL", "3PL")
    }
    with pipeline_engine.begin() as connection:
        assert connection.scalar(text("select count(*) from user_responses")) == 3
        assert connection.scalar(text("select count(*) from item_calibration")) == 0
        p = connection.execute(
            text("select p_value, n_responses from item_stats_ctt order by question_id")
        ).all()
        assert [tuple(row) for row in p] == [(1.0, 1), (0.0, 1)]  # who answered one of two does not count
