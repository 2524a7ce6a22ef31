from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.selection.exposure import exposure


def test_overlap_is_that_of_all_pairs_of_sessions() -> None:
    rng = np.random.default_rng(1)
    met = np.array([rng.permutation(12)[:5] for _ in range(9)])
    shared = [len(set(x.tolist()) & set(y.tolist())) / 5 for x, y in combinations(met, 2)]
    found = exposure(np.bincount(met.ravel(), minlength=12), 9)
    assert found.overlap == pytest.approx(np.mean(shared), rel=1e-12)


def test_sessions_of_unequal_length_share_by_their_mean_length() -> None:
    sessions = [{0, 1, 2, 3}, {0, 1}, {1, 2, 4}]
    shared = [len(x & y) for x, y in combinations(sessions, 2)]
    counts = [sum(item in session for session in sessions) for item in range(6)]
    assert exposure(counts, 3).overlap == pytest.approx(np.mean(shared) / 3.0, rel=1e-12)


def test_the_distribution() -> None:
    found = exposure([4, 2, 2, 0], 4)
    assert found.rates.tolist() == [1.0, 0.5, 0.5, 0.0]
    assert (found.largest, found.used) == (1.0, 0.75)
    assert found.unevenness == pytest.approx((0.25 + 0.25) / 0.5)
    assert found.above(0.4) == 0.75
    assert found.above([1.0, 0.4, 0.6, 0.1]) == 0.25


def test_an_even_bank_overlaps_least() -> None:
    even, narrow = exposure([5] * 20, 10), exposure([10] * 10 + [0] * 10, 10)
    assert even.unevenness == 0.0 < narrow.unevenness
    assert even.overlap == pytest.approx(4 / 9)
    assert narrow.overlap == 1.0


def test_one_session_has_no_overlap() -> None:
    assert np.isnan(exposure([1, 0, 1], 1).overlap)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="at least 1 session, not counts of shape"):
        exposure([1], 0)
    with pytest.raises(InvalidArgument, match="one count for each item"):
        exposure([], 3)
    for counts in ([4, 0], [-1, 2], [np.nan, 1], [0, 0]):
        with pytest.raises(InvalidArgument, match="is met in 0 to 3 of 3 sessions"):
            exposure(counts, 3)
