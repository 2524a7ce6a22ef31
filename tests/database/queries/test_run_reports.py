"""Which runs are reported, and what each is compared with."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import Connection, Engine, text

from database.queries import calibrations, run_reports
from tests.database.bank import add_exam, add_item

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")
OLD, LIVE, WAITING, FITTED = (uuid.UUID(int=number) for number in (1, 2, 3, 4))
NIGHT = dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC)


def stand(connection: Connection, run: uuid.UUID, status: str, night: int | None) -> None:
    made = calibrations.Run(run, TENANT, "E", "hash", "0", {}, {}, 500, 1, 1000)
    calibrations.write_candidate(connection, made, [])
    when = None if night is None else NIGHT + dt.timedelta(days=night)
    connection.execute(
        text("update calibration_runs set status = :status, published_at = :night where id = :run"),
        {"status": status, "night": when, "run": run},
    )


@pytest.fixture
def question(pipeline_engine: Engine) -> int:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        made = add_item(connection, "E", "I1", TENANT)
        stand(connection, OLD, "superseded", 0)
        stand(connection, LIVE, "published", 1)
        stand(connection, WAITING, "waiting", None)
        stand(connection, FITTED, "candidate", None)
    return made


def test_the_live_run_and_those_that_wait_are_reported(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        assert [run.id for run in run_reports.to_report(connection, "E")] == [LIVE, WAITING]
        assert run_reports.to_report(connection, "another") == []


def test_a_live_run_follows_the_one_before_and_any_other_the_live_one(
    pipeline_engine: Engine, question: int
) -> None:
    with pipeline_engine.begin() as connection:
        before = {
            run: run_reports.predecessor(connection, run_reports.reported(connection, run))
            for run in (OLD, LIVE, WAITING, FITTED)
        }
        assert before[LIVE] is not None
        assert before[LIVE].id == OLD
        assert {found.id for run in (WAITING, FITTED) if (found := before[run])} == {LIVE}
        connection.execute(text("delete from calibration_runs where id <> :run"), {"run": LIVE})
        assert run_reports.predecessor(connection, run_reports.reported(connection, LIVE)) is None


def test_what_was_served_and_decided_is_read_back(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        for model, serving in (("2PL", True), ("3PL", False)):
            connection.execute(
                text(
                    "insert into item_calibration_history (run_id, question_id, version, model, tenant_id, a, b, c, "
                    "serving) values (:run, :item, 1, :model, :tenant, 1, 0, 0, :serving)"
                ),
                {"run": OLD, "item": question, "model": model, "tenant": TENANT, "serving": serving},
            )
        assert [(row["item"], row["model"]) for row in run_reports.served(connection, OLD)] == [("I1", "2PL")]
        assert run_reports.options(connection, "E") == []
