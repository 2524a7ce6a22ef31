"""`qbank calibrations` as a person runs it: look, compare, decide; and the rules of an exam."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, text

from database.queries import calibrations, reviews
from database.queries.publications import publish
from tests.cli.conftest import Qbank
from tests.database.bank import add_exam, add_item
from tests.database.queries.test_publications import TENANT, publication, row, run

FIRST, SECOND, THIRD = (str(run(number).id) for number in (1, 2, 3))
SAID = ("--by", "Ada", "--reason", "looked at")


@pytest.fixture
def known(pipeline_engine: Engine) -> None:
    """Exam E: the first run was live, the second is, the third waits for a person."""
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        items = [add_item(connection, "E", name, TENANT) for name in ("I1", "I2", "I3")]
        for number, b, served in ((1, 0.1, items[:2]), (2, 0.2, items[:2]), (3, 0.9, [items[0], items[2]])):
            rows = [row(item, b=b if item == items[0] else 0.0) for item in served]
            calibrations.write_candidate(connection, run(number), rows)
            connection.execute(
                text(
                    "update calibration_runs set fitted_at = now() + make_interval(hours => :n) where id = :id"
                ),
                {"n": number, "id": run(number).id},
            )
        for number in (1, 2):
            publish(connection, run(number), publication())
        reviews.hold(connection, run(3), reviews.Hold("waiting", "the exam's approval is manual"))


def test_without_runs_it_says_how_to_get_one(qbank: Qbank) -> None:
    assert "`qbank run` makes one" in qbank("calibrations", "list").said


def test_runs_are_listed_the_newest_first_and_filtered(qbank: Qbank, known: None) -> None:
    listed = json.loads(qbank("calibrations", "list", "--exam", "E", "--json").out)
    assert [(each["id"], each["status"]) for each in listed] == [
        (THIRD, "waiting"),
        (SECOND, "published"),
        (FIRST, "superseded"),
    ]
    waiting = qbank("calibrations", "list", "--status", "waiting").said
    assert "hold by pipeline" in waiting
    assert "published" not in waiting
    refused = qbank("calibrations", "list", "--status", "live")
    assert (refused.code, "must be one of candidate, blocked" in refused.said) == (1, True)


def test_a_run_is_shown_with_its_decisions_and_what_can_be_done(qbank: Qbank, known: None) -> None:
    shown = qbank("calibrations", "show", THIRD)
    assert shown.code == 0, shown.err
    for said in (
        "1,000 responses of 500 persons to 2 items",
        "2PL: log-likelihood -1.500, converged",
        "hold by pipeline: the exam's approval is manual",
        "qbank calibrations approve|reject 00000000",
    ):
        assert said in shown.said
    found = json.loads(qbank("calibrations", "show", SECOND, "--json").out)
    assert (found["status"], found["decisions"][0]["decision"]) == ("published", "publish")
    unknown = qbank("calibrations", "show", "beef")
    assert (unknown.code, "there is no calibration run 'beef'" in unknown.said) == (1, True)


def test_a_difference_is_told_by_curves_the_largest_first(qbank: Qbank, known: None) -> None:
    said = qbank("calibrations", "diff", THIRD)
    assert said.code == 0, said.err
    assert "1 items in both, 1 gone, 1 new" in said.said
    assert "0.200 -> 0.900" in said.said
    found = json.loads(qbank("calibrations", "diff", FIRST, SECOND, "--json").out)
    assert [each["item"] for each in found["items"]] == ["I1", "I2"]
    assert found["items"][1]["distance"] == 0.0
    assert 0.01 < found["largest"] == found["items"][0]["distance"] < 0.05


def test_runs_of_two_exams_are_not_compared(qbank: Qbank, known: None, pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "F", TENANT)
        calibrations.write_candidate(connection, run(9, "F"), [])
    ended = qbank("calibrations", "diff", FIRST, str(run(9).id))
    assert (ended.code, "two exams" in ended.said) == (1, True)
    ended = qbank("calibrations", "diff", str(run(9).id))
    assert (ended.code, "nothing of exam F is live" in ended.said) == (1, True)


def test_a_run_is_rejected_with_name_and_reason(qbank: Qbank, known: None) -> None:
    without = qbank("calibrations", "reject", THIRD, "--by", "Ada")
    assert without.code == 2
    assert "--reason" in without.said
    ended = qbank("calibrations", "reject", THIRD, *SAID)
    assert ended.code == 0, ended.err
    assert "is rejected; what is live stays as it is" in ended.said
    shown = qbank("calibrations", "show", THIRD).said
    assert "status rejected" in shown
    assert "reject by Ada: looked at" in shown


@pytest.mark.parametrize(
    ("decision", "which", "why"),
    [
        ("approve", SECOND, "is live, and nothing waits"),
        ("rollback", SECOND, "is published: it cannot be rolled back to"),
        ("rollback", THIRD, "is waiting: it cannot be rolled back to"),
        ("reject", SECOND, "`qbank calibrations rollback`"),
        ("approve", "beef", "there is no calibration run"),
    ],
)
def test_what_cannot_be_decided_is_refused_before_anything_runs(
    qbank: Qbank, known: None, pipeline_engine: Engine, decision: str, which: str, why: str
) -> None:
    ended = qbank("calibrations", decision, which, *SAID)
    assert ended.code == 1
    assert why in ended.said
    with pipeline_engine.begin() as connection:
        assert connection.scalar(text("select count(*) from calibration_decisions")) == 3


def test_rules_are_shown_changed_and_put_back(qbank: Qbank, known: None, pipeline_engine: Engine) -> None:
    assert "approval is automatic" in qbank("calibrations", "policy", "E").said
    changes = ["--set", "fewest_responses=50", "--set", "dif_groups=mode,institution", "--set", "serving=2PL"]
    ended = qbank("calibrations", "policy", "E", "--approval", "manual", *changes)
    assert ended.code == 0, ended.err
    assert "approval is manual" in ended.said
    found = json.loads(qbank("calibrations", "policy", "E", "--json").out)
    assert found["approval"] == "manual"
    assert found["rules"]["fewest_responses"] == 50
    assert found["rules"]["dif_groups"] == ["mode", "institution"]
    assert qbank("calibrations", "policy", "E", "--unset", "serving", "--unset", "dif_groups").code == 0
    with pipeline_engine.begin() as connection:
        assert connection.scalar(text("select model_policy from exams")) == {"fewest_responses": 50}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--set", "fewest=50"], "unknown field `fewest`"),
        (["--set", "fewest_responses=-1"], "fewest_responses"),
        (["--set", "fewest_responses=many"], "fewest_responses"),
        (["--set", "fewest_responses=500"], "few_responses must be at least fewest_responses"),
        (["--set", "fewest_responses"], "say NAME=VALUE"),
        (["--unset", "serving"], "does not deviate"),
        (["--approval", "never"], "must be automatic or manual"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_nothing_changes(
    qbank: Qbank, known: None, pipeline_engine: Engine, given: list[str], why: str
) -> None:
    ended = qbank("calibrations", "policy", "E", "--set", "serving=3PL", *given)
    assert ended.code == 1
    assert why in ended.said
    with pipeline_engine.begin() as connection:
        assert connection.execute(text("select approval_mode, model_policy from exams")).one() == (
            "automatic",
            {},
        )


def test_an_unknown_exam_is_said_to_be_so(qbank: Qbank, known: None) -> None:
    ended = qbank("calibrations", "policy", "NOPE")
    assert (ended.code, "there is no exam 'NOPE': there are E" in ended.said) == (1, True)
