"""A metric as SQL for Postgres: what anybody may run by hand, and what the tests hold the tools' files against."""

from __future__ import annotations

from collections.abc import Sequence

from reports.semantic.layer import Layer, Measure, Metric


def metric(layer: Layer, name: str, by: Sequence[str], schema: str) -> str:
    """Return the query of a metric, one row for each combination of the dimensions `by`.

    A dimension of time is grouped by its day, UTC. Raises SemanticLayerError for a metric or dimension that
    is not there.
    """
    wanted = layer.metric(name)
    model = layer.models[wanted.model]
    groups = []
    for one in (model.dimension(dimension) for dimension in by):
        column = f"({one.column} at time zone 'UTC')::date" if one.kind == "timestamp" else one.column
        groups.append(f"{column} as {one.name}")
    columns = ", ".join([*groups, f"{expression(wanted)} as {wanted.name}"])
    query = f"select {columns}\nfrom {schema}.{model.table}"
    if groups:
        places = ", ".join(str(place) for place in range(1, len(groups) + 1))
        query += f"\ngroup by {places}\norder by {places}"
    return query


def expression(metric: Metric) -> str:
    """Return the aggregate expression of a metric; a ratio over nothing is null."""
    if metric.denominator is None:
        return _aggregate(metric.measure)
    return f"{_aggregate(metric.measure)}::double precision / nullif({_aggregate(metric.denominator)}, 0)"


def _aggregate(measure: Measure) -> str:
    column = measure.column
    if measure.aggregation in {"median", "percentile"}:
        at = 0.5 if measure.percentile is None else measure.percentile
        return f"percentile_cont({at:g}) within group (order by {column})"
    return {
        "count": f"count({column})",
        "count_distinct": f"count(distinct {column})",
        "sum": f"sum({column})",
        "sum_boolean": f"count(*) filter (where {column})",
        "average": f"avg({column})::double precision",
        "min": f"min({column})",
        "max": f"max({column})",
    }[measure.aggregation]
