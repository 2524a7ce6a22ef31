"""A short run of the study whose figures stand in docs/psychometrics.md."""

from __future__ import annotations

import pytest

from tests.simulations.scores import study


def test_errors_are_as_large_as_the_standard_errors_say() -> None:
    found = {(row["method"], row["theta"]): row for row in study(6, seed=7).iter_rows(named=True)}
    assert found["EAP", None]["coverage"] == pytest.approx(0.95, abs=0.012)
    assert found["EAP", None]["rmse_over_se"] == pytest.approx(1.0, abs=0.05)
    for place in (-1.0, 0.0, 1.0):
        assert abs(found["WLE", place]["bias"]) < 0.03
        for method in ("WLE", "ML"):
            assert found[method, place]["coverage"] == pytest.approx(0.95, abs=0.025)
            assert found[method, place]["rmse_over_se"] == pytest.approx(1.0, abs=0.1)
    assert found["EAP", 2.0]["bias"] < -0.15  # towards the mean
    assert found["ML", 2.0]["bias"] > 0.03  # outwards; Warm's weight takes it away
    assert abs(found["WLE", 2.0]["bias"]) < 0.03
    assert found["ML", 2.0]["without"] > 0.0
    assert found["WLE", 2.0]["without"] == 0.0
