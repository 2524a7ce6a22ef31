"""Results as frames with one row an item, those set aside included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from irt.fit.calibrated import Calibrated
from irt.responses import label_series

Row = Mapping[str, object]


def by_item(
    fitted: Calibrated, rows: Sequence[Row], columns: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    """item, n and `columns`, in the calibration's order; `rows` are of the fitted items, absent is null.

    An item set aside in the calibration has nulls, and the calibration's reason.
    """
    calibration = fitted.calibration
    every: list[Row] = [{"reason": f"set aside: {reason}"} for reason in calibration.reason]
    for place, row in zip(fitted.place, rows, strict=True):
        every[place] = row
    return pl.DataFrame(
        [
            label_series("item", calibration.items),
            pl.Series("n", calibration.n),
            *(
                pl.Series(name, [row.get(name) for row in every], dtype=kind)
                for name, kind in columns.items()
            ),
        ]
    )
