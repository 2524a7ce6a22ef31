"""The blueprint of an exam with all that lies below its topics, and what its items say of themselves."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, Engine, text

from database.queries import content, quotas
from database.queries.content import Quota
from database.queries.quotas import Labels
from tests.database.bank import add_exam, add_item

TENANT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def label(
    connection: Connection, question: int, topic: int | None, difficulty: str | None, bloom: int | None = None
) -> None:
    """Give the question a second version that says what it is about."""
    connection.execute(
        text(
            "insert into question_versions (question_id, version, tenant_id, stem_md, topic_id, difficulty_label, "
            "bloom_level, created_by, edit_kind, based_on_version) "
            "values (:question, 2, :tenant, 'S', :topic, :difficulty, :bloom, :tenant, 'cosmetic', 1)"
        ),
        {"question": question, "tenant": TENANT, "topic": topic, "difficulty": difficulty, "bloom": bloom},
    )


def test_a_quota_names_its_topic_and_all_below_it_and_no_other_tenants(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        add_exam(connection, "F", TENANT)
        known = content.ensure_topics(connection, TENANT, ["med.heart.valves", "med.lung"])
        content.ensure_topics(connection, OTHER, ["med.heart.rhythm"])
        asked = [Quota("med.heart", "hard", 3), Quota("med", None, 8), Quota(None, "easy", 2)]
        content.replace_quotas(connection, TENANT, "E", asked)
        known |= content.ensure_topics(connection, TENANT, ["med", "med.heart"])
        orphan = connection.execute(
            text("insert into topics (tenant_id, parent_id, name) values (:t, :p, 'no path') returning id"),
            {"t": TENANT, "p": known["med.lung"]},
        ).scalar_one()
        found = {(row.difficulty, row.quota): row for row in quotas.quotas(connection, "E")}
        assert quotas.quotas(connection, "F") == []
    heart = {known["med.heart"], known["med.heart.valves"]}
    assert found["hard", 3].topics == heart
    assert found[None, 8].topics == heart | {known["med"], known["med.lung"], orphan}
    assert found["easy", 2].topics is None
    assert found["easy", 2].topic is None
    assert found["hard", 3].topic == "heart"


def test_every_version_says_its_topic_and_difficulty(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        first, second = (add_item(connection, "E", name, TENANT) for name in ("I1", "I2"))
        topic = content.ensure_topics(connection, TENANT, ["med"])["med"]
        label(connection, first, topic, "hard")
        found = quotas.labels(connection, "E")
    assert found[first, 2] == Labels(topic, "hard")
    assert found[first, 1] == found[second, 1] == Labels(None, None)
    assert set(found) == {(first, 1), (first, 2), (second, 1)}


def test_a_version_says_what_its_tags_do(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        question = add_item(connection, "E", "I1", TENANT)
        topic = content.ensure_topics(connection, TENANT, ["med"])["med"]
        label(connection, question, topic, "easy", bloom=3)
        connection.execute(
            text(
                "update question_versions set tags = cast(:tags as jsonb) "
                "where question_id = :question and version = 2"
            ),
            {"question": question, "tags": '{"pilot": true, "enemies": ["twins", 7], "item_set": "case 4"}'},
        )
        found = quotas.labels(connection, "E")
    assert found[question, 2] == Labels(topic, "easy", 3, True, ("twins",), "case 4")
    assert found[question, 1] == Labels(None, None, None, False, (), None)
