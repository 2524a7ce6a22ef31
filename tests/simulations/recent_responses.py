"""False alarms of the suite recent_responses: how many items a night it names where nothing has changed.

500 items whose p-values, option shares and times are the same on the day as on the 28 before, at the fewest answers
that are compared and at more. Times are lognormal, and 2 in 100 are twenty times as long: a tab left open.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from expectations.suite import SUITES

NAME = "recent_responses"
ITEMS = 500
Floats = NDArray[np.float64]


def thresholds() -> dict[str, Any]:
    """Return the thresholds of the suite as they stand in its file."""
    content: dict[str, Any] = json.loads((SUITES / "recent_responses.json").read_text(encoding="utf-8"))
    return dict(content["thresholds"])


def p_z(day: Floats, before: Floats, n_day: int, n_before: int) -> Floats:
    """Return the difference of two proportions in standard errors, by the arcsine of the root."""
    arc = 2 * (np.arcsin(np.sqrt(day)) - np.arcsin(np.sqrt(before)))
    z: Floats = arc / np.sqrt(1 / n_day + 1 / n_before)
    return z


def option_z(day: Floats, before: Floats, n_day: int, n_before: int) -> Floats:
    """Return Pearson's chi-square of two rows of shares as a normal deviate (Wilson and Hilferty 1931)."""
    pooled = (day * n_day + before * n_before) / (n_day + n_before)
    chosen = pooled > 0
    df = np.maximum(chosen.sum(axis=1) - 1, 1)
    parts = np.divide((day - before) ** 2, pooled, out=np.zeros_like(pooled), where=chosen)
    chi_square = parts.sum(axis=1) / (1 / n_day + 1 / n_before)
    z: Floats = (np.cbrt(chi_square / df) - (1 - 2 / (9 * df))) / np.sqrt(2 / (9 * df))
    return z


def night(random: np.random.Generator, n_day: int, n_before: int, items: int = ITEMS) -> dict[str, int]:
    """Return how many items each expectation would name on one good night."""
    limits = thresholds()
    key = random.uniform(0.15, 0.97, items)
    distractors = random.dirichlet(np.full(3, 0.7), items) * (1 - key)[:, None]
    shares = np.column_stack([key, distractors])
    day = random.multinomial(n_day, shares) / n_day
    before = random.multinomial(n_before, shares) / n_before
    distance = np.abs(day - before).sum(axis=1) / 2
    p_far = np.abs(day[:, 0] - before[:, 0]) > limits["p_shift_largest"]
    options = option_z(day, before, n_day, n_before) > limits["z_highest"]
    times, times_before = _log_times(random, items, n_day), _log_times(random, items, n_before)
    slower = times.mean(axis=1) - times_before.mean(axis=1)
    error = times_before.std(axis=1, ddof=1) * np.sqrt(1 / n_day + 1 / n_before)
    return {
        "p_value_steady": int(
            (p_far & (np.abs(p_z(day[:, 0], before[:, 0], n_day, n_before)) > limits["z_highest"])).sum()
        ),
        "option_shares_steady": int((options & (distance > limits["option_distance_largest"])).sum()),
        "response_time_steady": int(
            (
                (np.abs(slower) > np.log(limits["time_factor_largest"]))
                & (np.abs(slower) / error > limits["z_highest"])
            ).sum()
        ),
    }


def _log_times(random: np.random.Generator, items: int, n: int) -> Floats:
    left_open = random.random((items, n)) < 0.02
    log_times: Floats = random.normal(np.log(30_000), 0.6, (items, n)) + left_open * np.log(20)
    return log_times


def study(replications: int = 2_000, seed: int = 1) -> pl.DataFrame:
    """Return false alarms a night by the number of answers, over so many nights."""
    random = np.random.default_rng(seed)
    limits = thresholds()
    rows = []
    for n_day, n_before in (
        (limits["answers_of_day_fewest"], limits["answers_before_fewest"]),
        (100, 1_000),
    ):
        nights = pl.DataFrame([night(random, n_day, n_before) for _ in range(replications)])
        named = nights.mean().row(0, named=True)
        rows.append({"n_day": n_day, "n_before": n_before, **named, "alarms_a_night": sum(named.values())})
    return pl.DataFrame(rows)
