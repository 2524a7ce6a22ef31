from __future__ import annotations

import pytest
from scipy.stats import binomtest

from irt.classical import proportion_interval
from irt.errors import InvalidArgument


@pytest.mark.parametrize(
    ("right", "n", "level"), [(0, 7, 0.95), (7, 7, 0.9), (13, 40, 0.95), (250, 1000, 0.99)]
)
def test_it_is_wilsons_interval(right: int, n: int, level: float) -> None:
    known = binomtest(right, n).proportion_ci(level, method="wilson")
    assert proportion_interval(right, n, level) == pytest.approx((known.low, known.high), abs=1e-12)


def test_what_cannot_be_done_is_said() -> None:
    for right, n in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(InvalidArgument, match="between 0 and n"):
            proportion_interval(right, n)
    with pytest.raises(InvalidArgument, match="level"):
        proportion_interval(1, 2, 1.0)
