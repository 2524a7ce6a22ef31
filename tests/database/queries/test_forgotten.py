"""The list of forgotten learners, and that writers and forgetting keep in step."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import Engine, text

from database.errors import ForgetKeyError
from database.forgetting import ForgetKey
from database.queries import forgotten
from database.queries.forgotten import Learner, Writer
from database.tenancy import enter_tenant

KEY = ForgetKey(given="k" * 32)
TENANT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
ONE, TWO = Learner(TENANT, uuid.UUID(int=11)), Learner(TENANT, uuid.UUID(int=12))


def test_whoever_is_added_is_known_in_their_tenant_alone(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        assert forgotten.among(connection, ForgetKey(), [ONE, TWO]) == frozenset()
        for _ in range(2):
            forgotten.add(connection, KEY, [ONE])
        asked = [ONE, TWO, Learner(OTHER, ONE.user_id)]
        assert forgotten.among(connection, KEY, asked) == {ONE}
        assert forgotten.among(connection, KEY, []) == frozenset()
        assert forgotten.tenants(connection) == [TENANT]
        assert forgotten.hashes(connection) == [KEY.hash(*ONE)]
        assert (
            connection.scalar(text("select t::text from forgotten_learners t")).count(str(ONE.user_id)) == 0
        )


def test_a_key_that_is_missing_or_another_one_is_noticed(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        forgotten.add(connection, KEY, [ONE])
    for key in (ForgetKey(), ForgetKey(given="x" * 32)):
        with pipeline_engine.begin() as connection, pytest.raises(ForgetKeyError):
            forgotten.among(connection, key, [TWO])
        with pytest.raises(ForgetKeyError), pipeline_engine.begin() as connection:
            forgotten.add(connection, key, [TWO])
    with pipeline_engine.begin() as connection:
        assert len(forgotten.hashes(connection)) == 1


def test_the_api_sees_its_tenant_and_writes_nothing(pipeline_engine: Engine, database_url: str) -> None:
    with pipeline_engine.begin() as connection:
        forgotten.add(connection, KEY, [ONE, Learner(OTHER, ONE.user_id)])
    with pipeline_engine.begin() as connection:
        enter_tenant(connection, OTHER)
        forgotten.share(connection, Writer.QUIZ)
        assert forgotten.among(connection, KEY, [ONE, Learner(OTHER, ONE.user_id)]) == {
            Learner(OTHER, ONE.user_id)
        }


@pytest.mark.parametrize("writer", Writer)
def test_a_hash_is_kept_when_every_writer_under_way_has_ended(
    pipeline_engine: Engine, writer: Writer
) -> None:
    kept = threading.Event()

    def add() -> None:
        with pipeline_engine.begin() as connection:
            forgotten.add(connection, KEY, [ONE])
        kept.set()

    with pipeline_engine.begin() as connection:
        forgotten.share(connection, writer)
        assert forgotten.among(connection, KEY, [ONE]) == frozenset()
        thread = threading.Thread(target=add)
        thread.start()
        assert not kept.wait(0.5)
        # Who has asked before is not told in mid-transaction; who asks after the hash was kept is.
        assert forgotten.among(connection, KEY, [ONE]) == frozenset()
    thread.join()
    with pipeline_engine.begin() as connection:
        forgotten.share(connection, writer)
        assert forgotten.among(connection, KEY, [ONE]) == {ONE}


def test_a_writer_that_waited_for_a_hash_is_told(pipeline_engine: Engine) -> None:
    told: list[frozenset[Learner]] = []

    def ask() -> None:
        with pipeline_engine.begin() as connection:
            forgotten.share(connection, Writer.QUIZ)
            told.append(forgotten.among(connection, KEY, [ONE]))

    with pipeline_engine.begin() as connection:
        forgotten.add(connection, KEY, [ONE])
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(0.5)
        assert told == []
    thread.join()
    assert told == [{ONE}]
