"""One finding about one item: a row of `item_diagnostics`, by the item's name until it is stored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

Row = dict[str, Any]
Rows = list[Row]

#: Items in a sentence; more are counted.
_NAMED = 5


def finding(
    kind: str,
    item: str,
    *,
    unit: str,
    sentence: str,
    contrast: str = "",
    effect: float | None = None,
    statistic: float | None = None,
    p_value: float | None = None,
    q_value: float | None = None,
    grade: str | None = None,
    flagged: bool = False,
) -> Row:
    """Return a finding; NaN becomes None, as the table has it."""
    return {
        "item": item,
        "kind": kind,
        "contrast": contrast,
        "effect": known(effect),
        "unit": unit,
        "statistic": known(statistic),
        "p_value": known(p_value),
        "q_value": known(q_value),
        "grade": grade,
        "flagged": flagged,
        "sentence": sentence,
    }


def known(value: float | None) -> float | None:
    """Return a finite number as a plain float; None for None, NaN and infinity."""
    return None if value is None or not math.isfinite(value) else float(value)


def keyed(rows: Rows, named: pl.DataFrame) -> Rows:
    """Return findings by question_id and version in place of the item's name; `named` is of `snapshot.items`."""
    keys = {row["item"]: (row["question_id"], row["version"]) for row in named.iter_rows(named=True)}
    return [
        {"question_id": keys[row["item"]][0], "version": keys[row["item"]][1]}
        | {name: value for name, value in row.items() if name != "item"}
        for row in rows
    ]


def some(items: Sequence[str]) -> str:
    """Return items as words: at most five by name, the rest by number."""
    rest = len(items) - _NAMED
    return ", ".join(items[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
