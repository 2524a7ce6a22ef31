"""Marts and their readers by commands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from database.engine import login_engine
from database.queries import mart_plans, mart_swap, source_loads
from database.queries.marts import AFTER_PUBLISH, BEFORE_FIT
from tests.cli.conftest import Qbank

TENANT = "00000000-0000-0000-0000-000000000007"


def night(engine: Engine, run: str) -> None:
    with engine.begin() as connection:
        mart_plans.plan(connection, run, "p")
        mart_plans.mark_passed(connection, run, [BEFORE_FIT, AFTER_PUBLISH])
    with engine.begin() as connection:
        mart_swap.publish(connection, run)


@pytest.fixture
def login(database_url: str) -> Iterator[str]:
    """A login that an administrator has made."""
    name = f"qbank_test_{uuid.uuid4().hex[:8]}"
    engine = login_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"create role {name} login")
    yield name
    with engine.begin() as connection:
        connection.exec_driver_sql(f"drop role {name}")
    engine.dispose()


def test_marts_that_were_never_built_are_said_to_be_so(qbank: Qbank) -> None:
    assert "live since never" in qbank("marts", "status").said


def test_what_is_live_and_why_it_was_built_is_told(qbank: Qbank, pipeline_engine: Engine) -> None:
    night(pipeline_engine, "first")
    with pipeline_engine.begin() as connection:
        source_loads.note(connection, "import", "CARD", 12)
        mart_plans.plan(connection, "second", "p")
    said = qbank("marts", "status").said
    assert "full, not published; run second: this schema was never built" in said
    assert "run first" in said
    assert "import CARD, 12 rows" in said
    found = json.loads(qbank("marts", "status", "--limit", "1", "--json").out)
    assert [build["run_id"] for build in found["builds"]] == ["second"]
    assert found["live_since"] is not None
    assert found["loads"][0]["name"] == "CARD"


def test_a_refresh_makes_the_next_build_a_full_one(qbank: Qbank, pipeline_engine: Engine) -> None:
    night(pipeline_engine, "first")
    night(pipeline_engine, "second")
    assert qbank("marts", "refresh", "--reason", "a wish").code == 0
    with pipeline_engine.begin() as connection:
        assert mart_plans.plan(connection, "third", "p").reason == "asked for: a wish"


def test_an_analyst_is_added_listed_and_removed(qbank: Qbank, login: str) -> None:
    assert "no analysts" in qbank("analysts", "list").said
    assert qbank("analysts", "add", login, "--tenant", TENANT).code == 0
    listed = qbank("analysts", "list").said
    assert login in listed
    assert TENANT in listed
    assert "yes" in listed
    assert "lost 1 tenants" in qbank("analysts", "remove", login).said
    assert "no analysts" in qbank("analysts", "list").said


def test_a_login_that_nobody_has_made_is_refused_and_how_to_make_it_is_told(qbank: Qbank) -> None:
    ended = qbank("analysts", "add", "nobody_made_me")
    assert ended.code == 1
    assert "create role nobody_made_me login" in ended.said
