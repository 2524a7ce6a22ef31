from __future__ import annotations

import sys
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


def test_information_and_its_standard_error(parameters: irt.ItemParameters) -> None:
    figure = plots.information(parameters)
    left, right = figure.axes
    total, error = left.lines[0].get_ydata(), right.lines[0].get_ydata()
    assert np.asarray(error) == pytest.approx(1.0 / np.sqrt(np.asarray(total)))


def test_png_bytes_are_the_same_twice_and_pyplot_stays_out(parameters: irt.ItemParameters) -> None:
    first, second = (plots.png(plots.information(parameters)) for _ in range(2))
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert first == second
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_what_cannot_be_drawn_is_said(parameters: irt.ItemParameters) -> None:
    with pytest.raises(InvalidArgument, match="no parameters to draw for item 3"):
        plots.icc(parameters, items=[0, 3])
    nothing = irt.ItemParameters(["x"], [np.nan], [np.nan])
    with pytest.raises(InvalidArgument, match="no item has parameters"):
        plots.icc(nothing)
    with pytest.raises(InvalidArgument, match="no item has parameters"):
        plots.information(nothing)
    with pytest.raises(InvalidArgument, match="2 bands"):
        plots.icc(parameters, bands=1)


def test_the_wright_map_counts_every_person_and_fitted_item(parameters: irt.ItemParameters) -> None:
    theta = np.array([-9.0, -0.1, 0.1, 0.1, 9.0])
    persons, items = plots.wright_map(parameters, theta).axes
    assert [bar.get_width() for bar in persons.patches if bar.get_width()] == [1, 1, 2, 1]
    assert sum(bar.get_width() for bar in items.patches) == 3
    assert persons.get_xlabel() == "5 persons (theta)"
    heights = [bar.get_y() + bar.get_height() / 2 for bar in items.patches if bar.get_width()]
    assert heights == pytest.approx([-0.875, 0.125, 1.125])


def test_a_wright_map_needs_an_item() -> None:
    with pytest.raises(InvalidArgument, match="no item has parameters"):
        plots.wright_map(irt.ItemParameters(range(1), [np.nan], [np.nan], [np.nan]), np.zeros(3))
