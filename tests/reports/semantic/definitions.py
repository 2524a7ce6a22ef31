"""A small manifest as dbt writes it, and changes to it."""

from __future__ import annotations

import copy
from typing import Any

COLUMNS = {
    "id": "bigint", "learner": "uuid", "exam": "text", "ok": "boolean", "ms": "integer",
    "at": "timestamp with time zone", "topic_id": "bigint", "path": "text", "label": "ltree",
}  # fmt: skip


def mart(name: str, columns: list[str]) -> dict[str, Any]:
    described = {
        one: {
            "name": one,
            "data_type": COLUMNS[one],
            "description": f"What {one} is.",
            "constraints": [{"type": "not_null"}] if one in {"id", "ok"} else [],
        }
        for one in columns
    }
    return {"name": name, "alias": name, "description": f"Mart {name}.", "columns": described}


def measure(name: str, agg: str, expr: str, **more: Any) -> dict[str, Any]:
    plain = {"agg_params": None, "non_additive_dimension": None, "agg_time_dimension": None}
    return {"name": name, "agg": agg, "expr": expr, **plain, **more}


def dimension(name: str, expr: str | None = None, kind: str = "categorical") -> dict[str, Any]:
    return {"name": name, "expr": expr, "type": kind, "label": None, "description": None}


def entity(name: str, kind: str, expr: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "expr": expr}


def metric(name: str, parts: list[str], shown: str = "whole", **more: Any) -> dict[str, Any]:
    inputs = [{"name": part, "filter": None, "alias": None} for part in parts]
    given = (
        {"measure": inputs[0], "numerator": None, "denominator": None}
        if len(parts) == 1
        else {"measure": None, "numerator": inputs[0], "denominator": inputs[1]}
    )
    plain = {"type": "simple" if len(parts) == 1 else "ratio", "filter": None}
    return {
        "name": name, "label": f"The {name}", "description": f'What "{name}" is.', "type_params": given,
        "config": {"meta": {"format": shown}}, **plain, **more,
    }  # fmt: skip


def semantic_model(name: str, on: str, time: str | None, **parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name, "label": None, "description": None, "depends_on": {"nodes": [on]},
        "defaults": {"agg_time_dimension": time}, "entities": [], "dimensions": [], "measures": [], **parts,
    }  # fmt: skip


_MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.q.facts": mart("facts", ["id", "learner", "exam", "ok", "ms", "at", "topic_id", "label"]),
        "model.q.topics": mart("topics", ["topic_id", "path"]),
    },
    "semantic_models": {
        "answers": semantic_model(
            "answers", "model.q.facts", "given_at",
            entities=[entity("answer", "primary", "id"), entity("topic", "foreign", "topic_id")],
            dimensions=[dimension("given_at", "at", "time"), dimension("exam"), dimension("ok")],
            measures=[
                measure("answers", "count", "id"), measure("timed", "count", "ms"),
                measure("right", "sum_boolean", "ok"),
                measure("learners", "count_distinct", "learner"), measure("median_time", "median", "ms"),
                measure(
                    "slow_time", "percentile", "ms",
                    agg_params={"percentile": 0.9, "use_discrete_percentile": False},
                ),
            ],
        ),
        "topics": semantic_model(
            "topics", "model.q.topics", None,
            entities=[entity("topic", "primary", "topic_id")], dimensions=[dimension("path")],
        ),
    },
    "metrics": {
        "answers": metric("answers", ["answers"]), "learners": metric("learners", ["learners"]),
        "median_time": metric("median_time", ["median_time"]), "slow_time": metric("slow_time", ["slow_time"]),
        "timed": metric("timed", ["timed"]),
        "accuracy": metric("accuracy", ["right", "answers"], "percent"),
    },
}  # fmt: skip


def manifest() -> dict[str, Any]:
    """Return a manifest of one's own to change."""
    return copy.deepcopy(_MANIFEST)
