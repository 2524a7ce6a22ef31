from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import irt
from irt.errors import InvalidArgument
from irt.score import METHODS
from irt.scoring.threads import in_pieces


@pytest.mark.parametrize("method", ["EAP", "MAP", "WLE", "ML"])
def test_the_bits_do_not_depend_on_threads(simulate: Callable[..., Any], method: str) -> None:
    data = simulate(501, 20, seed=51, missing=0.3, c=0.2)
    known = irt.ItemParameters(data.responses.items, data.a, data.b, data.c)
    one, two, seven = (irt.score(data.responses, known, method=method, threads=n) for n in (None, 2, 7))
    for other in (two, seven):
        assert np.array_equal(one.theta, other.theta, equal_nan=True)
        assert np.array_equal(one.se, other.se, equal_nan=True)
        assert one.status == other.status
    drawn = [irt.plausible_values(data.responses, known, 3, 9, threads=n) for n in (1, 3)]
    assert np.array_equal(*drawn)


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(12)), method=st.sampled_from(METHODS))
def test_neither_do_estimates_depend_on_the_order_of_persons_and_items(order: list[int], method: str) -> None:
    rng = np.random.default_rng(52)
    matrix = (rng.random((12, 12)) < 0.6).astype(float)
    a, b, c = rng.uniform(0.5, 2.0, 12), rng.normal(size=12), rng.uniform(0.0, 0.3, 12)
    one = irt.score(irt.Responses.from_matrix(matrix), irt.ItemParameters(range(12), a, b, c), method=method)
    shuffled = irt.Responses.from_matrix(matrix[np.ix_(order, order)], persons=order, items=order)
    other = irt.score(shuffled, irt.ItemParameters(range(12), a, b, c), method=method)
    assert other.theta == pytest.approx(one.theta[order], abs=1e-9, nan_ok=True)
    assert other.se == pytest.approx(one.se[order], abs=1e-8, nan_ok=True)


def test_pieces_cover_everything_once() -> None:
    for number, threads in ((0, 3), (2, 3), (100, 3), (7, None)):
        done = np.zeros(number, dtype=int)

        def work(begin: int, end: int, done: np.ndarray = done) -> None:
            done[begin:end] += 1

        in_pieces(work, number, threads)
        assert (done == 1).all()
    with pytest.raises(InvalidArgument, match="threads must be at least 1"):
        in_pieces(work, 5, 0)
