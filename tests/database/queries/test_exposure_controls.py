"""Control parameters by bank: the newest counts, nobody sees or changes another tenant's."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from database.engine import login_engine
from database.queries import exposure_controls
from database.queries.exposure_controls import Found
from database.tenancy import enter_tenant
from tests.database.bank import add_exam, add_item, publish

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)


def found(bank: str, largest: float = 0.2, r_max: float = 0.2) -> Found:
    return Found(bank, r_max, {"length": 10, "rules": {}}, {"7": 0.1 + 0.2, "8": 1 / 3}, largest, True)


@pytest.fixture
def kept(pipeline_engine: Engine) -> Engine:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", ONE)
        add_exam(connection, "F", ONE)
        for tenant, one in (
            (ONE, found("a", 0.25)),
            (ONE, found("a", 0.21)),
            (ONE, found("b", 0.22)),
            (ONE, found("c", 0.31, r_max=0.3)),
            (TWO, found("d", 0.23)),
        ):
            exposure_controls.keep(connection, tenant, "E", one)
    return pipeline_engine


def test_what_was_found_last_for_the_bank_counts_else_for_an_earlier_one(kept: Engine) -> None:
    with kept.begin() as connection:

        def largest(bank: str, r_max: float = 0.2, tenant: uuid.UUID = ONE, exam: str = "E") -> float | None:
            one = exposure_controls.newest(connection, tenant, exam, bank, r_max)
            return None if one is None else one.largest

        assert (largest("a"), largest("b"), largest("other")) == (0.21, 0.22, 0.22)
        assert (largest("a", 0.3), largest("a", 0.4)) == (0.31, None)
        assert (largest("a", tenant=TWO), largest("a", exam="F")) == (0.23, None)
        assert exposure_controls.newest(connection, ONE, "E", "a", 0.2) == found("a", 0.21)  # to the bit


def test_a_tenant_sees_its_own_and_writes_none(kept: Engine) -> None:
    with kept.begin() as connection:
        enter_tenant(connection, TWO)
        assert connection.scalars(text("select bank_hash from exposure_controls")).all() == ["d"]
        assert exposure_controls.newest(connection, ONE, "E", "a", 0.2) is None
        with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
            exposure_controls.keep(connection, TWO, "E", found("e"))
        with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
            connection.execute(text("delete from exposure_controls"))


def test_what_was_found_stays_as_it_was_found(kept: Engine, database_url: str) -> None:
    change = text("update exposure_controls set parameters = '{}'")
    with kept.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(change)
    engine = login_engine(database_url)
    with engine.begin() as connection, pytest.raises(DBAPIError, match="exposure_controls only grows"):
        connection.execute(change)
    engine.dispose()


def test_the_tenants_that_an_exam_is_published_to(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", ONE)
        question = add_item(connection, "E", "V1", ONE)
        add_item(connection, "E", "V2", ONE)
        publish(connection, question, 1, "E", TWO)
        assert exposure_controls.tenants(connection, "E") == [ONE, TWO]
        assert exposure_controls.tenants(connection, "F") == []
