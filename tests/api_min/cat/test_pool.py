"""The items of a section with their parameters."""

from __future__ import annotations

import numpy as np
import pytest

from api_min.cat import pool
from api_min.cat.configuration import SectionConfiguration, Stopping
from api_min.errors import InvalidData
from database.queries.cat_sections import LiveItem

PLAIN = SectionConfiguration(stopping=Stopping(length=1))


def asked(**changes: object) -> SectionConfiguration:
    return PLAIN.model_copy(update=changes)


def test_parameters_brought_along_are_brought_to_one_metric() -> None:
    given = {"x": {"a": 1.7, "b": 0.5, "c": 0.2}, "y": {"a": 3.4, "b": -1.0}}
    made = pool.brought(given, asked(metric="logistic"))
    assert made.items == ("x", "y")
    np.testing.assert_allclose(made.a, [1.0, 2.0], rtol=1e-15)
    np.testing.assert_allclose(made.b, [0.5, -1.0], rtol=1e-15)
    assert made.c.tolist() == [0.2, 0.0]
    same = pool.brought(given, PLAIN)
    assert (same.a.tolist(), same.b.tolist()) == ([1.7, 3.4], [0.5, -1.0])
    assert pool.brought(given, asked(items=["y"])).items == ("y",)
    rasch = pool.brought({"x": {"b": 1.0}}, asked(default_a=1.0, metric="logistic"))
    assert rasch.a.tolist() == [1.0 / 1.7]


@pytest.mark.parametrize(
    ("given", "changes", "said"),
    [
        ({}, {}, "no statistic a, b or c"),
        ({"x": {"b": 0.0}}, {}, "'x' has no a and b"),
        ({"x": {"a": 1.0, "c": 0.1}}, {"default_a": 1.0}, "'x' has no a and b"),
        ({"x": {"a": 0.0, "b": 0.0}}, {}, "'x' needs an a above 0"),
        ({"x": {"a": 1.0, "b": float("inf")}}, {}, "'x' needs"),
        ({"x": {"a": 1.0, "b": float("nan")}}, {}, "'x' needs"),
        ({"x": {"a": 1.0, "b": 0.0, "c": 1.0}}, {}, "'x' needs"),
        ({"x": {"a": 1.0, "b": 0.0}}, {"items": ["x", "y"]}, "'y' has no a and b"),
        ({"x": {"a": 1.0, "b": 0.0}}, {"items": ["x", "x"]}, "twice"),
        ({"": {"a": 1.0, "b": 0.0}}, {}, "no identifier"),
        ({"x" * 256: {"a": 1.0, "b": 0.0}}, {}, "no identifier"),
        ({f"i{n}": {"a": 1.0} for n in range(9)}, {}, r"'i4' \(and 4 more\)"),
    ],
)
def test_what_cannot_be_chosen_from_is_named(given, changes, said) -> None:
    with pytest.raises(InvalidData, match=said):
        pool.brought(given, asked(**changes))


def test_items_of_ours_go_by_reference_or_id_and_may_go_missing() -> None:
    live = [
        LiveItem(7, "x", 1.0, 0.0, 0.0),
        LiveItem(8, None, 2.0, 1.0, 0.1),
        LiveItem(9, "z", -1.0, 0.0, 0.0),
    ]
    made = pool.named(live, asked(exam_code="E"))
    assert (made.items, made.question_ids) == (("x", "8"), (7, 8))
    assert pool.named(live, asked(exam_code="E", items=["8", "7"])).question_ids == (8, 7)
    later = pool.still_live([LiveItem(8, None, 3.0, 1.0, 0.1)], made.items, (7, 8))
    assert later is not None
    assert (later.items, later.a.tolist()) == (("8",), [3.0])
    assert pool.still_live([], made.items, (7, 8)) is None


def test_the_digest_tells_parameters_and_names_apart() -> None:
    one = pool.brought({"x": {"a": 1.0, "b": 0.0}, "y": {"a": 1.0, "b": 1.0}}, PLAIN)
    digests = {
        one.digest,
        pool.brought({"x": {"a": 1.0, "b": 0.0}, "y": {"a": 1.0, "b": np.nextafter(1.0, 2.0)}}, PLAIN).digest,
        pool.brought({"x": {"a": 1.0, "b": 0.0}, "z": {"a": 1.0, "b": 1.0}}, PLAIN).digest,
        pool.brought({"x": {"a": 1.0, "b": 0.0}, "y": {"a": 1.0, "b": 1.0, "c": 0.1}}, PLAIN).digest,
    }
    assert len(digests) == 4
    assert one.digest == pool.brought({"x": {"a": 1.0, "b": 0.0}, "y": {"a": 1.0, "b": 1.0}}, PLAIN).digest
