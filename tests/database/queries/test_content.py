from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from database.queries import content
from database.queries.content import NewVersion, Quota, StoredVersion

TENANT, OTHER, ACTOR = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=9)


@pytest.fixture
def connection(pipeline_engine: Engine) -> Iterator[Connection]:
    with pipeline_engine.connect() as opened:
        yield opened
        opened.rollback()


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


def version(
    question: int, number: int = 1, key: str | None = "A", labels: str = "AB", **more: Any
) -> NewVersion:
    fields: dict[str, Any] = {
        "stem": "S",
        "difficulty": None,
        "topic": None,
        "edit_kind": None,
        "based_on": None,
    }
    return NewVersion(question, number, key=key, labels=tuple(labels), **{**fields, **more})


def test_an_exam_is_added_once_and_keeps_its_tenant(connection: Connection) -> None:
    assert content.exam_tenant(connection, "EX") is None
    content.add_exam(connection, "EX", TENANT)
    content.add_exam(connection, "EX", OTHER)
    assert content.exam_tenant(connection, "EX") == TENANT


def test_topics_come_with_those_above_them_and_once(connection: Connection) -> None:
    first = content.ensure_topics(connection, TENANT, ["a.b.c", "x"])
    assert set(first) == {"a.b.c", "x"}
    again = content.ensure_topics(connection, TENANT, ["a.b.c", "a.b", "a.b.d"])
    assert again["a.b.c"] == first["a.b.c"]
    other = content.ensure_topics(connection, OTHER, ["a.b"])
    assert other["a.b"] != again["a.b"]
    assert rows(
        connection,
        "select t.path::text, t.name, p.path::text, p.tenant_id = t.tenant_id from topics t "
        f"left join topics p on p.id = t.parent_id where t.tenant_id = '{TENANT}' order by 1",
    ) == [
        ("a", "a", None, None),
        ("a.b", "b", "a", True),
        ("a.b.c", "c", "a.b", True),
        ("a.b.d", "d", "a.b", True),
        ("x", "x", None, None),
    ]
    assert content.ensure_topics(connection, TENANT, []) == {}


def test_versions_are_written_published_and_read_back(connection: Connection) -> None:
    content.add_exam(connection, "EX", TENANT)
    ids = content.add_questions(connection, TENANT, "EX", ["EX/V2", "EX/V1"], ACTOR)
    assert ids["EX/V2"] < ids["EX/V1"]
    first, second = ids["EX/V2"], ids["EX/V1"]
    content.add_versions(
        connection,
        TENANT,
        [
            version(first, topic="a.b", difficulty="hard"),
            version(first, 2, key="B", labels="CBA", stem="T", edit_kind="key", based_on=1),
            version(second, key=None, labels=""),
        ],
        ACTOR,
    )
    assert content.stored_versions(connection, TENANT, "EX") == [
        StoredVersion(first, "EX/V2", 1, "S", "hard", "a.b", "A", ("A", "B")),
        StoredVersion(first, "EX/V2", 2, "T", None, None, "B", ("A", "B", "C")),
        StoredVersion(second, "EX/V1", 1, "S", None, None, None, ()),
    ]
    assert content.stored_versions(connection, OTHER, "EX") == []
    assert rows(connection, "select distinct state, created_by from question_versions") == [
        ("published", ACTOR)
    ]
    connection.execute(text("set constraints all immediate"))  # exactly one correct option


def test_two_correct_options_are_refused_by_the_database(connection: Connection) -> None:
    content.add_exam(connection, "EX", TENANT)
    ids = content.add_questions(connection, TENANT, "EX", ["EX/V1"], ACTOR)
    content.add_versions(connection, TENANT, [version(ids["EX/V1"], key="Z")], ACTOR)
    with pytest.raises(DBAPIError, match="0 correct options"):
        connection.execute(text("set constraints all immediate"))


def test_a_publication_moves_forward_only(connection: Connection) -> None:
    content.add_exam(connection, "EX", TENANT)
    question = content.add_questions(connection, TENANT, "EX", ["EX/V1"], ACTOR)["EX/V1"]
    content.add_versions(connection, TENANT, [version(question), version(question, 2)], ACTOR)
    for live, expected in ((1, 1), (2, 2), (1, 2)):
        content.publish(connection, TENANT, "EX", {question: live})
        assert rows(connection, "select live_version from question_publications") == [(expected,)]


def test_quotas_are_replaced(connection: Connection) -> None:
    content.add_exam(connection, "EX", TENANT)
    content.add_exam(connection, "OTHER", TENANT)
    content.replace_quotas(connection, TENANT, "OTHER", [Quota(None, None, 1)])
    content.replace_quotas(connection, TENANT, "EX", [Quota("a", "easy", 3), Quota(None, None, 9)])
    before = rows(connection, "select id from blueprint_quotas where exam_code = 'EX' and topic_id is null")
    content.replace_quotas(connection, TENANT, "EX", [Quota("b", None, 2), Quota(None, None, 8)])
    found = (
        "select exam_code, path::text, difficulty_label, quota from blueprint_quotas left join topics t "
        "on t.id = topic_id order by 1, 2"
    )
    assert rows(connection, found) == [("EX", "b", None, 2), ("EX", None, None, 8), ("OTHER", None, None, 1)]
    assert (
        rows(connection, "select id from blueprint_quotas where exam_code = 'EX' and topic_id is null")
        == before
    )
    content.replace_quotas(connection, TENANT, "EX", [])
    assert rows(connection, found) == [("OTHER", None, None, 1)]


def test_a_second_import_of_an_exam_waits_for_the_first(pipeline_engine: Engine) -> None:
    entered = threading.Event()

    def second() -> None:
        with pipeline_engine.begin() as waiting:
            content.lock_exam(waiting, "EX")
            entered.set()

    with pipeline_engine.begin() as first:
        content.lock_exam(first, "EX")
        with pipeline_engine.begin() as other:
            content.lock_exam(other, "OTHER")
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(10)
    thread.join()
