"""Columns as codes: each distinct value once, as text, and small whole numbers that say which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingestion.imports.files import as_text

Codes = NDArray[np.int32]
MISSING = -1

# Whole numbers are coded by a table as long as their range, where that is not much longer than the column.
_SPARSEST = 4


def coded(path: Path, column: pl.Series) -> tuple[Codes, list[str]]:
    """Return (codes, the distinct values as text in order of first appearance); null is coded -1."""
    distinct = column.drop_nulls().unique(maintain_order=True)
    return _places(column, distinct), as_text(path, distinct).to_list()


def _places(column: pl.Series, distinct: pl.Series) -> Codes:
    if distinct.is_empty():
        return np.full(len(column), MISSING, dtype=np.int32)
    if column.dtype.is_integer() and not column.null_count():
        low, high = int(distinct.min()), int(distinct.max())  # type: ignore[arg-type]
        if high - low <= _SPARSEST * len(column):
            table = np.zeros(high - low + 1, dtype=np.int32)
            table[distinct.to_numpy() - low] = np.arange(len(distinct), dtype=np.int32)
            found: Codes = table[column.to_numpy() - low]
            return found
    if column.dtype == pl.String:
        places = column.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32)
    else:
        places = column.replace_strict(
            distinct,
            pl.int_range(len(distinct), dtype=pl.Int32, eager=True),
            default=None,
            return_dtype=pl.Int32,
        )
    codes: Codes = places.fill_null(MISSING).to_numpy()
    return codes
