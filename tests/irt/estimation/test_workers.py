from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import irt
from irt.errors import InvalidArgument
from irt.estimation.workers import Threads, blas_threads, thread_count


def test_threads_change_no_bit_of_the_estimates(simulate: Callable[..., Any]) -> None:
    data = simulate(1500, 15, seed=71, missing=0.3, c=0.2)
    one, three = (irt.calibrate(data.responses, "3PL", threads=threads) for threads in (1, 3))
    for name in ("a", "b", "c"):
        assert np.array_equal(getattr(one, name), getattr(three, name))
    for name in ("se_a", "se_b"):  # the inverse is the library's, whose sums are cut by threads
        assert getattr(one, name) == pytest.approx(getattr(three, name), rel=1e-10)
    assert one.trace == three.trace


def test_work_is_done_on_as_many_threads_as_asked_for() -> None:
    barrier = threading.Barrier(2, timeout=10)
    with Threads(2) as workers:
        assert len(set(workers.map(lambda _: (barrier.wait(), threading.get_ident())[1], [1, 2]))) == 2
    with Threads(1) as workers:
        assert workers.map(lambda _: threading.get_ident(), [1, 2]) == [threading.get_ident()] * 2


def test_matrix_products_use_the_threads_they_are_told_to_use() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    with blas_threads(1):
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_a_number_of_threads_that_is_none() -> None:
    assert thread_count(None) >= 1
    with pytest.raises(InvalidArgument, match="threads must be at least 1, not 0"):
        thread_count(0)
