"""Labels as codes, quickly where polars has a type for the column, one by one where it has none."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidResponses

Codes = NDArray[np.int64]
#: One column: an array, a polars series, or any sequence of plain values.
Column = ArrayLike | Sequence[Hashable]


def coded(values: Column, what: str) -> tuple[Codes, tuple[Hashable, ...]]:
    """(codes, distinct labels) in order of first appearance; `what` names the column in errors.

    Raises:
        InvalidResponses: an empty label (None or NaN).
    """
    series = plain(values)
    if series is None:
        return encode(listed(values), what)
    gone = missing(series)
    if gone.any():
        raise InvalidResponses(
            f"row {int(gone.argmax())}: the {what} is empty; give a label or leave the row out"
        )
    labels = series.unique(maintain_order=True)
    places = pl.DataFrame({"label": labels, "code": np.arange(len(labels))})
    codes = pl.DataFrame({"label": series}).join(places, on="label", how="left", maintain_order="left")
    return codes["code"].to_numpy().astype(np.int64), tuple(labels.to_list())


def encode(labels: Iterable[Hashable], what: str) -> tuple[Codes, tuple[Hashable, ...]]:
    """(codes, distinct labels) with codes in order of first appearance; `what` names them in errors."""
    known: dict[Hashable, int] = {}
    codes = np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.int64)
    for label, code in known.items():
        if label is None or label != label:  # noqa: PLR0124 - NaN is the one value unequal to itself
            row = int((codes == code).argmax())
            raise InvalidResponses(f"row {row}: the {what} is empty; give a label or leave the row out")
    return codes, tuple(known)


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
