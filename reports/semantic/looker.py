"""LookML: a view for each semantic model, and one model file with an explore for each that has measures."""

from __future__ import annotations

import json

from reports.semantic.layer import HEADER, Dimension, Entity, Layer, Measure, Metric, SemanticModel

TIMEFRAMES = {
    "date": "[raw, date, week, month, quarter, year]",
    "timestamp": "[raw, time, hour, date, week, month, quarter, year]",
}
_FORMATS = {"whole": "decimal_0", "decimal": "decimal_3", "percent": "percent_1"}


def files(layer: Layer, schema: str) -> dict[str, str]:
    """Return the text of each file by its path below the LookML project."""
    views = {f"views/{name}.view.lkml": _view(model, layer, schema) for name, model in layer.models.items()}
    return views | {"qbank.model.lkml": _model(layer)}


def _view(model: SemanticModel, layer: Layer, schema: str) -> str:
    parts = [
        *(_key(one) for one in model.entities),
        *(_dimension(one) for one in model.dimensions),
        *_measures(model, layer.of(model.name)),
    ]
    body = "\n".join(parts)
    return (
        f"{HEADER}view: {model.name} {{\n"
        f"  label: {_quoted(model.label)}\n"
        f"  sql_table_name: {schema}.{model.table} ;;\n\n{body}}}\n"
    )


def _key(entity: Entity) -> str:
    lines = ["hidden: yes", f"type: {entity.kind}", f"sql: ${{TABLE}}.{entity.column} ;;"]
    return _block(
        "dimension", f"{entity.name}_key", ["primary_key: yes", *lines] if entity.primary else lines
    )


def _dimension(one: Dimension) -> str:
    said = [f"label: {_quoted(one.label)}", f"description: {_quoted(one.description)}"]
    sql = f"sql: ${{TABLE}}.{one.column} ;;"
    if not one.is_time:
        return _block("dimension", one.name, [*said, f"type: {one.kind}", sql])
    # Marts are UTC, and so is a day of theirs: Looker must not move it into a viewer's time zone.
    lines = [
        "type: time",
        f"timeframes: {TIMEFRAMES[one.kind]}",
        f"datatype: {one.kind}",
        "convert_tz: no",
        sql,
    ]
    return _block("dimension_group", one.name, [*said, *lines])


def _measures(model: SemanticModel, metrics: list[Metric]) -> list[str]:
    """Measures under the names of their metrics; those that no metric is called after are hidden."""
    simple = {metric.name: metric for metric in metrics if metric.denominator is None}
    blocks = []
    for measure in model.measures:
        metric = simple.get(measure.name)
        blocks.append(
            _block("measure", measure.name, [*(_shown(metric) or ["hidden: yes"]), *_aggregated(measure)])
        )
    for metric in metrics:
        if metric.denominator is not None:
            ratio = f"1.0 * ${{{metric.measure.name}}} / nullif(${{{metric.denominator.name}}}, 0)"
            blocks.append(
                _block("measure", metric.name, [*_shown(metric), "type: number", f"sql: {ratio} ;;"])
            )
    return blocks


def _shown(metric: Metric | None) -> list[str]:
    if metric is None:
        return []
    return [
        f"label: {_quoted(metric.label)}",
        f"description: {_quoted(metric.description)}",
        f"value_format_name: {_FORMATS[metric.format]}",
    ]


def _aggregated(measure: Measure) -> list[str]:
    column = f"${{TABLE}}.{measure.column}"
    if measure.aggregation == "count":
        # A count of rows, where every row has a value; Looker's own count has no column to look at.
        some = ["type: sum", f"sql: case when {column} is not null then 1 else 0 end ;;"]
        return some if measure.nullable else ["type: count"]
    lines = [f"type: {'sum' if measure.aggregation == 'sum_boolean' else measure.aggregation}"]
    if measure.percentile is not None:
        lines.append(f"percentile: {measure.percentile * 100:g}")
    if measure.aggregation == "sum_boolean":
        column = f"case when {column} then 1 else 0 end"
    return [*lines, f"sql: {column} ;;"]


def _model(layer: Layer) -> str:
    explores = "\n".join(_explore(model, layer) for model in layer.models.values() if layer.of(model.name))
    return f'{HEADER}connection: "qbank"\n\ninclude: "/views/*.view.lkml"\n\n{explores}'


def _explore(model: SemanticModel, layer: Layer) -> str:
    joins = []
    for foreign in (one for one in model.entities if not one.primary):
        for other in layer.models.values():
            key = next((one for one in other.entities if one.primary and one.name == foreign.name), None)
            if key is not None and other.name != model.name:
                joins.append(_join(model, foreign, other, key))
    lines = [f"  label: {_quoted(model.label)}", f"  description: {_quoted(model.description)}", *joins]
    return "\n".join([f"explore: {model.name} {{", *lines, "}", ""])


def _join(model: SemanticModel, foreign: Entity, other: SemanticModel, key: Entity) -> str:
    return (
        f"  join: {other.name} {{\n    type: left_outer\n    relationship: many_to_one\n"
        f"    sql_on: ${{{model.name}.{foreign.name}_key}} = ${{{other.name}.{key.name}_key}} ;;\n  }}"
    )


def _block(kind: str, name: str, lines: list[str]) -> str:
    return "\n".join([f"  {kind}: {name} {{", *(f"    {line}" for line in lines), "  }", ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
