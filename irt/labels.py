"""Labels as codes, quickly where polars has a type for the column, one by one where it has none."""

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


def coded(values: Column, what: str) -> tuple[Codes, Labels]:
    """(codes, distinct labels) in order of first appearance; `what` names the column in errors.

    Raises:
        InvalidResponses: an empty label (None or NaN).
    """
    codes, labels = small_codes(values, what)
    return codes.astype(np.int64), labels


def small_codes(values: Column, what: str) -> tuple[Small, Labels]:
    """As `coded`, in half the memory: whoever multiplies such codes must widen them before."""
    series = plain(values)
    if series is None:
        codes, labels = encode(listed(values), what)
        return codes.astype(np.int32), labels
    gone = missing(series)
    if gone.any():
        raise InvalidResponses(
            f"row {int(gone.argmax())}: the {what} is empty; give a label or leave the row out"
        )
    distinct = series.unique(maintain_order=True)
    return _places(series, distinct), tuple(distinct.to_list())


def _places(series: pl.Series, distinct: pl.Series) -> Small:
    """The place of each value among the distinct ones."""
    if series.dtype.is_integer() and len(distinct):
        values, known = series.to_numpy(), distinct.to_numpy()
        low, high = int(known.min()), int(known.max())
        if values.dtype.kind in "iu" and high - low <= _SPARSEST * len(values):
            table = np.zeros(high - low + 1, dtype=np.int32)
            table[known - low] = np.arange(len(known), dtype=np.int32)
            found: Small = table[values - low]
            return found
    if series.dtype == pl.String:
        places = series.cast(pl.Enum(distinct)).to_physical()
    else:
        known_at = pl.DataFrame({"label": distinct, "code": np.arange(len(distinct), dtype=np.int32)})
        places = pl.DataFrame({"label": series}).join(
            known_at, on="label", how="left", maintain_order="left"
        )["code"]
    codes: Small = places.cast(pl.Int32).to_numpy()
    return codes


def encode(labels: Iterable[Hashable], what: str) -> tuple[Codes, Labels]:
    """(codes, distinct labels) with codes in order of first appearance; `what` names them in errors."""
    known: dict[Hashable, int] = {}
    codes = np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.int64)
    for label, code in known.items():
        if is_empty(label):
            row = int((codes == code).argmax())
            raise InvalidResponses(f"row {row}: the {what} is empty; give a label or leave the row out")
    return codes, tuple(known)


def is_empty(label: Hashable) -> bool:
    """Whether a label is None or NaN, which name nothing."""
    return label is None or label != label  # noqa: PLR0124 - NaN is the one value unequal to itself


def listed(values: Column) -> list[Hashable]:
    """A column as plain Python values, so that a numpy string and a str of the same text are one label."""
    for method in ("to_list", "tolist"):
        if hasattr(values, method):
            listed: list[Hashable] = getattr(values, method)()
            return listed
    return list(values)  # type: ignore[arg-type]


def plain(values: Column) -> pl.Series | None:
    """The column as a series of text, whole numbers or floats; None if it is none of these, or a mixture."""
    if isinstance(values, pl.Series):
        series = values.cast(pl.String) if values.dtype in (pl.Categorical, pl.Enum) else values
    elif isinstance(values, np.ndarray) and values.dtype.kind in "iufU":
        series = pl.Series(values)
    else:
        column = listed(values)
        kinds = {type(value) for value in column} - {type(None)}
        if len(kinds) != 1 or not kinds <= {int, float, str}:
            return None
        try:
            series = pl.Series(column)
        except (OverflowError, TypeError):  # whole numbers beyond 128 bits
            return None
    return series if series.dtype == pl.String or series.dtype.is_numeric() else None


def missing(series: pl.Series) -> NDArray[np.bool_]:
    """Where a plain column has no value: null or NaN, shape (rows,)."""
    gone = series.is_null()
    if series.dtype.is_float():
        gone |= series.is_nan().fill_null(False)
    return gone.to_numpy()
