from __future__ import annotations

from typing import Any

import lkml

from reports.semantic import looker, read
from tests.reports.semantic.definitions import manifest


def parsed() -> dict[str, Any]:
    return {path: lkml.load(text) for path, text in looker.files(read(manifest()), "marts").items()}


def test_each_model_is_a_view_of_its_mart() -> None:
    files = parsed()
    assert set(files) == {"qbank.model.lkml", "views/answers.view.lkml", "views/topics.view.lkml"}
    (view,) = files["views/answers.view.lkml"]["views"]
    assert (view["name"], view["sql_table_name"]) == ("answers", "marts.facts")
    dimensions = {one["name"]: one for one in view["dimensions"]}
    assert dimensions["answer_key"] == {
        "name": "answer_key", "primary_key": "yes", "hidden": "yes", "type": "number", "sql": "${TABLE}.id",
    }  # fmt: skip
    assert (dimensions["ok"]["type"], dimensions["exam"]["type"]) == ("yesno", "string")
    (time,) = view["dimension_groups"]
    assert (time["name"], time["datatype"], time["convert_tz"]) == ("given_at", "timestamp", "no")
    assert "date" in time["timeframes"]


def test_measures_carry_the_metrics_words_and_only_metrics_are_shown() -> None:
    (view,) = parsed()["views/answers.view.lkml"]["views"]
    measures = {one["name"]: one for one in view["measures"]}
    assert {name for name, one in measures.items() if one.get("hidden") == "yes"} == {"right"}
    assert measures["accuracy"]["sql"] == "1.0 * ${right} / nullif(${answers}, 0)"
    assert measures["accuracy"]["value_format_name"] == "percent_1"
    assert measures["accuracy"]["description"] == r"What \"accuracy\" is."
    assert measures["answers"]["type"] == "count"
    assert measures["timed"]["sql"] == "case when ${TABLE}.ms is not null then 1 else 0 end"
    assert measures["right"]["sql"] == "case when ${TABLE}.ok then 1 else 0 end"
    assert (measures["slow_time"]["type"], measures["slow_time"]["percentile"]) == ("percentile", "90")


def test_models_with_metrics_are_explored_joined_to_whose_keys_they_hold() -> None:
    model = parsed()["qbank.model.lkml"]
    (explore,) = model["explores"]
    assert explore["name"] == "answers"
    assert explore["joins"] == [
        {
            "name": "topics", "type": "left_outer", "relationship": "many_to_one",
            "sql_on": "${answers.topic_key} = ${topics.topic_key}",
        }
    ]  # fmt: skip
    assert model["includes"] == ["/views/*.view.lkml"]
