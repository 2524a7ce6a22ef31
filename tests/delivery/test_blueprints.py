"""What a test must contain by rules and labels: quotas on subtrees, labels and levels, enemies, whole item sets."""

from __future__ import annotations

import numpy as np
import pytest

from database.queries.bank import TopicRow
from delivery.blueprints import blueprint_of
from delivery.errors import NoSuchTopic
from delivery.labels import Labels, difficulties, groups
from delivery.rules import DeliveryRules, TestQuota
from delivery.topics import TopicTree

TOPICS = TopicTree(
    [TopicRow(1, None, "Medicine", "med"), TopicRow(2, 1, "Heart", None), TopicRow(3, None, "Law", "law")]
)


def labels(**tags: object) -> Labels:
    given: dict[str, object] = {
        "topic_id": np.array([1, 2, 3, 2, -1]),
        "difficulty": difficulties(["easy", "hard", None, "hard", "medium"]),
        "bloom": np.array([1, 2, 2, -1, 2], dtype=np.int8),
        "pilot": np.array([False, False, False, True, False]),
        "enemies": {},
        "sets": {},
        "topics": TOPICS,
    }
    return Labels(**given | tags)  # type: ignore[arg-type]


def test_quotas_count_what_lies_below_a_topic_and_is_not_on_trial() -> None:
    rules = DeliveryRules(
        quotas=(
            TestQuota(topic="med", least=1),
            TestQuota(topic="heart", difficulty="hard", most=2),
            TestQuota(bloom=2, least=1, most=3),
        )
    )
    made = blueprint_of(labels(), rules, 3)
    assert made is not None
    assert made.quotas is not None
    np.testing.assert_array_equal(
        made.quotas.members.toarray(), [[1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 1, 1, 0, 1]]
    )
    assert made.quotas.least.tolist() == [1, 0, 1]
    assert made.quotas.most.tolist() == [3, 2, 3]
    assert (made.length, made.items) == (3, 5)


def test_enemies_and_sets_count_without_quotas_and_a_test_is_no_longer_than_the_bank() -> None:
    assert blueprint_of(labels(), DeliveryRules(), 3) is None
    named = [("x",), ("x", "x"), (), ("alone",), ()]
    made = blueprint_of(
        labels(enemies=groups(named, fewest=2), sets=groups([("s",), (), ("s",), (), ()], fewest=1)),
        DeliveryRules(),
        9,
    )
    assert made is not None
    assert made.length == 5
    assert [(one.name, one.items) for one in made.enemies] == [("x", (0, 1))]
    assert [(one.name, one.items, one.least, one.most) for one in made.sets] == [("s", (0, 2), 2, 2)]


def test_a_topic_that_is_not_there_is_named() -> None:
    with pytest.raises(NoSuchTopic, match="no topic with the name or path 'Lung'"):
        blueprint_of(labels(), DeliveryRules(quotas=(TestQuota(topic="Lung", least=1),)), 3)
