"""The items file: one row for each version of an item, every problem of it told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.errors import ItemsError, Problem
from ingestion.imports import columns as columns_
from ingestion.imports import values
from ingestion.imports.files import read_table

REQUIRED = ("item", "key")
OPTIONAL = ("topic", "difficulty", "version", "stem", "options")
DIFFICULTIES = ("easy", "medium", "hard")

_LABEL = re.compile(r"[A-Za-z0-9]")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,255}(\.[A-Za-z0-9_-]{1,255}){0,31}")
_WHOLE_KEY = re.compile(r"([0-9])\.0+")
_BETWEEN_OPTIONS = re.compile(r"[\s,;|/]+")


@dataclass(frozen=True)
class Item:
    """A version of an item as the file declares it; None: the file says nothing of it."""

    line: int
    item: str
    version: int
    key: str | None
    labels: tuple[str, ...] | None
    topic: str | None
    difficulty: str | None
    stem: str | None


@dataclass(frozen=True)
class ItemsFile:
    """The items file, in its order."""

    path: Path
    items: tuple[Item, ...]
    warnings: tuple[str, ...]


def read_items(path: Path) -> ItemsFile:
    """Read and validate the items in `path`.

    Raises FileFormatError where it is not such a table, ItemsError with every invalid row otherwise.
    """
    table = read_table(path)
    found = columns_.find(table, REQUIRED, OPTIONAL, "An items file")
    names = [name for name in (*REQUIRED, *OPTIONAL) if name in found]
    rows = table.frame.select("line", *(_cell(found, name) for name in names)).to_dicts()
    items: list[Item] = []
    problems: list[Problem] = []
    lines: dict[tuple[str, int], int] = {}
    for row in rows:
        line = int(row["line"])
        item, reasons = _item(line, row)
        if item is not None:
            earlier = lines.setdefault((item.item, item.version), line)
            if earlier != line:
                reasons.append(
                    f"item {item.item} version {item.version} already stands on line {earlier}: keep one of them, "
                    "or give another version"
                )
            items.append(item)
        problems.extend(Problem(line, reason) for reason in reasons)
    if problems:
        raise ItemsError(path, problems)
    return ItemsFile(path, tuple(items), columns_.unknown_warning(path, found.unknown))


def topic_problem(path: str) -> str | None:
    """Say what is wrong with a topic path, or None."""
    if _TOPIC.fullmatch(path):
        return None
    return (
        f"topic {path!r} is not a path such as medicine.cardiology: labels of letters, digits, _ and -, "
        "joined by dots, 32 levels at most"
    )


def same_case(label: str, among: tuple[str, ...]) -> str:
    """Return `label` as it stands in `among`: case is ignored unless both cases stand there."""
    return label if label in among or label.swapcase() not in among else label.swapcase()


def _cell(found: columns_.Columns, name: str) -> pl.Expr:
    cell = pl.col(found.cell(name))
    return (cell if name in ("item", "stem") else values.given(cell)).alias(name)


def _item(line: int, row: Mapping[str, str | None]) -> tuple[Item | None, list[str]]:
    reasons: list[str] = []
    name = row["item"] or ""
    if not name:
        reasons.append("item is empty")
    if len(name) > values.MAX_ID or "\0" in name:
        reasons.append(f"item is longer than {values.MAX_ID} characters or holds a NUL character")
    version = _version(row.get("version"), reasons)
    labels = _labels(row.get("options"), reasons)
    key = _key(row["key"], labels, reasons)
    topic = row.get("topic")
    if topic is not None and (problem := topic_problem(topic)):
        reasons.append(problem)
    difficulty = difficulty_value(row.get("difficulty"), reasons)
    stem = row.get("stem")
    if stem is not None and "\0" in stem:
        reasons.append("stem holds a NUL character")
    if not name or version is None:
        return None, reasons
    return Item(line, name, version, key, labels, topic, difficulty, stem), reasons


def _version(text: str | None, reasons: list[str]) -> int | None:
    if text is None:
        return 1
    whole = re.fullmatch(r"([0-9]{1,9})(?:\.0*)?", text)
    if whole and 1 <= int(whole[1]) <= values.MAX_VERSION:
        return int(whole[1])
    reasons.append(f"version is {text!r}, not a whole number from 1 to {values.MAX_VERSION}")
    return None


def _labels(text: str | None, reasons: list[str]) -> tuple[str, ...] | None:
    if text is None:
        return None
    labels = tuple(_BETWEEN_OPTIONS.sub("", text))
    wrong = sorted({label for label in labels if not _LABEL.fullmatch(label)})
    if wrong:
        reasons.append(
            f"options {text!r} has {', '.join(map(repr, wrong))}: labels are single letters or digits"
        )
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        reasons.append(f"options {text!r} has {', '.join(twice)} more than once")
    return labels


def _key(text: str | None, labels: tuple[str, ...] | None, reasons: list[str]) -> str | None:
    if text is None:
        return None
    whole = _WHOLE_KEY.fullmatch(text)
    key = whole[1] if whole else text
    if not _LABEL.fullmatch(key):
        reasons.append(f"key is {text!r}, not one letter or digit")
        return None
    if labels is None:
        return key
    key = same_case(key, labels)
    if key not in labels:
        reasons.append(f"key {key} is not among the options {''.join(labels)}")
    return key


def difficulty_value(text: str | None, reasons: list[str]) -> str | None:
    """Return easy, medium or hard, or None for an empty cell; what is wrong is added to `reasons`."""
    if text is None or text.casefold() in DIFFICULTIES:
        return text and text.casefold()
    reasons.append(f"difficulty is {text!r}, not one of {', '.join(DIFFICULTIES)}")
    return None
