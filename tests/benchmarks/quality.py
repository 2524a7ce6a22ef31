"""What adaptive sessions are worth: length, error and exposure on a bank whose truth is known, beside catsim."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from catsim.estimation import NumericalSearchEstimator
from catsim.initialization import FixedPointInitializer
from catsim.selection import MaxInfoSelector
from catsim.simulation import Simulator
from catsim.stopping import MinErrorStopper

from irt.models import D, Floats, ItemParameters
from irt.selection import EligibilityCounts, Rules, SelectionBank, StoppingRule
from irt.selection.constraints import constraints
from irt.simulation import Delivered, Delivery, deliver, draw_bank
from tests.benchmarks.figure import Figure
from tests.irt.selection.banks import bank as bank_with_blueprint

ITEMS, SIMULEES, SEED = 500, 1_000, 41
SE, MOST = 0.3, 60
R_MAX = 0.20
#: Sessions of a blueprint, each decision a shadow test as it is served.
BLUEPRINT_SIMULEES, BLUEPRINT_LENGTH = 100, 30
#: Theta points of conditional control.
POINTS = np.linspace(-1.8, 1.8, 7)


def measure() -> Iterator[Figure]:
    """Stop at a standard error: plain, by catsim, and under conditional eligibility; then under a blueprint."""
    rng = np.random.default_rng(SEED)
    true, theta = draw_bank(rng, ITEMS, "3PL"), rng.normal(size=SIMULEES)
    bank = SelectionBank(true.a, true.b, true.c)
    by_error = Delivery(stopping=StoppingRule(se=SE, max_length=MOST))
    likelihood = replace(by_error, rules=Rules(method="ML"))
    counts = EligibilityCounts.empty(POINTS, ITEMS, R_MAX)
    peer, peer_seconds = _catsim(true, theta)
    for name, delivery in (("EAP", by_error), ("ML", likelihood)):
        began = time.perf_counter()
        found = deliver(bank, true, delivery, theta, SEED, time.perf_counter)
        taken = time.perf_counter() - began
        of = f"sessions to SE {SE} on {ITEMS} items by {name}, beside catsim"
        yield Figure(f"{of}: mean length", float(found.length.mean()), "items", peer["length"])
        yield Figure(f"{of}: RMSE", found.rmse, "theta", peer["rmse"])
        yield Figure(f"{of}: time of a session", 1e3 * taken / SIMULEES, "ms", 1e3 * peer_seconds / SIMULEES)
    free = deliver(bank, true, by_error, theta, SEED, time.perf_counter)
    held = deliver(bank, true, replace(by_error, counts=counts), theta, SEED, time.perf_counter)
    yield from _controlled(free, held)
    yield from _by_blueprint()


def _controlled(free: Delivered, held: Delivered) -> Iterator[Figure]:
    """What conditional eligibility keeps to, and what it costs beside no control."""
    of = f"conditional eligibility, r_max {R_MAX}"
    yield Figure(
        f"{of}: largest rate", held.exposure.largest, "share", free.exposure.largest, R_MAX, at_most=True
    )
    yield Figure(f"{of}: overlap", held.exposure.overlap, "share", free.exposure.overlap)
    yield Figure(f"{of}: mean length", float(held.length.mean()), "items", float(free.length.mean()))
    yield Figure(f"{of}: RMSE", held.rmse, "theta", free.rmse)


def _by_blueprint() -> Iterator[Figure]:
    """Sessions under quotas, enemies and item sets with eligibility: all must meet the blueprint."""
    (a, b, c), blueprint = bank_with_blueprint(SEED, ITEMS, BLUEPRINT_LENGTH)
    theta = np.random.default_rng(SEED + 1).normal(size=BLUEPRINT_SIMULEES)
    asked = Delivery(
        stopping=StoppingRule(length=BLUEPRINT_LENGTH),
        rows=constraints(blueprint),
        counts=EligibilityCounts.empty(POINTS, ITEMS, R_MAX),
    )
    true = ItemParameters(range(ITEMS), a, b, c)
    found = deliver(SelectionBank(a, b, c), true, asked, theta, SEED, time.perf_counter)
    of = f"{BLUEPRINT_SIMULEES} sessions of {BLUEPRINT_LENGTH} by a blueprint with eligibility"
    yield Figure(f"{of}: blueprints missed", found.violated, "sessions", goal=0.0, at_most=True)
    free = deliver(
        SelectionBank(a, b, c), true, replace(asked, rows=None, counts=None), theta, SEED, time.perf_counter
    )
    yield Figure(f"{of}: RMSE, beside neither", found.rmse, "theta", free.rmse)
    yield Figure(f"{of}: decision, median", 1e3 * float(np.median(found.taken)), "ms")


def _catsim(true: ItemParameters, theta: Floats) -> tuple[dict[str, float], float]:
    """The same simulees and bank by catsim, in its logistic metric; and the seconds it took."""
    items = np.column_stack([D * true.a, true.b, true.c, np.ones(ITEMS)])
    peer = Simulator(
        items,
        theta,
        FixedPointInitializer(0.0),
        MaxInfoSelector(),
        NumericalSearchEstimator(),
        MinErrorStopper(SE, max_items=MOST),
        seed=SEED,
    )
    began = time.perf_counter()
    peer.simulate()
    taken = time.perf_counter() - began
    length = float(np.mean([len(met) for met in peer.administered_items]))
    last = np.array([estimates[-1] for estimates in peer.estimations])
    return {"length": length, "rmse": float(np.sqrt(np.mean((last - theta) ** 2)))}, taken
