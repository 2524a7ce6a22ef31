"""From dbt's manifest to the layer; refuses what one of the tools could not say.

dbt allows more than is read here: SQL expressions, filters, cumulative and derived metrics. Such a definition
would have to be translated into each tool's language, and could come out differently in each. What a measure
needs is therefore a column of its mart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from reports.semantic.errors import SemanticLayerError
from reports.semantic.layer import (
    Aggregation,
    Dimension,
    Entity,
    Format,
    Kind,
    Layer,
    Measure,
    Metric,
    SemanticModel,
)

Node = Mapping[str, Any]
# The day of a mart that is a state without a history; dbt wants a time for every measure.
STATE = "current_date"

_KINDS: dict[str, Kind] = {
    "bigint": "number",
    "integer": "number",
    "smallint": "number",
    "double precision": "number",
    "numeric": "number",
    "text": "string",
    "uuid": "string",
    "boolean": "yesno",
    "date": "date",
    "timestamp with time zone": "timestamp",
}
_NOT_NULL = {"not_null", "primary_key"}
_NUMERIC = {"sum", "average", "median", "percentile", "min", "max"}


def read(manifest: Node) -> Layer:
    """Return the layer that a dbt manifest (`manifest.json`, decoded) defines, models and metrics by name.

    Raises SemanticLayerError for a column that is not in the mart's contract, and for what not every tool
    can say.
    """
    models = [
        _model(one, manifest["nodes"][one["depends_on"]["nodes"][0]])
        for one in manifest["semantic_models"].values()
    ]
    measures = {measure.name: (model.name, measure) for model in models for measure in model.measures}
    metrics = [_metric(one, measures) for one in manifest["metrics"].values()]
    return Layer(
        {model.name: model for model in sorted(models, key=lambda model: model.name)},
        {metric.name: metric for metric in sorted(metrics, key=lambda metric: metric.name)},
    )


def _model(node: Node, mart: Node) -> SemanticModel:
    name = node["name"]
    dimensions = tuple(_dimension(name, one, mart) for one in node["dimensions"] if one["expr"] != STATE)
    aggregated_by = (node["defaults"] or {}).get("agg_time_dimension")
    return SemanticModel(
        name=name,
        table=mart["alias"],
        label=node["label"] or _titled(name),
        description=_flat(node["description"] or mart["description"]),
        entities=tuple(_entity(name, one, mart) for one in node["entities"]),
        dimensions=dimensions,
        measures=tuple(_measure(name, one, mart) for one in node["measures"]),
        time=next((one for one in dimensions if one.name == aggregated_by), None),
    )


def _entity(model: str, node: Node, mart: Node) -> Entity:
    if node["type"] not in {"primary", "foreign"}:
        raise SemanticLayerError(
            f"{model}: entity {node['name']} is {node['type']}: make it primary or foreign"
        )
    column = node["expr"] or node["name"]
    return Entity(node["name"], column, node["type"] == "primary", _kind(model, column, mart))


def _dimension(model: str, node: Node, mart: Node) -> Dimension:
    column = node["expr"] or node["name"]
    kind = _kind(model, column, mart)
    if (node["type"] == "time") != (kind in {"date", "timestamp"}):
        raise SemanticLayerError(
            f"{model}: dimension {node['name']} is of type {node['type']}, its column {kind}"
        )
    return Dimension(
        name=node["name"],
        column=column,
        kind=kind,
        label=node["label"] or _titled(node["name"]),
        description=_flat(node["description"] or mart["columns"][column]["description"]),
    )


def _measure(model: str, node: Node, mart: Node) -> Measure:
    name, aggregation, column = node["name"], node["agg"], node["expr"] or node["name"]
    kind = _kind(model, column, mart)
    if node["non_additive_dimension"] or node["agg_time_dimension"]:
        raise SemanticLayerError(f"{model}: measure {name} is not additive: let the mart have such a column")
    if aggregation not in get_args(Aggregation):
        raise SemanticLayerError(
            f"{model}: measure {name} has the aggregation {aggregation}, which is not read"
        )
    if (aggregation == "sum_boolean") != (kind == "yesno") and aggregation not in {"count", "count_distinct"}:
        raise SemanticLayerError(f"{model}: measure {name} is a {aggregation} of {column}, which is a {kind}")
    if aggregation in _NUMERIC and kind != "number":
        raise SemanticLayerError(f"{model}: measure {name} is a {aggregation} of {column}, which is a {kind}")
    percentile = (node["agg_params"] or {}).get("percentile")
    if aggregation == "percentile" and (node["agg_params"] or {}).get("use_discrete_percentile") is not False:
        raise SemanticLayerError(
            f"{model}: percentile {name} must be continuous: use_discrete_percentile: false"
        )
    nullable = not any(one["type"] in _NOT_NULL for one in mart["columns"][column]["constraints"])
    return Measure(name, cast(Aggregation, aggregation), column, nullable, percentile)


def _metric(node: Node, measures: Mapping[str, tuple[str, Measure]]) -> Metric:
    name, given = node["name"], node["type_params"]
    if node["type"] not in {"simple", "ratio"} or node["filter"]:
        raise SemanticLayerError(f"metric {name} is {node['type']}, or has a filter: give its mart a column")
    asked = [given["measure"]] if node["type"] == "simple" else [given["numerator"], given["denominator"]]
    if any(one["filter"] or one.get("alias") or one["name"] not in measures for one in asked):
        raise SemanticLayerError(
            f"metric {name} is made of filtered or renamed measures: give its mart a column"
        )
    models = {measures[one["name"]][0] for one in asked}
    if len(models) > 1:
        raise SemanticLayerError(
            f"metric {name} divides measures of {' and '.join(sorted(models))}: use one model"
        )
    if node["type"] == "simple" and asked[0]["name"] != name:
        raise SemanticLayerError(f"metric {name} is the measure {asked[0]['name']}: call both alike")
    shown = node["config"]["meta"].get("format")
    if shown not in get_args(Format):
        raise SemanticLayerError(
            f"metric {name} has format {shown}: use one of {', '.join(get_args(Format))}"
        )
    made = [measures[one["name"]][1] for one in asked]
    return Metric(
        name=name,
        label=node["label"],
        description=_flat(node["description"]),
        format=cast(Format, shown),
        model=models.pop(),
        measure=made[0],
        denominator=made[1] if len(made) > 1 else None,
    )


def _kind(model: str, column: str, mart: Node) -> Kind:
    contract = mart["columns"]
    if column not in contract:
        raise SemanticLayerError(
            f"{model}: {mart['name']} has no column {column}; it has {', '.join(contract)}"
        )
    kind = _KINDS.get(contract[column]["data_type"])
    if kind is None:
        raise SemanticLayerError(
            f"{model}: column {column} is {contract[column]['data_type']}, which is not read"
        )
    return kind


def _titled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _flat(text: str) -> str:
    return " ".join(text.split())
