"""What a blueprint asks of the exam, as quotas of a test of any length."""

from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.selection.proportions import Asked, proportional_quotas

TOPIC = [1, 1, 2, 3, 3, -1]
LABEL = ["easy", "hard", None, "easy", "hard", "medium"]


def row(number: int, topics: set[int] | None = None, difficulty: str | None = None) -> Asked:
    name = f"{sorted(topics) if topics else 'any'} {difficulty or 'any'}"
    return Asked(name, None if topics is None else frozenset(topics), difficulty, number)


def bounds(asked: list[Asked], length: int) -> dict[str, tuple[int, int]]:
    found = proportional_quotas(asked, TOPIC, LABEL, length)
    assert found is not None
    return dict(zip(found.names, zip(found.least.tolist(), found.most.tolist(), strict=True), strict=True))


def test_shares_of_the_exam_become_counts_of_the_test() -> None:
    asked = [row(40), row(10, difficulty="easy"), row(10, difficulty="hard")]
    assert bounds(asked, 30) == {"any easy": (7, 8), "any hard": (7, 8)}
    assert bounds(asked, 40) == {"any easy": (10, 10), "any hard": (10, 10)}


def test_layers_and_parts_of_a_topic_do_not_add_to_the_size() -> None:
    asked = [row(6, {1, 2}), row(4, {3}), row(3, {1}), row(5, difficulty="hard")]
    assert bounds(asked, 10) == {
        "[1, 2] any": (6, 6),
        "[3] any": (4, 4),
        "[1] any": (3, 3),
        "any hard": (5, 5),
    }
    assert bounds(asked, 3)["[1] any"] == (0, 1)


def test_thirds_do_not_miss_a_whole_number_by_a_rounding() -> None:
    asked = [row(1, {topic}) for topic in (1, 2, 3)]
    assert set(bounds(asked, 9).values()) == {(3, 3)}


def test_members_lie_in_the_topics_and_bear_the_difficulty() -> None:
    found = proportional_quotas([row(1, {1, 3}, "easy"), row(1, {2})], TOPIC, LABEL, 2)
    assert found is not None
    np.testing.assert_array_equal(found.members.toarray(), [[1, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0]])


def test_a_blueprint_that_asks_for_nothing_in_particular_has_no_quotas() -> None:
    assert proportional_quotas([row(40)], TOPIC, LABEL, 3) is None
    assert proportional_quotas([row(0, {1})], TOPIC, LABEL, 3) is None
    assert proportional_quotas([], TOPIC, LABEL, 3) is None


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(InvalidArgument, match="one topic and one difficulty"):
        proportional_quotas([row(1)], TOPIC[:3], LABEL, 3)
    with pytest.raises(InvalidArgument, match="less than no item"):
        proportional_quotas([row(-1)], TOPIC, LABEL, 3)
