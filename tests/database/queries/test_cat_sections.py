"""Sections and sessions of other platforms under the API's role: whose they are, and what may change in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from database.queries import cat_sections, cat_sessions
from database.queries.cat_sections import Section, Sent
from database.tenancy import enter_tenant

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
ITEMS, PARAMETERS = ["x", "y"], ([1.0, 0.1 + 0.2], [0.0, 1.0], [0.0, 0.2])


@pytest.fixture
def section(pipeline_engine: Engine) -> Section:
    """A section of tenant one, with a bank."""
    made = Section(uuid.uuid4(), ONE, {"stopping": {"length": 1}}, None)
    with pipeline_engine.begin() as connection:
        enter_tenant(connection, ONE)
        cat_sections.create_section(connection, made, Sent({"sectionConfiguration": "e30="}, ITEMS, None))
        cat_sections.keep_bank(connection, made, "hash", ITEMS, PARAMETERS)
    return made


@pytest.fixture
def api(pipeline_engine: Engine, section: Section) -> Iterator[Connection]:
    """A transaction as the API begins it for the section."""
    with pipeline_engine.begin() as connection:
        assert cat_sections.enter_tenant_of_section(connection, section.id) == ONE
        yield connection


def test_a_section_tells_its_tenant_and_is_that_tenants_alone(
    pipeline_engine: Engine, section: Section
) -> None:
    with pipeline_engine.begin() as connection:
        assert cat_sections.enter_tenant_of_section(connection, uuid.uuid4()) is None
        enter_tenant(connection, TWO)
        assert cat_sections.find_section(connection, section.id) is None
        assert not cat_sections.end_section(connection, section.id)
        with pytest.raises(ProgrammingError, match="row-level security"), connection.begin_nested():
            cat_sections.keep_bank(connection, section, "other", ITEMS, PARAMETERS)


def test_parameters_come_back_bit_for_bit_and_are_kept_once(api: Connection, section: Section) -> None:
    bank = cat_sections.newest_bank(api, section.id, None)
    assert bank is not None
    assert cat_sections.keep_bank(api, section, "hash", ITEMS, PARAMETERS) == bank
    read = cat_sections.read_bank(api, bank)
    assert (read.items, (read.a, read.b, read.c)) == (ITEMS, PARAMETERS)
    with pytest.raises(IntegrityError, match="lengths"), api.begin_nested():
        cat_sections.keep_bank(api, section, "short", ITEMS, ([1.0], [0.0, 1.0], [0.0, 0.0]))


@pytest.mark.parametrize(
    "change",
    [
        "update cat_items set theta = 0",
        "update cat_items set item = 'y'",
        "delete from cat_items",
        "update cat_banks set a = b",
        "delete from cat_banks",
        "update cat_sessions set seed = 1",
        "update cat_sections set configuration = '{}'",
        "delete from cat_sections",
    ],
)
def test_the_api_cannot_change_what_was_decided(api: Connection, change: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), api.begin_nested():
        api.execute(text(change))
    assert api.execute(text("update cat_sessions set ended_at = now()")).rowcount == 0
    assert api.execute(text("update cat_items set correct = null, resulted_at = now()")).rowcount == 0
    assert cat_sessions.logged_session(api, uuid.uuid4()) is None
