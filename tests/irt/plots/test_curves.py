from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt import plots
from irt.errors import InvalidArgument


@pytest.fixture
def parameters() -> irt.ItemParameters:
    return irt.ItemParameters(
        range(4), [1.0, 0.7, 1.3, np.nan], [0.0, -1.0, 1.0, np.nan], [0.0, 0.2, 0.1, np.nan]
    )


def test_each_item_with_parameters_has_a_panel(parameters: irt.ItemParameters) -> None:
    figure = plots.icc(parameters, columns=2)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["0", "1", "2"]
    assert shown[1].lines[0].get_ydata()[-1] > 0.95
    assert not shown[0].collections


def test_points_lie_on_the_curve_where_the_model_holds(simulate: Callable[..., Any]) -> None:
    data = simulate(4000, 12, seed=5)
    known = irt.ItemParameters(data.responses.items, data.a, data.b, data.c)
    figure = plots.icc(known, data.responses, items=[3, 7], bands=8)
    assert len(figure.axes) == 2
    for axes, item in zip(figure.axes, (3, 7), strict=True):
        at = np.asarray(axes.collections[0].get_offsets())
        assert len(at) == 8
        assert (np.diff(at[:, 0]) > 0.0).all()
        assert at[:, 1] == pytest.approx(
            irt.models.probability(at[:, 0], data.a[item], data.b[item], 0.0), abs=0.05
        )


def test_points_leave_the_curve_where_the_model_fails(simulate: Callable[..., Any]) -> None:
    data = simulate(4000, 20, seed=6)
    matrix = data.matrix.copy()
    able = data.theta > 0.5
    matrix[able, 3] = np.arange(able.sum()) % 5 == 0
    known = irt.ItemParameters(range(20), data.a, data.b, data.c)
    at = np.asarray(
        plots.icc(known, irt.Responses.from_matrix(matrix), items=[3]).axes[0].collections[0].get_offsets()
    )
    high = at[at[:, 0] > 1.0]
    curve = irt.models.probability(high[:, 0], data.a[3], data.b[3], 0.0)
    assert (curve - high[:, 1] > 0.2).all()


def test_the_band_holds_the_points_where_the_model_holds(simulate: Callable[..., Any]) -> None:
    data = simulate(4000, 30, seed=7)
    known = irt.ItemParameters(range(30), data.a, data.b, data.c)
    outside = drawn = 0
    for axes in plots.icc(known, data.responses).axes:
        points, band = axes.collections[:2]
        at, edges = np.asarray(points.get_offsets()), band.get_paths()[0].vertices
        colours = points.get_facecolors()[:, 0] > 0.7
        for (theta, proportion), red in zip(at, colours, strict=True):
            own = edges[np.isclose(edges[:, 0], theta)]
            if len(own):
                drawn += 1
                outside += red
                low, high = own[:, 1].min(), own[:, 1].max()
                assert red == (not low - 1e-9 <= proportion <= high + 1e-9)
    assert outside / drawn == pytest.approx(0.05, abs=0.04)


def test_residuals_show_the_item_that_fails(simulate: Callable[..., Any]) -> None:
    data = simulate(3000, 8, seed=8)
    matrix = data.matrix.copy()
    able = data.theta > 0.5
    matrix[able, 3] = np.arange(able.sum()) % 5 == 0
    known = irt.ItemParameters(range(8), data.a, data.b, data.c)
    figure = plots.residuals(known, irt.Responses.from_matrix(matrix), items=[3, 5])
    bad, good = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["3", "5"]
    assert len(bad.texts) == 1
    assert float(bad.texts[0].get_text()) < -6.0
    assert not good.texts
    assert good.get_ylim() == bad.get_ylim()


def test_long_and_strange_labels_are_shown_as_they_are() -> None:
    labels = ["a question with a label that is much too long", "$x_1$ & \\alpha", "Frage 3: Größe"]
    figure = plots.icc(irt.ItemParameters(labels, [1.0] * 3, [0.0] * 3))
    titles = [axes.get_title() for axes in figure.axes]
    assert len(titles[0]) <= 26
    assert titles[0].startswith("a question w")
    assert titles[1:] == labels[1:]
    assert plots.png(figure)[:4] == b"\x89PNG"


def test_what_cannot_be_drawn_is_said(parameters: irt.ItemParameters) -> None:
    with pytest.raises(InvalidArgument, match="no parameters to draw for item 3"):
        plots.icc(parameters, items=[0, 3])
    nothing = irt.ItemParameters(["x"], [np.nan], [np.nan])
    with pytest.raises(InvalidArgument, match="no item has parameters"):
        plots.icc(nothing)
    with pytest.raises(InvalidArgument, match="2 bands"):
        plots.icc(parameters, bands=1)
