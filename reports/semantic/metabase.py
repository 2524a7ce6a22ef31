"""Metabase's serialization files: a collection, and in it a metric for each metric.

The format is Metabase's representation format 1.0.0 (npm package @metabase/representations). Tables and columns
are named, not numbered, so that the files fit every Metabase that has the database under the given name.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import yaml

from reports.semantic.layer import HEADER, Dimension, Layer, Measure, Metric, SemanticModel

COLLECTION = "qbank metrics"
# Metabase's own account for what no person made; every instance has it.
CREATOR = "internal@metabase.com"

_BASE_TYPES = {
    "number": "type/Number",
    "string": "type/Text",
    "yesno": "type/Boolean",
    "date": "type/Date",
    "timestamp": "type/DateTimeWithLocalTZ",
}
_OPERATORS = {
    "count_distinct": "distinct", "sum": "sum", "average": "avg", "median": "median", "min": "min", "max": "max",
}  # fmt: skip

Table = list[str]
Clause = list[Any]


def files(layer: Layer, schema: str, database: str) -> dict[str, str]:
    """Return the text of each file by its path below the folder that Metabase imports."""
    folder = "collections/main"
    made = {f"{folder}/{_slug(COLLECTION)}.yaml": _text(_collection())}
    for metric in layer.metrics.values():
        card = _card(metric, layer.models[metric.model], [database, schema])
        made[f"{folder}/{_slug(COLLECTION)}/{_slug(metric.label)}.yaml"] = _text(card)
    return made


def _collection() -> dict[str, Any]:
    key = _entity_id("collection", COLLECTION)
    return {
        "name": COLLECTION,
        "entity_id": key,
        "slug": _slug(COLLECTION),
        "description": "Metrics of qbank's marts, made from the dbt project.",
        "parent_id": None,
        "serdes/meta": [{"id": key, "label": _slug(COLLECTION), "model": "Collection"}],
    }


def _card(metric: Metric, model: SemanticModel, schema: list[str]) -> dict[str, Any]:
    key = _entity_id("metric", metric.name)
    table = [*schema, model.table]
    stage: dict[str, Any] = {
        "lib/type": "mbql.stage/mbql",
        "source-table": table,
        "aggregation": [_aggregation(metric, table)],
    }
    if model.time is not None:
        stage["breakout"] = [
            _field(table, model.time.column, _type_of(model.time), {"temporal-unit": "month"})
        ]
    return {
        "name": metric.label,
        "description": metric.description,
        "entity_id": key,
        "type": "metric",
        "display": "scalar" if model.time is None else "line",
        "creator_id": CREATOR,
        "database_id": schema[0],
        "collection_id": _entity_id("collection", COLLECTION),
        "dataset_query": {"lib/type": "mbql/query", "database": schema[0], "stages": [stage]},
        "visualization_settings": _settings(metric),
        "parameters": [],
        "parameter_mappings": [],
        "serdes/meta": [{"id": key, "label": _slug(metric.label), "model": "Card"}],
    }


def _aggregation(metric: Metric, table: Table) -> Clause:
    """Return the one aggregation of the metric; Metabase divides as fractions, and by zero gives nothing."""
    if metric.denominator is None:
        return _measure(metric.measure, table, {"name": metric.name, "display-name": metric.label})
    named = {"name": metric.name, "display-name": metric.label}
    return ["/", named, _measure(metric.measure, table, {}), _measure(metric.denominator, table, {})]


def _measure(measure: Measure, table: Table, options: dict[str, Any]) -> Clause:
    if measure.aggregation == "count" and not measure.nullable:
        return ["count", options]
    if measure.aggregation == "count":
        return ["count-where", options, ["not-null", {}, _field(table, measure.column, "type/*", {})]]
    if measure.aggregation == "sum_boolean":
        # Written by the type of a yes/no column, which a sum would refuse.
        is_true = ["=", {}, _field(table, measure.column, _BASE_TYPES["yesno"], {}), True]
        return ["count-where", options, is_true]
    kind = "string" if measure.aggregation == "count_distinct" else "number"
    field = _field(table, measure.column, _BASE_TYPES[kind], {})
    if measure.percentile is not None:
        return ["percentile", options, field, measure.percentile]
    return [_OPERATORS[measure.aggregation], options, field]


def _field(table: Table, column: str, base_type: str, options: dict[str, Any]) -> Clause:
    return ["field", {"base-type": base_type, **options}, [*table, column]]


def _type_of(dimension: Dimension) -> str:
    return _BASE_TYPES[dimension.kind]


def _settings(metric: Metric) -> dict[str, Any]:
    styles = {
        "percent": {"number_style": "percent", "decimals": 1},
        "decimal": {"decimals": 3},
        "whole": {"decimals": 0},
    }
    return {"column_settings": {f'["name","{metric.name}"]': styles[metric.format]}}


def _entity_id(kind: str, name: str) -> str:
    """Return 21 letters, digits, - and _, the same in every run: importing again updates and adds nothing."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"qbank {kind} {name}".encode()).digest()).decode()[:21]


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text.lower())


def _text(content: dict[str, Any]) -> str:
    return HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
