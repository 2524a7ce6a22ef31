"""What the picture of simulated sessions shows, read back from its axes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.selection import SelectionBank, StoppingRule
from irt.simulation import Delivered, Delivery, deliver

ITEMS, SIMULEES = 40, 60


@pytest.fixture(scope="module")
def found() -> dict[str, Delivered]:
    rng = np.random.default_rng(6)
    b, theta = rng.normal(size=ITEMS), rng.normal(size=SIMULEES)
    bank, true = SelectionBank(np.ones(ITEMS), b, 0.0), irt.ItemParameters(range(ITEMS), np.ones(ITEMS), b)
    ticks = itertools.count()
    return {
        name: deliver(bank, true, Delivery(stopping=StoppingRule(length=n)), theta, 1, lambda: next(ticks))
        for name, n in (("short", 5), ("long", 20))
    }


def test_each_panel_has_a_line_for_each_configuration(found: dict[str, Delivered]) -> None:
    made = irt.plots.sessions(found, r_max=0.3)
    bias, rmse, length, rates = made.axes
    assert [line.get_label() for line in rmse.lines] == ["short", "long"]
    short, long = rmse.lines
    assert len(short.get_xdata()) == 3  # twenty simulees in each band
    bands = found["long"].by_theta(np.quantile(found["long"].theta, [1 / 3, 2 / 3]))
    np.testing.assert_allclose(long.get_ydata(), bands["rmse"].to_numpy())
    np.testing.assert_allclose(length.lines[1].get_ydata(), 20.0)
    assert (np.diff(short.get_xdata()) > 0.0).all()
    np.testing.assert_allclose(bias.lines[-1].get_ydata(), 0.0)
    met = rates.lines[0].get_ydata()
    np.testing.assert_allclose(met, np.sort(found["short"].exposure.rates)[::-1])
    assert set(rates.lines[-1].get_ydata()) == {0.3}
    assert irt.plots.png(made).startswith(b"\x89PNG")


def test_no_or_too_many_configurations_are_refused(found: dict[str, Delivered]) -> None:
    with pytest.raises(InvalidArgument, match="1 to 8 configurations, not 0"):
        irt.plots.sessions({})
    with pytest.raises(InvalidArgument, match="not 9"):
        irt.plots.sessions(dict.fromkeys(map(str, range(9)), found["short"]))
