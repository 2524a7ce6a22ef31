"""Rows of item parameters as `irt` takes them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

import irt


def of_rows(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[Hashable] | None = None, prefix: str = ""
) -> irt.ItemParameters:
    """Return a, b, c (D = 1.7 metric) of rows under `labels`, by default each row's `item`; NaN for null.

    prefix: of the columns' names, for rows that hold two sets.
    """
    return irt.ItemParameters(
        tuple(row["item"] for row in rows) if labels is None else tuple(labels),
        *(np.array([row[prefix + name] for row in rows], dtype=np.float64) for name in ("a", "b", "c")),
    )
