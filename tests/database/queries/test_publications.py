"""Publishing replaces an exam's live rows together, keeps what was live, and serves nothing that misleads."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from database.errors import ReviewError
from database.queries import calibrations, flags, reviews
from database.queries.publications import Publication, prior_of_scores, publish
from tests.database.bank import add_exam, add_item

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


def run(number: int, exam: str = "E", **changes: Any) -> calibrations.Run:
    made = calibrations.Run(
        id=uuid.UUID(int=number),
        tenant_id=TENANT,
        exam_code=exam,
        snapshot_hash=f"hash {number}",
        code_version="0",
        settings={},
        fits={"2PL": {"log_likelihood": -1.5, "converged": True}},
        n_persons=500,
        n_items=2,
        n_responses=1000,
        serving_model="2PL",
    )
    return replace(made, **changes)


def row(question: int, model: str = "2PL", **changes: Any) -> dict[str, Any]:
    figures = {"a": 1.0, "b": 0.1, "c": 0.0, "se_a": 0.1, "se_b": 0.1, "se_c": None}
    known = {"question_id": question, "version": 1, "model": model, "n_respondents": 500}
    return known | figures | {"item_model": None, "fit_p": None, "status": "ok", "reason": None} | changes


def publication(**changes: Any) -> Publication:
    tables = (
        "item_stats",
        "option_stats",
        "curve_points",
        "drift_weeks",
        "ability_windows",
        "abilities",
        "flags",
    )
    nothing: dict[str, Any] = {name: [] for name in tables}
    return Publication(
        **(nothing | {"policy": {}} | {"decided_by": "pipeline", "reason": "checks passed"} | changes)
    )


@pytest.fixture
def questions(pipeline_engine: Engine) -> list[int]:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        return [add_item(connection, "E", f"I{number}", TENANT) for number in (1, 2)]


def publish_run(
    connection: Connection, of: calibrations.Run, rows: list[dict[str, Any]], **changes: Any
) -> int:
    calibrations.write_candidate(connection, of, rows)
    return publish(connection, of, publication(**changes))


def test_all_rows_go_live_and_one_of_an_item_serves(pipeline_engine: Engine, questions: list[int]) -> None:
    rows = [row(question, model) for question in questions for model in ("2PL", "3PL")]
    with pipeline_engine.begin() as connection:
        assert publish_run(connection, run(1), rows) == 4
        live = calibrations.live_items(connection, "E")
        assert [(each["item"], each["model"], each["serving"]) for each in live] == [
            ("I1", "2PL", True),
            ("I1", "3PL", False),
            ("I2", "2PL", True),
            ("I2", "3PL", False),
        ]
        found = calibrations.live_run(connection, "E")
        assert found is not None
        assert (found.id, found.snapshot_hash) == (uuid.UUID(int=1), "hash 1")


def test_the_fit_that_the_run_chose_serves(pipeline_engine: Engine, questions: list[int]) -> None:
    rows = [row(question, model) for question in questions for model in ("2PL", "3PL", "mixed")]
    for number, model, serving in ((1, "mixed", {"mixed"}), (2, "3PL", {"3PL"}), (3, None, set())):
        with pipeline_engine.begin() as connection:
            publish_run(connection, run(number, serving_model=model), rows)
            live = calibrations.live_items(connection, "E")
            assert len(live) == 6
            assert {each["model"] for each in live if each["serving"]} == serving


def test_a_version_that_was_carried_over_serves(pipeline_engine: Engine, questions: list[int]) -> None:
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), [row(questions[0], status="carried over", reason="as version 1")])
        (live,) = calibrations.live_items(connection, "E")
        assert (live["serving"], live["status"]) == (True, "carried over")


def test_a_negative_discrimination_is_published_and_never_served(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), [row(questions[0], a=-0.4), row(questions[1])])
        live = calibrations.live_items(connection, "E")
        assert {each["item"]: each["serving"] for each in live} == {"I1": False, "I2": True}


def test_what_was_set_aside_stays_with_the_candidate(pipeline_engine: Engine, questions: list[int]) -> None:
    aside = row(
        questions[0], a=None, b=None, c=None, se_a=None, se_b=None, status="set aside", reason="all right"
    )
    with pipeline_engine.begin() as connection:
        assert publish_run(connection, run(1), [aside, row(questions[1])]) == 1
        assert calibrations.set_aside(connection, uuid.UUID(int=1)) == [
            {"item": "I1", "model": "2PL", "reason": "all right"}
        ]


def test_a_newer_run_replaces_every_row_and_history_keeps_the_old(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), [row(question) for question in questions])
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(2), [row(questions[0], b=0.5)])
    with pipeline_engine.begin() as connection:
        live = calibrations.live_items(connection, "E")
        assert [(each["item"], each["b"], each["run_id"]) for each in live] == [("I1", 0.5, uuid.UUID(int=2))]
        kept = connection.execute(
            text("select run_id, count(*) from item_calibration_history group by 1 order by 1")
        ).all()
        assert [tuple(each) for each in kept] == [(uuid.UUID(int=1), 2), (uuid.UUID(int=2), 1)]
        states = {
            each.id: each.status
            for each in connection.execute(text("select id, status from calibration_runs"))
        }
        assert states == {uuid.UUID(int=1): "superseded", uuid.UUID(int=2): "published"}


def test_publishing_a_run_again_grows_nothing(pipeline_engine: Engine, questions: list[int]) -> None:
    flag = {"question_id": questions[0], "version": 1, "flag": "miskeyed", "detail": {"key": "A"}}
    tables = ("calibration_runs", "item_calibration_history", "calibration_decisions", "item_flags")
    counts = []
    for _ in range(2):
        with pipeline_engine.begin() as connection:
            publish_run(connection, run(1), [row(question) for question in questions], flags=[flag])
            counts.append([connection.scalar(text(f"select count(*) from {name}")) for name in tables])
    assert counts == [[1, 2, 1, 1], [1, 2, 1, 1]]


def test_a_failed_publish_leaves_everything_as_it_was(pipeline_engine: Engine, questions: list[int]) -> None:
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), [row(question) for question in questions])
    before = _live(pipeline_engine)
    bad = [{"user_id": uuid.UUID(int=1), "theta": None, "se": 0.3, "n_responses": 5}]
    with pytest.raises(Exception, match="theta"), pipeline_engine.begin() as connection:
        publish_run(connection, run(2), [row(questions[0], b=0.5)], abilities=bad)
    assert _live(pipeline_engine) == before


def _live(engine: Engine) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(text("select * from item_calibration order by question_id")).all())


def test_another_exam_is_left_alone(pipeline_engine: Engine, questions: list[int]) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "F", TENANT)
        other = add_item(connection, "F", "I1", TENANT)
        publish_run(connection, run(1), [row(question) for question in questions])
        publish_run(connection, run(3, "F"), [row(other)])
        publish_run(connection, run(2), [row(questions[0])])
        assert len(calibrations.live_items(connection, "F")) == 1
        assert len(calibrations.live_items(connection, "E")) == 1
        assert calibrations.home_exams(connection) == ["E", "F"]


def test_two_publishes_at_once_take_turns(pipeline_engine: Engine, questions: list[int]) -> None:
    """The second waits for the first and replaces its rows; without turns it would collide with them."""
    with pipeline_engine.begin() as connection:
        for number in (1, 2):
            calibrations.write_candidate(connection, run(number), [row(questions[0], b=float(number))])
    first = pipeline_engine.connect()
    begun = first.begin()
    publish(first, run(1), publication())

    def second() -> int:
        with pipeline_engine.begin() as connection:
            return publish(connection, run(2), publication())

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        begun.commit()
        assert waiting.result(timeout=30) == 1
    first.close()
    assert [each.run_id for each in _live(pipeline_engine)] == [uuid.UUID(int=2)]


STATISTICS: dict[str, dict[str, Any]] = {
    "item_stats": {"p_value": 0.5, "r_point_biserial": 0.3, "median_time_ms": None, "n_responses": 9},
    "option_stats": {
        "option_label": "A",
        "is_key": True,
        "n": 5,
        "proportion": 0.5,
        "rest_correlation": None,
    },
    "curve_points": {"model": "2PL", "band": 3, "theta": -1.7, "n": 9.5, "observed": 0.4, "expected": 0.5},
    "drift_weeks": {"week": dt.date(2026, 3, 2), "n": 9, "observed": 0.4, "expected": 0.5, "drifted": False},
}
TABLES = {
    "item_stats": "item_stats_ctt",
    "option_stats": "item_option_stats",
    "curve_points": "item_curve_points",
    "drift_weeks": "item_drift_weeks",
    "ability_windows": "person_ability_windows",
    "abilities": "person_ability",
}


def statistics(question: int, learner: int) -> dict[str, list[dict[str, Any]]]:
    """A row of everything that is published beside parameters."""
    ability = {"user_id": uuid.UUID(int=learner), "theta": 0.1, "se": 0.3, "n_responses": 12}
    window = {**ability, "window_start": dt.date(2026, 3, 2), "mode": "tutor"}
    item = {"question_id": question, "version": 1}
    rows = {name: [{**item, **figures}] for name, figures in STATISTICS.items()}
    return rows | {"ability_windows": [window], "abilities": [ability]}


def test_statistics_are_replaced_for_the_exam_alone_and_name_their_run(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "F", TENANT)
        other = add_item(connection, "F", "I1", TENANT)
        publish_run(connection, run(3, "F"), [row(other)], **statistics(other, 9))
        publish_run(connection, run(1), [row(questions[0])], **statistics(questions[0], 1))
        publish_run(connection, run(2), [row(questions[1])], policy={"n": 2}, **statistics(questions[1], 2))
        for table in TABLES.values():
            found = connection.execute(text(f"select run_id, tenant_id from {table} order by 1")).all()
            assert [tuple(each) for each in found] == [(uuid.UUID(int=2), TENANT), (uuid.UUID(int=3), TENANT)]
        policies = connection.execute(text("select id, policy from calibration_runs order by id")).all()
        assert [each.policy for each in policies] == [{}, {"n": 2}, {}]
        publish_run(connection, run(2), [row(questions[1])])
        for table in TABLES.values():
            assert connection.scalar(text(f"select count(*) from {table}")) == 1


EVERYTHING = "select * from item_calibration order by question_id, version, model"
HISTORY = """select question_id, version, model, item_model, tenant_id, a, b, c, se_a, se_b, se_c, n_respondents,
fitted_at, status, reason, fit_p, fit_rmsd, metric, code_version, snapshot_hash, run_id, serving
from item_calibration_history where run_id = :run order by question_id, version, model"""


def test_a_rollback_puts_back_what_history_has_byte_for_byte(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    odd = {
        "a": 0.1 + 0.2,
        "b": -1e-17,
        "se_a": 1 / 3,
        "fit_p": 1e-300,
        "item_model": "3PL with c fixed at 0.25",
    }
    rows = [row(question, model, **odd) for question in questions for model in ("2PL", "3PL")]
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), rows)
    before = _live(pipeline_engine)
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(2), [row(questions[0], b=0.5)])
    assert _live(pipeline_engine) != before
    with pipeline_engine.begin() as connection:
        # What the fit once wrote is of no account: history says what was live.
        connection.execute(
            text("delete from item_calibration_candidate where run_id = :id"), {"id": run(1).id}
        )
        back = {"decision": "rollback", "decided_by": "Ada", "reason": "run 2 is nonsense"}
        assert publish(connection, run(1), publication(**back)) == 4
        live = connection.execute(text(EVERYTHING)).mappings().all()
        kept = connection.execute(text(HISTORY), {"run": run(1).id}).mappings().all()
        assert [dict(each) for each in live] == [
            {name: old[name] for name in new} for old, new in zip(kept, live, strict=True)
        ]
        (said,) = reviews.decisions(connection, run(1).id)[1:]
        assert (said["decision"], said["decided_by"], said["reason"]) == (
            "rollback",
            "Ada",
            "run 2 is nonsense",
        )
        assert (reviews.standing(connection, run(1).id), reviews.standing(connection, run(2).id)) == (
            "published",
            "superseded",
        )
    assert _live(pipeline_engine) == before


def test_a_rollback_to_what_was_never_live_changes_nothing(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), [row(questions[0])])
        calibrations.write_candidate(connection, run(2), [row(questions[0], b=2.0)])
    before = _live(pipeline_engine)
    for number, said in ((1, "is published"), (2, "is candidate")):
        with pytest.raises(ReviewError, match=said), pipeline_engine.begin() as connection:
            publish(connection, run(number), publication(decision="rollback", decided_by="Ada"))
        assert _live(pipeline_engine) == before


def test_scores_have_the_prior_of_the_scale_that_the_run_lies_on(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    first, second = run(1, scale_version=1), run(2, scale_version=2)
    with pipeline_engine.begin() as connection:
        for each in (first, second):
            publish_run(connection, each, [row(questions[0])])
        assert prior_of_scores(connection, first) == (0.0, 1.0)  # it is about to define it
        connection.execute(
            text(
                "insert into calibration_scales (exam_code, scale_version, tenant_id, run_id, prior_mean, prior_sd) "
                "values ('E', 1, :tenant, :first, 0.1, 0.9), ('E', 2, :tenant, :second, 0.2, 1.1)"
            ),
            {"tenant": TENANT, "first": first.id, "second": second.id},
        )
        assert prior_of_scores(connection, first) == (0.1, 0.9)
        assert prior_of_scores(connection, second) == (0.2, 1.1)
        assert prior_of_scores(connection, run(3)) == (0.0, 1.0)


def test_publishing_raises_flags(pipeline_engine: Engine, questions: list[int]) -> None:
    flag = {
        "question_id": questions[0],
        "version": 1,
        "flag": "misfit",
        "detail": {"z": 4.0},
        "action": "look",
    }
    with pipeline_engine.begin() as connection:
        publish_run(connection, run(1), [row(questions[0])], flags=[flag])
        assert [each["flag"] for each in flags.flags(connection, exam="E")] == ["misfit"]
        publish_run(connection, run(2), [row(questions[0])])
        assert flags.flags(connection, exam="E") == []
