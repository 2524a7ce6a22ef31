from __future__ import annotations

from typing import Any

import yaml

from reports.semantic import metabase, read
from tests.reports.semantic.definitions import manifest


def parsed() -> dict[str, dict[str, Any]]:
    files = metabase.files(read(manifest()), "marts", "Our bank")
    return {path.rpartition("/")[2]: yaml.safe_load(text) for path, text in files.items()}


def stage(card: dict[str, Any]) -> dict[str, Any]:
    (only,) = card["dataset_query"]["stages"]
    return only


def test_every_metric_is_a_metric_in_the_collection() -> None:
    files = parsed()
    collection = files.pop("qbank_metrics.yaml")
    assert set(files) == {
        f"the_{name}.yaml"
        for name in ("accuracy", "answers", "learners", "median_time", "slow_time", "timed")
    }
    for card in files.values():
        assert (card["type"], card["collection_id"]) == ("metric", collection["entity_id"])
        assert stage(card)["source-table"] == ["Our bank", "marts", "facts"]
        assert card["serdes/meta"] == [
            {"id": card["entity_id"], "label": card["name"].lower().replace(" ", "_"), "model": "Card"}
        ]
    assert len({card["entity_id"] for card in files.values()}) == 6


def test_aggregations_are_metabases_own() -> None:
    files = parsed()
    column = ["Our bank", "marts", "facts"]
    (accuracy,) = stage(files["the_accuracy.yaml"])["aggregation"]
    is_right = ["=", {}, ["field", {"base-type": "type/Boolean"}, [*column, "ok"]], True]
    assert accuracy == [
        "/", {"name": "accuracy", "display-name": "The accuracy"}, ["count-where", {}, is_right], ["count", {}],
    ]  # fmt: skip
    (slow,) = stage(files["the_slow_time.yaml"])["aggregation"]
    assert (slow[0], slow[2][2][-1], slow[3]) == ("percentile", "ms", 0.9)
    (timed,) = stage(files["the_timed.yaml"])["aggregation"]
    assert (timed[0], timed[2][0], timed[2][2][2][-1]) == ("count-where", "not-null", "ms")
    (learners,) = stage(files["the_learners.yaml"])["aggregation"]
    assert learners[0] == "distinct"
    (month,) = stage(files["the_answers.yaml"])["breakout"]
    assert (month[1]["temporal-unit"], month[2][-1]) == ("month", "at")


def test_a_state_has_no_breakout_by_time() -> None:
    given = manifest()
    given["semantic_models"]["answers"]["defaults"] = None
    files = metabase.files(read(given), "marts", "Our bank")
    card = yaml.safe_load(files["collections/main/qbank_metrics/the_answers.yaml"])
    assert "breakout" not in stage(card)
    assert card["display"] == "scalar"


def test_files_are_the_same_in_every_run() -> None:
    assert metabase.files(read(manifest()), "m", "d") == metabase.files(read(manifest()), "m", "d")
