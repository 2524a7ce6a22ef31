"""The event contract as JSON Schema (draft 2020-12), generated from the structs; the file is kept here.

`python -m ingestion.schema` writes the file anew. The schema says all that can be said of a parsed value;
what belongs to the text stands in docs/data_contracts.md (UTF-8, no lone surrogate, how numbers are written,
values that a later one of the same name replaces). Formats (uuid, date-time) are meant to be checked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from ingestion.events.contract import EVENT_TYPES
from ingestion.events.storable import MAX_DEPTH

PATH = Path(__file__).parent / "events.schema.json"
_LARGEST = sys.float_info.max
_NO_NUL = "^[^\\u0000]*$"


def generate() -> dict[str, Any]:
    """Return the schema of one event: one of the six types, and no value that a store cannot hold."""
    _, definitions = msgspec.json.schema_components(EVENT_TYPES.values(), ref_template="#/$defs/{name}")
    definitions = definitions | {_name(depth): _storable(depth) for depth in range(MAX_DEPTH + 1)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event of the topic events.qbank",
        "description": "Fields that are not named here are allowed and kept.",
        "type": "object",
        "required": ["event_type"],
        "properties": {"event_type": {"enum": list(EVENT_TYPES)}},
        # One branch for each type, so that a validator says what is wrong with that type.
        "allOf": [_branch(*named) for named in EVENT_TYPES.items()] + [_reference(_name(MAX_DEPTH))],
        "$defs": definitions,
    }


def text() -> str:
    """Return what the file holds."""
    return msgspec.json.format(msgspec.json.encode(generate(), order="sorted"), indent=2).decode() + "\n"


def _storable(depth: int) -> dict[str, Any]:
    """Return the schema of a value nested at most `depth` deep that every store can hold."""
    limits = {"pattern": _NO_NUL, "minimum": -_LARGEST, "maximum": _LARGEST}
    if depth == 0:
        return {"type": ["string", "number", "boolean", "null"], **limits}
    inner = _reference(_name(depth - 1))
    return {
        **limits,
        "items": inner,
        "additionalProperties": inner,
        "propertyNames": {"pattern": _NO_NUL},
    }


def _name(depth: int) -> str:
    return f"storable_{depth}"


def _branch(event_type: str, event_class: type) -> dict[str, Any]:
    condition = {"properties": {"event_type": {"const": event_type}}}
    return {"if": condition, "then": _reference(event_class.__name__)}


def _reference(definition: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{definition}"}
