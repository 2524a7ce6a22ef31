from __future__ import annotations

import sys

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


def test_information_and_its_standard_error(parameters: irt.ItemParameters) -> None:
    figure = plots.information(parameters)
    left, right = figure.axes
    total, error = left.lines[0].get_ydata(), right.lines[0].get_ydata()
    assert np.asarray(error) == pytest.approx(1.0 / np.sqrt(np.asarray(total)))
    assert left.get_ylim()[0] == right.get_ylim()[0] == 0.0
    assert left.get_ylabel() == "information of 3 items"


def test_png_bytes_are_the_same_twice_and_pyplot_stays_out(parameters: irt.ItemParameters) -> None:
    first, second = (plots.png(plots.information(parameters)) for _ in range(2))
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert first == second
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_items_that_tell_nothing_can_be_drawn() -> None:
    assert plots.png(plots.information(irt.ItemParameters(["x"], [0.0], [0.0])))[:4] == b"\x89PNG"


def test_without_parameters_there_is_nothing_to_draw() -> None:
    with pytest.raises(InvalidArgument, match="no item has parameters"):
        plots.information(irt.ItemParameters(["x"], [np.nan], [np.nan]))
