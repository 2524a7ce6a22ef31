from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reports.semantic import SemanticLayerError, read
from tests.reports.semantic.definitions import dimension, entity, manifest, measure, metric


def answers(given: dict[str, Any]) -> dict[str, Any]:
    return given["semantic_models"]["answers"]


def test_definitions_are_read_with_what_the_contract_says() -> None:
    layer = read(manifest())
    model = layer.models["answers"]
    assert (model.table, model.label, model.description) == ("facts", "Answers", "Mart facts.")
    assert model.time is not None
    assert (model.time.column, model.time.kind) == ("at", "timestamp")
    assert model.dimension("exam").description == "What exam is."
    assert layer.models["topics"].time is None
    assert [one.percentile for one in model.measures] == [None, None, None, None, None, 0.9]
    assert [one.nullable for one in model.measures] == [False, True, False, True, True, True]
    accuracy = layer.metric("accuracy")
    assert (accuracy.measure.name, accuracy.format, accuracy.model) == ("right", "percent", "answers")
    assert accuracy.denominator is not None
    assert accuracy.denominator.name == "answers"


def test_the_day_of_a_state_is_no_dimension() -> None:
    given = manifest()
    answers(given)["dimensions"][0] = dimension("as_of", "current_date", "time")
    answers(given)["defaults"] = {"agg_time_dimension": "as_of"}
    model = read(given).models["answers"]
    assert model.time is None
    assert [one.name for one in model.dimensions] == ["exam", "ok"]


def test_what_is_not_there_is_named_with_what_is() -> None:
    layer = read(manifest())
    with pytest.raises(SemanticLayerError, match="no metric speed: there are accuracy, answers"):
        layer.metric("speed")
    with pytest.raises(SemanticLayerError, match="has no dimension colour: it has given_at, exam, ok"):
        layer.models["answers"].dimension("colour")


def add_measure(*given: Any, **more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda made: answers(made)["measures"].append(measure(*given, **more))


def add_metric(*given: Any, **more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda made: made["metrics"].update(new=metric(*given, **more))


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "column that the mart lacks": (add_measure("x", "sum", "score"), "facts has no column score; it has id"),
    "expression": (add_measure("x", "sum", "ms / 1000"), "no column ms / 1000"),
    "sum of a yes or no": (add_measure("x", "sum", "ok"), "measure x is a sum of ok, which is a yesno"),
    "truth of a number": (add_measure("x", "sum_boolean", "ms"), "sum_boolean of ms, which is a number"),
    "mean of a text": (add_measure("x", "average", "exam"), "average of exam, which is a string"),
    "discrete percentile": (
        add_measure("x", "percentile", "ms", agg_params={"percentile": 0.9, "use_discrete_percentile": True}),
        "percentile x must be continuous",
    ),
    "not additive": (
        add_measure("x", "sum", "ms", non_additive_dimension={"name": "at"}),
        "x is not additive",
    ),
    "unknown aggregation": (
        add_measure("x", "approximate", "ms"),
        "aggregation approximate, which is not read",
    ),
    "type that no tool knows": (
        lambda made: answers(made)["dimensions"].append(dimension("label")),
        "is ltree",
    ),
    "time that is none": (
        lambda made: answers(made)["dimensions"].append(dimension("t", "exam", "time")),
        "is of type time, its column string",
    ),
    "entity that joins many": (
        lambda made: answers(made)["entities"].append(entity("t", "unique", "ms")),
        "make it primary or foreign",
    ),
    "filtered metric": (add_metric("answers", ["answers"], filter={"where": "ok"}), "or has a filter"),
    "derived metric": (add_metric("new", ["answers"], type="derived"), "metric new is derived"),
    "another name": (add_metric("new", ["answers"]), "metric new is the measure answers: call both alike"),
    "ratio of two marts": (
        lambda made: (
            made["semantic_models"]["topics"]["measures"].append(measure("topics", "count", "topic_id")),
            made["metrics"].update(new=metric("new", ["answers", "topics"])),
        ),
        "divides measures of answers and topics: use one model",
    ),
    "no such format": (add_metric("answers", ["answers"], "euro"), "use one of whole, decimal, percent"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_not_every_tool_can_say_is_refused(what: str) -> None:
    change, told = REFUSED[what]
    given = manifest()
    change(given)
    with pytest.raises(SemanticLayerError, match=told.replace("(", r"\(").replace(")", r"\)")):
        read(given)
