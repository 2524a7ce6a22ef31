"""The small files that may stand beside a file of answers: key, groups of persons, anchor items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.errors import FileFormatError
from ingestion.imports import columns as columns_
from ingestion.imports import values
from ingestion.imports.files import TextTable, read_table


@dataclass(frozen=True)
class Anchor:
    """Parameters of an item that are known already, D = 1.7 metric."""

    item: str
    a: float
    b: float
    c: float


def read_key(path: Path) -> dict[str, str | None]:
    """Read item and key; None where the key is empty. Raises FileFormatError for an item with two keys."""
    return _pairs(path, "item", "key", "A key file")


def read_groups(path: Path) -> dict[str, str]:
    """Read person and group; raises FileFormatError for a person with two groups, or with none."""
    groups = {}
    for person, group in _pairs(path, "person", "group", "A groups file").items():
        if group is None:
            raise FileFormatError(path, f"person {person!r} has no group", column="group")
        groups[person] = group
    return groups


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Read item, a, b and, where it is there, c; rows without an a are of items set aside and left out.

    A former calibration's items.csv can be read as it is. Raises FileFormatError, with line and column,
    for a value that is no number, a c outside [0, 1), and an item that stands there twice.
    """
    table = read_table(path)
    found = columns_.find(table, ("item", "a", "b"), ("c",), "A file of anchor items")
    anchors: dict[str, Anchor] = {}
    for row in _rows(table, found, ("item", "a", "b", "c")):
        line, item = int(str(row["line"])), row["item"]
        if item is None:
            raise FileFormatError(path, "the item is empty", line, "item")
        if row["a"] is None and row["b"] is None:
            continue
        if item in anchors:
            raise FileFormatError(path, f"item {item!r} stands there twice: keep one row", line, "item")
        a, b = (_number(path, line, name, row[name]) for name in ("a", "b"))
        c = 0.0 if row["c"] is None else _number(path, line, "c", row["c"])
        if not 0.0 <= c < 1.0:
            raise FileFormatError(path, f"c is {c:g}; it must be at least 0 and below 1", line, "c")
        anchors[item] = Anchor(item, a, b, c)
    if not anchors:
        raise FileFormatError(path, "holds no item with an a and a b")
    return tuple(anchors.values())


def _pairs(path: Path, name: str, value: str, what: str) -> dict[str, str | None]:
    table = read_table(path)
    found = columns_.find(table, (name, value), (), what)
    pairs: dict[str, str | None] = {}
    lines: dict[str, int] = {}
    for row in _rows(table, found, (name, value)):
        line, label = int(str(row["line"])), row[name]
        if label is None:
            raise FileFormatError(path, f"the {name} is empty", line, name)
        if label in pairs and pairs[label] != row[value]:
            raise FileFormatError(
                path, f"{name} {label!r} has another {value} on line {lines[label]}: keep one", line, value
            )
        pairs[label], lines[label] = row[value], line
    return pairs


def _rows(table: TextTable, found: columns_.Columns, names: tuple[str, ...]) -> list[dict[str, str | None]]:
    """Return the named columns as rows; null where a cell is empty or says NA, the first column as it is."""
    cells = [
        pl.lit(None, pl.String).alias(name)
        if name not in found
        else (pl.col(found.cell(name)) if name == names[0] else values.given(pl.col(found.cell(name)))).alias(
            name
        )
        for name in names
    ]
    return table.frame.select(pl.col("line").cast(pl.String), *cells).to_dicts()


def _number(path: Path, line: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FileFormatError(path, f"{text or ''!r} is not a number", line, column)
    return value
