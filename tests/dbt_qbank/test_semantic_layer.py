"""The semantic layer: defined once in dbt, written for Looker and Metabase, the same figure everywhere."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lkml
import psycopg
import pytest

from reports import semantic
from reports.semantic import SCHEMA, Layer, looker, metabase, sql
from tests.dbt_qbank.readings import (
    looker_query,
    looker_views,
    metabase_cards,
    metabase_fields,
    metabase_query,
)

COMMITTED = Path(__file__).parents[2] / "dbt_qbank" / "semantic"
MADE = {
    "looker": lambda layer: looker.files(layer, SCHEMA),
    "metabase": lambda layer: metabase.files(layer, SCHEMA, "qbank"),
}

Rows = list[dict[str, Any]]


def share(
    rows: Rows, part: Callable[[dict[str, Any]], Any], whole: Callable[[dict[str, Any]], Any]
) -> float | None:
    total = sum(whole(row) for row in rows)
    return sum(part(row) for row in rows) / total if total else None


def given(rows: Rows, column: str) -> list[float]:
    return [row[column] for row in rows if row[column] is not None]


def mean(rows: Rows, column: str) -> float | None:
    there = given(rows, column)
    return statistics.mean(there) if there else None


def median(rows: Rows, column: str) -> float | None:
    there = given(rows, column)
    return statistics.median(there) if there else None


def total(rows: Rows, column: str) -> float | None:
    there = given(rows, column)
    return sum(there) if there else None


# The bank's cohorts are too small to be shown; these are not.
SHOWN_COHORTS = """
insert into cohort_performance (cohort_id, exam_code, tenant_id, institution_id, institution_name, cohort_name,
                                is_invented, n_learners, accuracy, n_learners_scored, theta, is_suppressed)
values (91, 'HOME', gen_random_uuid(), 9, 'North', 'A', false, 20, 0.625, 20, 0.5, false),
       (92, 'HOME', gen_random_uuid(), 9, 'North', 'B', true, 10, 0.375, null, null, false)
