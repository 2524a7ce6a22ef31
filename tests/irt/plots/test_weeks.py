from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from irt import plots
from irt.errors import InvalidArgument
from irt.plots.figures import OUTSIDE, POINTS

WEEKS = [dt.date(2026, 3, 2) + dt.timedelta(days=7 * n) for n in range(3)]
TABLE = pl.DataFrame(
    {
        "item": ["x"] * 3 + ["y"] * 3,
        "week": [WEEKS[2], WEEKS[0], WEEKS[1], *WEEKS],
        "observed": [0.9, 0.5, 0.4, 0.2, 0.3, 0.2],
        "expected": [0.6, 0.5, 0.5, 0.25, 0.25, 0.25],
        "se": [0.05, 0.04, None, 0.05, 0.05, 0.05],
        "drifted": [True, False, False, False, False, False],
    }
)


def test_weeks_ascend_and_those_that_drifted_are_red() -> None:
    figure = plots.weeks(TABLE, ["x", "y"])
    panel = figure.axes[0]
    (points,) = (each for each in panel.collections if isinstance(each, PathCollection))
    drawn = np.asarray(points.get_offsets())
    assert drawn[:, 1].tolist() == [0.5, 0.4, 0.9]
    assert [to_hex(colour) for colour in points.get_facecolors()] == [POINTS, POINTS, OUTSIDE]  # type: ignore[attr-defined]
    assert np.asarray(panel.lines[0].get_ydata()).tolist() == [0.5, 0.5, 0.6]
    assert [label.get_text() for label in panel.get_xticklabels()] == [str(week) for week in WEEKS]
    assert panel.get_title() == "x"


def test_many_weeks_have_few_labels_and_the_picture_is_a_png() -> None:
    long = pl.DataFrame(
        {
            "item": ["x"] * 60,
            "week": [WEEKS[0] + dt.timedelta(days=7 * n) for n in range(60)],
            "observed": [0.5] * 60,
            "expected": [0.5] * 60,
            "se": [0.1] * 60,
            "drifted": [False] * 60,
        }
    )
    figure = plots.weeks(long, ["x"])
    assert len(figure.axes[0].get_xticks()) <= 5
    assert plots.png(figure)[:4] == b"\x89PNG"


def test_an_item_without_weeks_is_named() -> None:
    with pytest.raises(InvalidArgument, match="no weeks of item 'z'"):
        plots.weeks(TABLE, ["x", "z"])
    with pytest.raises(InvalidArgument, match="no item to draw"):
        plots.weeks(TABLE, [])
