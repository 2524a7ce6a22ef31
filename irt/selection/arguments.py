"""Whether what a session hands over can be worked with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, InvalidParameters
from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.constraints import Constraints


def check_items(rows: Constraints, items: ArrayLike) -> Codes:
    """Indices of different items of the bank, shape (n,).

    Raises:
        InvalidArgument: they are not.
    """
    codes = np.asarray(items)
    bank = len(rows.classes)
    if codes.ndim != 1 or (len(codes) and codes.dtype.kind not in "iu"):
        raise InvalidArgument(
            f"items must be a list of whole numbers, not {codes.dtype} of shape {codes.shape}"
        )
    for item in codes[(codes < 0) | (codes >= bank)]:
        raise InvalidArgument(f"item {item} is not in the bank, which has items 0 to {bank - 1}")
    if len(np.unique(codes)) < len(codes):
        raise InvalidArgument("an item is listed twice: each is administered once at most")
    return codes.astype(np.int64)


def check_values(
    rows: Constraints, values: ArrayLike, eligible: NDArray[np.bool_], reserve: NDArray[np.bool_]
) -> Floats:
    """Values of the bank's items, shape (items,).

    Raises:
        InvalidArgument: something has not one entry for each item.
        InvalidParameters: the value of an item that may be used is not finite.
    """
    worth: Floats = np.asarray(values, dtype=np.float64)
    shape = rows.classes.shape
    for name, given in (("values", worth), ("eligible", eligible), ("reserve", reserve)):
        if given.shape != shape:
            raise InvalidArgument(f"{name} has shape {given.shape}, and the bank {shape[0]} items")
    for item in np.flatnonzero((eligible | reserve) & ~np.isfinite(worth)):
        raise InvalidParameters(
            f"item {item} is eligible and has the value {worth[item]}: give it a finite one"
        )
    return worth
