"""Which decision a run's standing allows, and what is written down of it."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from database.errors import ReviewError
from database.queries import calibrations, reviews
from database.queries.publications import publish
from tests.database.bank import add_exam, add_item
from tests.database.queries.test_publications import TENANT, publication, row, run


@pytest.fixture
def question(pipeline_engine: Engine) -> int:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        asked = add_item(connection, "E", "I1", TENANT)
        for number in (1, 2, 3):
            calibrations.write_candidate(connection, run(number), [row(asked, b=float(number))])
        return asked


def test_a_run_that_checks_held_back_says_why_once_and_can_be_published_when_they_pass(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        for _ in range(2):
            assert reviews.block(connection, run(1).id, ["a of I1 is 9.1", "SE of b is 2"])
        (said,) = reviews.decisions(connection, run(1).id)
        assert (said["decision"], said["decided_by"]) == ("block", "pipeline")
        assert said["reason"] == "a of I1 is 9.1; SE of b is 2"
        assert reviews.standing(connection, run(1).id) == "blocked"
        with pytest.raises(
            ReviewError, match="is blocked: it cannot be approved; mend what its checks found"
        ):
            publish(connection, run(1), publication(decision="approve", decided_by="Ada"))
        assert calibrations.live_items(connection, "E") == []
        publish(connection, run(1), publication())
        assert reviews.standing(connection, run(1).id) == "published"


def test_what_is_live_or_was_or_was_rejected_is_not_blocked(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        publish(connection, run(1), publication())
        publish(connection, run(2), publication())
        reviews.decide(connection, run(3).id, "reject", "Ada", "no")
        for number, status in ((1, "superseded"), (2, "published"), (3, "rejected")):
            assert not reviews.block(connection, run(number).id, ["whatever"])
            assert reviews.standing(connection, run(number).id) == status


def test_a_run_whose_checks_have_not_all_passed_cannot_be_approved(
    pipeline_engine: Engine, question: int
) -> None:
    """A candidate may be what a kill has left before any check has seen it."""
    with pipeline_engine.begin() as connection:
        with pytest.raises(ReviewError, match="has not passed its checks: `qbank run --exam E`"):
            publish(connection, run(1), publication(decision="approve", decided_by="Ada"))
        reviews.hold(connection, run(1), reviews.Hold("waiting", "manual"))
        publish(connection, run(1), publication(decision="approve", decided_by="Ada", reason="good"))
        assert [said["decision"] for said in reviews.decisions(connection, run(1).id)] == ["hold", "approve"]
        with pytest.raises(ReviewError, match="is live, and nothing waits"):
            publish(connection, run(1), publication(decision="approve", decided_by="Ada"))


def test_a_rejected_run_may_be_approved_after_all_and_a_live_one_is_not_rejected(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        reviews.hold(connection, run(1), reviews.Hold("waiting", "manual"))
        reviews.decide(connection, run(1).id, "reject", "Ada", "fit is poor")
        assert reviews.standing(connection, run(1).id) == "rejected"
        publish(connection, run(1), publication(decision="approve", decided_by="Bob", reason="fit is fine"))
        with pytest.raises(
            ReviewError, match="is published: it cannot be rejected; `qbank calibrations rollback`"
        ):
            reviews.decide(connection, run(1).id, "reject", "Ada", "still poor")


@pytest.mark.parametrize(("by", "reason"), [("", "why"), (" ", "why"), ("Ada", "\n")])
def test_a_decision_without_name_or_reason_is_refused(
    pipeline_engine: Engine, question: int, by: str, reason: str
) -> None:
    with pipeline_engine.begin() as connection:
        with pytest.raises(ReviewError, match="a name and a reason"):
            reviews.decide(connection, run(1).id, "reject", by, reason)
        assert reviews.decisions(connection, run(1).id) == []


def test_what_was_decided_stays_what_it_was(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        reviews.decide(connection, run(1).id, "reject", "Ada", "no")
    with pytest.raises(DBAPIError, match="only grows"), pipeline_engine.begin() as connection:
        connection.execute(text("update calibration_decisions set decided_by = 'Bob'"))


def test_a_run_is_found_by_the_start_of_its_id(pipeline_engine: Engine, question: int) -> None:
    known = uuid.UUID("abcdef00-0000-4000-8000-000000000000")
    with pipeline_engine.begin() as connection:
        calibrations.write_candidate(connection, run(1, id=known), [])
        assert reviews.find(connection, "ABCD") == known
        assert reviews.find(connection, str(known)) == known
        with pytest.raises(ReviewError, match="more than one calibration run starts with '0000'"):
            reviews.find(connection, "0000")
        for unknown in ("ffff", "", "%"):
            with pytest.raises(ReviewError, match="there is no calibration run"):
                reviews.find(connection, unknown)
        with pytest.raises(NoResultFound):
            reviews.standing(connection, uuid.UUID(int=77))
