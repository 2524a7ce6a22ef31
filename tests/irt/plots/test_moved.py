from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

import irt
from irt import plots
from irt.drift import Estimates, drift
from irt.errors import InvalidArgument
from irt.linking import curve_distance
from irt.plots.figures import OUTSIDE, POINTS
from irt.plots.moved import _band

B = np.linspace(-2.0, 2.0, 21)
LABELS = [f"item-$n_{k}" for k in range(21)]


def moved(by: dict[int, float], first: int = 0) -> pl.DataFrame:
    errors = np.full(21, 0.05)
    shift = np.array([by.get(k, 0.0) for k in range(21)])
    return drift(
        Estimates(irt.ItemParameters(LABELS, 0.9, B), errors, errors),
        Estimates(
            irt.ItemParameters(LABELS[first:], 0.9, (B + shift)[first:]), errors[first:], errors[first:]
        ),
    )


def points(axes: Axes) -> PathCollection:
    (found,) = (each for each in axes.collections if isinstance(each, PathCollection))
    return found


def test_what_drifted_is_red_and_named_and_nothing_else() -> None:
    (axes,) = plots.drift_scatter(moved({5: 0.8, 12: -0.6})).axes
    offsets = {tuple(np.round(xy, 6)) for xy in np.asarray(points(axes).get_offsets())}
    assert (round(B[5], 6), round(B[5] + 0.8, 6)) in offsets
    colours = [to_hex(colour) for colour in points(axes).get_facecolors()]  # type: ignore[attr-defined]
    assert (colours.count(OUTSIDE), colours.count(POINTS)) == (2, 19)
    named = {text.get_text() for text in axes.texts if isinstance(text, Annotation)}
    assert named == {"item-$n_5", "item-$n_12"}
    assert axes.get_title() == "21 items compared, 2 drifted"


def test_the_band_is_where_a_curve_moves_by_less_than_the_effect() -> None:
    at = np.array([-2.5, 0.0, 1.5])
    down, up = _band(at, 0.8, 0.05)
    for edge in (at - down, at + up):
        one, other = (irt.ItemParameters(range(3), 0.8, b) for b in (at, edge))
        assert curve_distance(one, other) == pytest.approx(np.full(3, 0.05), abs=5e-4)
    assert down[0] > up[0] > up[1]


def test_many_that_drifted_are_counted_and_the_furthest_named() -> None:
    table = moved({k: 0.5 + 0.05 * k for k in range(21)}).with_columns(pl.lit(value=True).alias("drifted"))
    (axes,) = plots.drift_scatter(table).axes
    named = [text.get_text() for text in axes.texts if isinstance(text, Annotation)]
    assert len(named) == 12
    assert set(named) == set(table.sort("distance", descending=True)["item"][:12])
    assert axes.get_title().endswith("21 drifted, 9 of them without a label")


def test_items_of_one_calibration_alone_are_left_out_and_the_picture_is_a_png() -> None:
    figure = plots.drift_scatter(moved({10: 9.0}, first=6))
    assert len(np.asarray(points(figure.axes[0]).get_offsets())) == 15
    assert figure.axes[0].get_ylim()[1] < 7.0
    assert plots.png(figure).startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_refused() -> None:
    table = moved({})
    with pytest.raises(InvalidArgument, match="no column 'b_after'; give what"):
        plots.drift_scatter(table.drop("b_after"))
    with pytest.raises(InvalidArgument, match="effect must be above 0"):
        plots.drift_scatter(table, 0.0)
    with pytest.raises(InvalidArgument, match="nothing to draw"):
        plots.drift_scatter(table.clear())
