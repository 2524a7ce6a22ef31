"""What the committed LookML and Metabase files ask of the database, read by others' rules and not by ours.

LookML is parsed by lkml; how Looker and Metabase aggregate is written here once more, from their documentation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import lkml
import yaml


def looker_query(folder: Path, name: str, schema: str) -> str:
    """Return the query of the view's measure `name`, as Looker makes it for an explore of the view alone.

    The mart is looked for in `schema`, wherever dbt has just built it.
    """
    (view,) = [view for view in looker_views(folder) if any(one["name"] == name for one in view["measures"])]
    measures = {one["name"]: one for one in view["measures"]}
    table = view["sql_table_name"].removeprefix("analytics.")
    return f"select {_looker(measures[name], measures)} as value from {schema}.{table} as base"


def looker_views(folder: Path) -> list[dict[str, Any]]:
    """Return every view of the LookML files, measures as a list in each."""
    parsed = [lkml.load(path.read_text()) for path in sorted(folder.rglob("*.view.lkml"))]
    return [
        {"measures": [], "dimensions": [], "dimension_groups": []} | view
        for one in parsed
        for view in one["views"]
    ]


def _looker(measure: dict[str, Any], measures: dict[str, dict[str, Any]]) -> str:
    sql = measure.get("sql", "").replace("${TABLE}", "base")
    if measure["type"] == "number":
        return re.sub(r"\$\{(\w+)\}", lambda found: f"({_looker(measures[found[1]], measures)})", sql)
    return {
        "count": "count(*)",
        "count_distinct": f"count(distinct {sql})",
        "sum": f"coalesce(sum({sql}), 0)",
        "average": f"avg({sql})",
        "median": f"percentile_cont(0.5) within group (order by {sql})",
        "percentile": f"percentile_cont({measure.get('percentile')} / 100.0) within group (order by {sql})",
        "min": f"min({sql})",
        "max": f"max({sql})",
    }[measure["type"]]


def metabase_cards(folder: Path) -> dict[str, dict[str, Any]]:
    """Return Metabase's cards by the name of their aggregation, which is the metric's."""
    read = [yaml.safe_load(path.read_text()) for path in sorted(folder.rglob("*.yaml"))]
    cards = [one for one in read if one["serdes/meta"][0]["model"] == "Card"]
    return {one["dataset_query"]["stages"][0]["aggregation"][0][1]["name"]: one for one in cards}


def metabase_query(card: dict[str, Any], schema: str) -> str:
    """Return the query of a card without its breakout, as Metabase compiles it for Postgres."""
    (stage,) = card["dataset_query"]["stages"]
    database, live, table = stage["source-table"]
    assert (database, live) == ("qbank", "analytics")
    return f'select {_mbql(stage["aggregation"][0])} as value from "{schema}"."{table}"'


def metabase_fields(clause: Any) -> list[list[str]]:
    """Return every field that a clause names: database, schema, table, column."""
    if not isinstance(clause, list):
        return []
    if clause[:1] == ["field"]:
        return [clause[2]]
    return [field for part in clause for field in metabase_fields(part)]


def _mbql(clause: Any) -> str:
    if not isinstance(clause, list):
        return "true" if clause is True else repr(clause)
    operator, _, *given = clause
    if operator == "field":
        return f'"{given[0][-1]}"'
    inner = [_mbql(one) for one in given]
    if operator == "/":
        return f"{inner[0]}::double precision / nullif({inner[1]}, 0)"
    if operator == "not-null":
        return f"{inner[0]} is not null"
    if operator == "=":
        return f"{inner[0]} = {inner[1]}"
    if operator == "count":
        return "count(*)"
    column = inner[0]
    return {
        "count-where": f"sum(case when {column} then 1 else 0 end)",
        "distinct": f"count(distinct {column})",
        "sum": f"sum({column})",
        "avg": f"avg({column})",
        "median": f"percentile_cont(0.5) within group (order by {column})",
        "percentile": f"percentile_cont({inner[-1]}) within group (order by {column})",
        "min": f"min({column})",
        "max": f"max({column})",
    }[operator]
