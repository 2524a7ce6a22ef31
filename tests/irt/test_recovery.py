"""A short seeded run of the study of recovery; its long figures stand in docs/psychometrics.md."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulations import recovery


@pytest.mark.parametrize("design", recovery.DESIGNS[:3], ids=lambda design: design.name)
def test_estimates_scatter_as_their_standard_errors_say(design: recovery.Design) -> None:
    rng = np.random.default_rng(4_002)
    runs = [recovery.replication(design, rng) for _ in range(12)]
    for name in ("a", "b"):
        found = recovery.summary(np.concatenate([run[name] for run in runs], axis=1))
        assert found["without"] == 0.0
        assert found["coverage"] == pytest.approx(0.95, abs=0.03)
        assert found["rmse_over_se"] == pytest.approx(1.0, abs=0.12)
