"""What keeps a run that passed its checks from going live by itself: a person's word, now or before."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Connection, Engine, text

from database.queries import calibrations, reviews
from database.queries.publications import publish
from tests.database.bank import add_exam, add_item
from tests.database.queries.test_publications import TENANT, publication, row, run


@pytest.fixture
def question(pipeline_engine: Engine) -> int:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        return add_item(connection, "E", "I1", TENANT)


def fitted(connection: Connection, question: int, *numbers: int) -> None:
    for number in numbers:
        calibrations.write_candidate(connection, run(number), [row(question)])


def manual(connection: Connection) -> None:
    connection.execute(text("update exams set approval_mode = 'manual'"))


def test_with_automatic_approval_nothing_holds_a_run(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        fitted(connection, question, 1)
        assert reviews.held(connection, run(1)) is None


def test_with_manual_approval_the_newest_run_waits_and_says_so_once(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        manual(connection)
        fitted(connection, question, 1, 2)
        for number in (1, 1, 2):
            why = reviews.held(connection, run(number))
            assert why is not None
            assert why.status == "waiting"
            reviews.hold(connection, run(number), why)
        assert [said["decision"] for said in reviews.decisions(connection, run(1).id)] == ["hold"]
        assert reviews.standing(connection, run(1).id) == "candidate"
        assert reviews.standing(connection, run(2).id) == "waiting"


def test_what_waits_does_so_no_longer_when_a_newer_run_goes_live(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        fitted(connection, question, 1)
        reviews.hold(connection, run(1), reviews.Hold("waiting", "manual"))
    with pipeline_engine.begin() as connection:
        fitted(connection, question, 2)
        publish(connection, run(2), publication())
        assert reviews.standing(connection, run(1).id) == "candidate"


def test_what_is_live_is_published_again_without_asking(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        manual(connection)
        fitted(connection, question, 1)
        reviews.hold(connection, run(1), reviews.Hold("waiting", "manual"))
        publish(connection, run(1), publication(decision="approve", decided_by="Ada"))
        assert reviews.held(connection, run(1)) is None


def test_a_rejected_run_stays_so_however_often_the_same_data_are_fitted(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        fitted(connection, question, 1)
        reviews.decide(connection, run(1).id, "reject", "Ada", "I2 is wrong")
        fitted(connection, question, 1)
        why = reviews.held(connection, run(1))
        assert why == reviews.Hold("rejected", "Ada rejected it: I2 is wrong")
        reviews.hold(connection, run(1), why)
        assert [said["decision"] for said in reviews.decisions(connection, run(1).id)] == ["reject"]
        assert reviews.standing(connection, run(1).id) == "rejected"


def test_a_run_as_of_a_past_day_stays_a_candidate(pipeline_engine: Engine, question: int) -> None:
    past = run(1, as_of=dt.date(2026, 3, 1))
    with pipeline_engine.begin() as connection:
        calibrations.write_candidate(connection, past, [row(question)])
        why = reviews.held(connection, past)
        assert why is not None
        assert "as of 2026-03-01" in why.reason
        reviews.hold(connection, past, why)
        assert reviews.standing(connection, past.id) == "candidate"
        publish(connection, past, publication(decision="approve", decided_by="Ada"))  # a person may


def test_after_a_rollback_nothing_goes_live_by_itself_until_a_person_approves(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        fitted(connection, question, 1, 2, 3)
        for number in (1, 2):
            publish(connection, run(number), publication())
        publish(connection, run(1), publication(decision="rollback", decided_by="Ada", reason="drift"))
        same, newer = reviews.held(connection, run(2)), reviews.held(connection, run(3))
        assert same is not None
        assert newer is not None
        assert (same.status, newer.status) == ("superseded", "waiting")
        assert "Ada rolled the exam back to run 00000000 (drift)" in newer.reason
        reviews.hold(connection, run(3), newer)
        publish(connection, run(3), publication(decision="approve", decided_by="Ada", reason="mended"))
        fitted(connection, question, 4)
        assert reviews.held(connection, run(4)) is None


def test_to_approve_what_was_rolled_back_to_lets_nights_go_on_from_there(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        fitted(connection, question, 1, 2, 3)
        for number in (1, 2):
            publish(connection, run(number), publication())
        publish(connection, run(1), publication(decision="rollback", decided_by="Ada"))
        publish(connection, run(1), publication(decision="approve", decided_by="Ada", reason="on from here"))
        assert reviews.held(connection, run(3)) is None
        assert reviews.standing(connection, run(1).id) == "published"
