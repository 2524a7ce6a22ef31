"""How much a test tells along theta."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from irt.information import standard_error, test_information
from irt.models import ItemParameters
from irt.plots.figures import CURVE, SECOND, drawable, figure, tidy
from irt.results import Calibration


def information(parameters: ItemParameters | Calibration, *, low: float = -4.0, high: float = 4.0) -> Figure:
    """Test information over theta, and the standard error 1 / sqrt(information) that goes with it.

    Raises:
        InvalidArgument: no item has parameters.
    """
    known, shown, place = drawable(parameters)
    rows = np.array([place[label] for label in shown])
    a, b, c = known.a[rows], known.b[rows], known.c[rows]
    theta = np.linspace(low, high, 321)
    total, error = test_information(theta, a, b, c), standard_error(theta, a, b, c)
    found = figure(6.4, 4.0, layout="constrained")
    left = found.subplots()
    left.plot(theta, total, color=CURVE, linewidth=1.8, label="information")
    left.set(xlabel="theta", xlim=(low, high))
    left.set_ylabel(f"information of {len(rows)} item{'s' if len(rows) > 1 else ''}", color=CURVE)
    left.set_ylim(0.0, 1.18 * float(total.max()) or 1.0)  # room for the legend
    right = left.twinx()
    right.plot(theta, error, color=SECOND, linestyle="--", linewidth=1.5, label="standard error")
    right.set_ylabel("standard error of theta", color=SECOND)
    # The error grows without bound in the tails; what is above three times the smallest is not shown.
    right.set_ylim(0.0, 3.0 * float(error.min()) if np.isfinite(error.min()) else 1.0)
    left.legend(handles=[*left.lines, *right.lines], loc="upper center", ncols=2, fontsize=8, frameon=False)
    tidy(left)
    right.tick_params(labelsize=7)
    return found
