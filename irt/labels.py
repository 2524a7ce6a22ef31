"""Labels of persons and items, and their codes: small whole numbers in order of first appearance."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidResponses

Codes = NDArray[np.int64]
Small = NDArray[np.int32]
Labels = tuple[Hashable, ...]
#: One column: an array, a polars series, or any sequence of plain values.
Column = ArrayLike | Sequence[Hashable]

#: Whole numbers are coded by a table as long as their range, where that is not much longer than the column.
_SPARSEST = 4


def coded(values: Column, what: str) -> tuple[Small, Labels]:
    """`encode` of a whole column, vectorised where it is an array or a series of texts, numbers or bools."""
    series = _series(values)
    if series is None:
        codes, labels = encode(listed(values), what)
        return codes.astype(np.int32), labels
    if series.null_count():
        raise _empty(int(series.is_null().arg_max() or 0), what)
    distinct = series.unique(maintain_order=True)
    return _places(series, distinct), tuple(distinct.to_list())


def encode(labels: Iterable[Hashable], what: str) -> tuple[Codes, Labels]:
    """(codes, distinct labels) with codes in order of first appearance; `what` names them in errors."""
    known: dict[Hashable, int] = {}
    codes = np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.int64)
    for label, code in known.items():
        if is_empty(label):
            raise _empty(int((codes == code).argmax()), what)
    return codes, tuple(known)


def is_empty(label: Hashable) -> bool:
    """Whether a label is None or NaN, which name nothing."""
    return label is None or label != label  # noqa: PLR0124 - NaN is the one value unequal to itself


def label_series(name: str, labels: Sequence[object]) -> pl.Series:
    """Labels as a column of a frame: as they are where polars has a type for them, else as text."""
    kinds = {type(label) for label in labels}
    plain = len(kinds) == 1 and kinds <= {int, str, bool, float}
    return pl.Series(
        name, labels if plain else [str(label) for label in labels], dtype=None if plain else pl.String
    )


def listed(values: Column) -> list[Hashable]:
    """A column as plain Python values, so that a numpy string and a str of the same text are one label."""
    for method in ("to_list", "tolist"):
        if hasattr(values, method):
            listed: list[Hashable] = getattr(values, method)()
            return listed
    return list(values)  # type: ignore[arg-type]


def _series(values: Column) -> pl.Series | None:
    """The column as a series of texts, whole numbers or bools; None where it holds anything else."""
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "iubU":
        return pl.Series(values)
    if not isinstance(values, pl.Series):
        return None
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        return values.cast(pl.String)
    plain = values.dtype.is_integer() or values.dtype in (pl.String, pl.Boolean)
    return values if plain else None


def _places(series: pl.Series, distinct: pl.Series) -> Small:
    """The place of each value among the distinct ones."""
    if series.dtype == pl.Boolean:
        series, distinct = series.cast(pl.Int8), distinct.cast(pl.Int8)
    if series.dtype.is_integer():
        values, known = series.to_numpy(), distinct.to_numpy()
        low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
        if high - low <= _SPARSEST * len(values):
            table = np.zeros(high - low + 1, dtype=np.int32)
            table[known - low] = np.arange(len(known), dtype=np.int32)
            found: Small = table[values - low]
            return found
        series, distinct = series.cast(pl.String), distinct.cast(pl.String)
    places: Small = series.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32).to_numpy()
    return places


def _empty(row: int, what: str) -> InvalidResponses:
    return InvalidResponses(f"row {row}: the {what} is empty; give a label or leave the row out")