"""
# Every metric once more, from the rows of its mart.
EXPECTED: dict[str, Callable[[Rows], float | None]] = {
    "attempts": len,
    "correct_attempts": lambda rows: sum(row["is_correct"] for row in rows),
    "accuracy": lambda rows: share(rows, lambda row: row["is_correct"], lambda _: 1),
    "active_learners": lambda rows: len({row["user_id"] for row in rows}),
    "median_response_time": lambda rows: median(rows, "recorded_time_ms"),
    "mean_response_time": lambda rows: mean(rows, "recorded_time_ms"),
    "sessions": len,
    "median_session_time": lambda rows: median(rows, "duration_ms"),
    "items_served": lambda rows: sum(row["n_served"] for row in rows),
    "items_answered": lambda rows: sum(row["n_answered"] for row in rows),
    "items_skipped": lambda rows: sum(row["n_skipped"] for row in rows),
    "items_omitted": lambda rows: sum(row["n_omitted"] for row in rows),
    "answered_share": lambda rows: share(rows, lambda row: row["n_answered"], lambda row: row["n_served"]),
    "skipped_share": lambda rows: share(rows, lambda row: row["n_skipped"], lambda row: row["n_served"]),
    "learners": len,
    "mean_mastery": lambda rows: mean(rows, "mastery"),
    "mean_theta": lambda rows: mean(rows, "theta"),
    "learners_scored": lambda rows: len({row["user_id"] for row in rows}),
    "items": len,
    "calibrated_items": lambda rows: len(given(rows, "a")),
    "calibrated_share": lambda rows: share(rows, lambda row: row["a"] is not None, lambda _: 1),
    "places_asked": lambda rows: total(rows, "quota"),
    "places_filled": lambda rows: total(rows, "n_filled"),
    "blueprint_coverage_share": lambda rows: share(
        rows, lambda row: row["n_filled"] or 0, lambda row: row["quota"] or 0
    ),
    "cohort_accuracy": lambda rows: mean(rows, "accuracy"),
    "cohort_theta": lambda rows: mean(rows, "theta"),
    "cohorts_suppressed": lambda rows: sum(row["is_suppressed"] for row in rows),
}


@pytest.fixture(scope="module")
def layer(bank: Any) -> Layer:
    return semantic.read(bank.manifest.writable_manifest().to_dict(omit_none=False))


@pytest.fixture
def marts(bank: Any, builds: Any) -> Iterator[psycopg.Connection[Any]]:
    """The built marts of the bank, with two cohorts more, on a connection that leaves nothing behind."""
    with bank.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(SHOWN_COHORTS)
        yield connection


def rows_of(marts: psycopg.Connection[Any], table: str) -> Rows:
    return marts.execute(f"select * from {table}").fetchall()


def value(marts: psycopg.Connection[Any], query: str) -> Any:
    (row,) = marts.execute(query).fetchall()
    (found,) = row.values()
    return found


@pytest.mark.parametrize("tool", MADE)
def test_committed_files_are_what_the_definitions_give(layer: Layer, tool: str) -> None:
    folder = COMMITTED / tool
    committed = {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }
    assert committed == MADE[tool](layer), "run: qbank semantic-layer --out dbt_qbank/semantic"


def test_every_metric_is_expected_somewhere(layer: Layer) -> None:
    assert set(EXPECTED) == set(layer.metrics)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_metric_is_the_same_figure_by_hand_in_sql_in_looker_and_in_metabase(
    marts: psycopg.Connection[Any], bank: Any, layer: Layer, name: str
) -> None:
    expected = EXPECTED[name](rows_of(marts, layer.models[layer.metrics[name].model].table))
    assert expected is not None
    wanted = pytest.approx(float(expected), rel=1e-12)
    card = metabase_cards(COMMITTED / "metabase")[name]
    assert float(value(marts, sql.metric(layer, name, [], bank.schema))) == wanted
    assert float(value(marts, looker_query(COMMITTED / "looker", name, bank.schema))) == wanted
    assert float(value(marts, metabase_query(card, bank.schema))) == wanted


@pytest.mark.parametrize("name", EXPECTED)
def test_a_metric_by_each_dimension_is_that_of_the_groups(
    marts: psycopg.Connection[Any], bank: Any, layer: Layer, name: str
) -> None:
    model = layer.models[layer.metrics[name].model]
    for dimension in model.dimensions:
        groups: dict[Any, Rows] = {}
        for row in rows_of(marts, model.table):
            key = row[dimension.column]
            groups.setdefault(key.date() if dimension.kind == "timestamp" and key else key, []).append(row)
        found = marts.execute(sql.metric(layer, name, [dimension.name], bank.schema)).fetchall()
        shown = {row[dimension.name]: row[name] for row in found}
        expected = {key: EXPECTED[name](members) for key, members in groups.items()}
        assert shown == {
            key: None if one is None else pytest.approx(float(one)) for key, one in expected.items()
        }, dimension.name


def test_every_column_that_is_named_stands_in_the_built_mart(
    marts: psycopg.Connection[Any], layer: Layer
) -> None:
    named = {
        (model.table, one.column)
        for model in layer.models.values()
        for one in (*model.entities, *model.dimensions, *model.measures)
    }
    named |= {
        (view["sql_table_name"].split(".")[1], column)
        for view in looker_views(COMMITTED / "looker")
        for field in (*view["dimensions"], *view["dimension_groups"], *view["measures"])
        for column in _columns(field.get("sql", ""))
    }
    for card in metabase_cards(COMMITTED / "metabase").values():
        stage = card["dataset_query"]["stages"][0]
        for database, schema, table, column in metabase_fields(
            [stage["aggregation"], stage.get("breakout", [])]
        ):
            assert (database, schema, table) == tuple(stage["source-table"])
            named.add((table, column))
    for table, column in named:
        built = marts.execute(f"select * from {table} limit 0").description or []
        assert column in {one.name for one in built}, (table, column)


def _columns(expression: str) -> list[str]:
    return [part.split("${TABLE}.")[1].split()[0] for part in expression.split() if "${TABLE}." in part]


def test_explores_join_views_by_keys_that_they_have(layer: Layer) -> None:
    views = {
        view["name"]: {one["name"] for one in view["dimensions"]}
        for view in looker_views(COMMITTED / "looker")
    }
    model = lkml.load((COMMITTED / "looker" / "qbank.model.lkml").read_text())
    assert {one["name"] for one in model["explores"]} == {metric.model for metric in layer.metrics.values()}
    for explore in model["explores"]:
        for join in explore.get("joins", []):
            assert join["relationship"] == "many_to_one"
            for side in join["sql_on"].split("="):
                view, field = side.strip(" ${}").split(".")
                assert field in views[view]


def test_every_metric_and_dimension_says_what_it_is(layer: Layer) -> None:
    assert [one.name for one in layer.metrics.values() if len(one.description) < 20 or not one.label] == []
    silent = [
        (m.name, one.name) for m in layer.models.values() for one in m.dimensions if not one.description
    ]
    assert silent == []


def test_entity_ids_of_metabase_are_21_letters_and_differ(layer: Layer) -> None:
    cards = metabase_cards(COMMITTED / "metabase")
    keys = [card["entity_id"] for card in cards.values()]
    assert set(cards) == set(layer.metrics)
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 21 and key.replace("-", "a").replace("_", "a").isalnum() for key in keys)
    assert all(card["type"] == "metric" and len(card["collection_id"]) == 21 for card in cards.values())


def test_the_contract_page_lists_every_metric_with_its_mart_and_words(bank: Any, layer: Layer) -> None:
    page = (bank.project.parent / "docs" / "data_contracts.md").read_text()
    section = page.split("\n## Semantic layer\n")[1].split("\n## ")[0]
    listed = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]] for line in section.splitlines() if "| `" in line
    ]
    assert listed == [
        [metric.name, layer.models[metric.model].table, metric.description]
        for metric in layer.metrics.values()
    ]
