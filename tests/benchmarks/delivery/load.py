"""/next and /answers under load: how long they take, and beside the same without a choice or a check."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from database import embedded
from tests.benchmarks.delivery import bank
from tests.benchmarks.delivery.learners import LENGTH, Learner, Taken, together
from tests.benchmarks.figure import Figure
from tests.services.broker import free_ports, guard

ITEMS, LEARNERS, QUIZZES, RUNS = 100_000, 4, 6, 5
#: Most times as long as the peer, at the median and at the 99th percentile.
NEXT_P50, NEXT_P99, ANSWERS_P50 = 1.25, 2.0, 2.0
PATIENCE_S = 120


def measure(folder: Path) -> Iterator[Figure]:
    """Five runs; in each, learners take quizzes turn by turn with what they are compared with."""
    home = folder / "delivery"
    try:
        url = embedded.ensure_running(home)
        bank.lay(url, ITEMS)
        with _served(url, home) as port:
            together(port, LEARNERS, Learner.compared)  # banks are loaded, statements prepared
            runs = [together(port, LEARNERS, _compared)[0] for _ in range(RUNS)]
            yield from _compare(runs)
            yield from _rates(port)
    finally:
        embedded.purge(home)


def _compared(learner: Learner) -> None:
    for _ in range(QUIZZES):
        learner.compared()


def _compare(runs: list[Taken]) -> Iterator[Figure]:
    at = f"{ITEMS:,} items, {LEARNERS} learners at once"
    for kind, peer, quantile, most in (
        ("next", "fixed", 0.5, NEXT_P50),
        ("next", "fixed", 0.99, NEXT_P99),
        ("answers", "bare", 0.5, ANSWERS_P50),
        ("answers", "bare", 0.99, None),
        ("next", "empty", 0.5, None),
        ("answers", "empty", 0.5, None),
    ):
        ours, theirs = (_median(runs, one, quantile) for one in (kind, peer))
        yield Figure(
            f"/{kind}, {at}: p{100 * quantile:g} beside {_PEERS[peer]}", 1e3 * ours, "ms", 1e3 * theirs,
            goal=None if most is None else 1.0 / most,
        )  # fmt: skip


_PEERS = {
    "fixed": "the same transaction with a fixed item",
    "bare": "one bare transaction",
    "empty": "an empty endpoint",
}


def _median(runs: list[Taken], kind: str, quantile: float) -> float:
    return statistics.median(float(np.quantile(run[kind], quantile)) for run in runs)


def _rates(port: int) -> Iterator[Figure]:
    """Requests a second of each kind of quiz alone, in turn."""
    takes: dict[str, Callable[[Learner], None]] = {"/next and /answers": _quiz, "empty endpoint": _nothing}
    rates: dict[str, list[float]] = {kind: [] for kind in takes}
    for _ in range(RUNS):
        for kind, take in takes.items():
            taken, seconds = together(port, LEARNERS, take)
            rates[kind].append(sum(map(len, taken.values())) / seconds)
    for kind, each in rates.items():
        yield Figure(
            f"{kind}, {LEARNERS} learners at once, one process", statistics.median(each), "requests/s"
        )


def _quiz(learner: Learner) -> None:
    for _ in range(2):
        quiz = learner.begin()
        for _ in range(LENGTH):
            learner.turn(quiz)


def _nothing(learner: Learner) -> None:
    for _ in range(4 * LENGTH):
        learner.ask("empty", "GET", "/bench/empty")


@contextmanager
def _served(url: str, home: Path) -> Iterator[int]:
    """The API as a process, once it answers."""
    port, _ = free_ports()
    command = [*guard(), sys.executable, "-m", "tests.benchmarks.delivery.server", str(port)]
    environment = {**os.environ, "QBANK_DATABASE_URL": url, "QBANK_HOME": str(home), "QBANK_REDIS_URL": ""}
    with (home / "api.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + PATIENCE_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the API did not start: {(home / 'api.log').read_text()}")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except OSError:
        return False
