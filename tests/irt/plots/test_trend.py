from __future__ import annotations

import numpy as np
import pytest

from irt import plots
from irt.errors import InvalidArgument

RUNS = [f"2026-11-{day:02d}" for day in range(1, 31)]


def test_a_panel_a_number_with_its_last_value() -> None:
    figure = plots.trend(
        {
            "reliability": list(zip(RUNS, np.linspace(0.8, 0.91, 30), strict=True)),
            "items served": [
                (RUNS[0], 30.0),
                (RUNS[1], float("nan")),
                (RUNS[2], 35.0),
                (RUNS[3], float("nan")),
            ],
            "flags_$open": [(RUNS[0], float("nan"))],
            "mean se": [(RUNS[0], 0.25)],
        },
        "exam_$1",
    )
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["reliability", "items served", "flags_$open", "mean se"]
    assert [axes.texts[0].get_text() for axes in shown] == ["0.91", "35", "not known", "0.25"]
    line = np.asarray(shown[1].lines[0].get_ydata(), dtype=np.float64)
    assert np.array_equal(line, [30.0, np.nan, 35.0, np.nan], equal_nan=True)
    ticks = [label.get_text() for label in shown[0].get_xticklabels()]
    assert ticks[0] == RUNS[0]
    assert len(ticks) == 5
    assert plots.png(figure).startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="no key number to draw"):
        plots.trend({})
    with pytest.raises(InvalidArgument, match="no run of 'flags' to draw"):
        plots.trend({"flags": []})
