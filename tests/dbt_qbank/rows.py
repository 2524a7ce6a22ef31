"""Rows of a relation, looked up by their key."""

from __future__ import annotations

from typing import Any


def by_key(rows: list[dict[str, Any]], *key: str) -> dict[Any, dict[str, Any]]:
    keyed = {tuple(row[name] for name in key): row for row in rows}
    assert len(keyed) == len(rows), f"{key} is no key"
    return keyed
