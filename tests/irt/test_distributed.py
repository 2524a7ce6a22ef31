"""On a real cluster of processes: the same figures to the bit, also when a worker is killed in mid-fit."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster

import irt
from irt.distributed import on_cluster


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "120s"}),
        LocalCluster(
            n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def responses() -> irt.Responses:
    rng = np.random.default_rng(101)
    theta, a, b = rng.normal(size=(30_000, 1)), rng.lognormal(0.0, 0.3, 80), rng.normal(size=80)
    matrix = (rng.random((30_000, 80)) < irt.models.probability(theta, a, b, 0.2)).astype(float)
    matrix[rng.random(matrix.shape) < 0.6] = np.nan
    return irt.Responses.from_matrix(matrix)


def fit(responses: irt.Responses, **settings: Any) -> irt.Calibration:
    return irt.calibrate(responses, "3PL", standard_errors=False, **settings)


def same_bits(one: irt.Calibration, other: irt.Calibration) -> bool:
    return one.trace == other.trace and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("a", "b", "c")
    )


@pytest.mark.timeout(180)
def test_a_cluster_gives_the_figures_of_threads_also_after_a_worker_was_killed(
    client: Client, responses: irt.Responses
) -> None:
    on_threads = fit(responses)
    assert on_threads.converged
    assert same_bits(on_threads, fit(responses, executor=on_cluster(client)))
    killed: list[int] = []

    def kill(one: irt.Pass) -> None:
        if one.number == 3:
            holders = [address for address, held in client.has_what().items() if held]
            victim = client.run(os.getpid)[holders[0]]
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    assert same_bits(on_threads, fit(responses, executor=on_cluster(client), progress=kill))
    assert len(killed) == 1
    assert killed[0] not in client.run(os.getpid).values()


def test_a_fit_leaves_nothing_behind(client: Client, responses: irt.Responses) -> None:
    fit(responses, executor=on_cluster(client), max_passes=1)
    until = time.monotonic() + 30.0
    while any(client.has_what().values()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(client.has_what().values())
