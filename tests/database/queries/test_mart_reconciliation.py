"""Marts against user_responses: what is missing, gone or changed, day by day."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from database.queries import mart_reconciliation
from database.queries.mart_reconciliation import MartAgreement
from database.queries.reconciliation import Span
from tests.expectations.conftest import spoil
from tests.expectations.live_bank import EXAM

COMPARE = {"facts": mart_reconciliation.facts, "first_attempts": mart_reconciliation.first_attempts}
TABLE = {"facts": "analytics.fact_responses", "first_attempts": "analytics.int_first_attempts"}


def compare(engine: Engine, which: str) -> MartAgreement:
    with engine.begin() as connection:
        return COMPARE[which](connection, "analytics", EXAM, Span(None, dt.datetime.now(dt.UTC)))


@pytest.mark.parametrize("which", COMPARE)
def test_what_dbt_built_agrees(live_engine: Engine, which: str) -> None:
    found = compare(live_engine, which)
    assert (found.faults, found.examples) == (0, ())
    assert sum(day.mart for day in found.days) == sum(day.raw for day in found.days) == 7440


@pytest.mark.parametrize("which", COMPARE)
@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("update user_responses set is_correct = not is_correct where id = 77", "differs"),
        ("update user_responses set created_at = created_at - interval '1 hour' where id = 77", "differs"),
        ("update user_responses set user_id = gen_random_uuid() where id = 77", "differs"),
        ("delete from user_responses where id = 77", "gone from user_responses"),
        (
            "update {table} set option_label = 'd', is_correct = not is_correct where response_id = 77",
            "differs",
        ),
    ],
)
def test_what_changed_behind_the_back_is_named(
    live_url: str, live_engine: Engine, which: str, damage: str, fault: str
) -> None:
    spoil(live_url, "alter table user_responses disable trigger user;" + damage.format(table=TABLE[which]))
    found = compare(live_engine, which)
    assert (found.faults, found.examples) == (1, ((77, fault),))


def test_a_response_that_is_no_fact_is_named(live_url: str, live_engine: Engine) -> None:
    spoil(live_url, "delete from analytics.fact_responses where response_id = 78")
    assert compare(live_engine, "facts").examples == ((78, "missing in the mart"),)


@pytest.mark.parametrize("which", COMPARE)
def test_what_was_written_since_the_build_is_left_to_the_next(
    live_url: str, live_engine: Engine, which: str
) -> None:
    spoil(
        live_url,
        "update user_responses set time_taken_ms = 9 where id = 77;"
        "insert into user_responses (quiz_id, user_id, question_id, version, option_label, is_correct, tenant_id,"
        " origin, synthetic_at, synthetic_time, created_at, change_xid) select gen_random_uuid(), user_id,"
        " question_id, version, option_label, is_correct, tenant_id, origin, false, false, created_at,"
        " pg_current_xact_id() from user_responses where id = 78",
    )
    found = compare(live_engine, which)
    assert (found.faults, sum(day.raw for day in found.days)) == (0, 7439)
