"""First attempts as the pipeline reads them, simulated: persons in two modes, weeks, options, rapid guesses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.models import probability
from orchestration.snapshot import SCHEMA, with_added

KEYS = {f"I{number}": "A" for number in range(1, 21)}
OPTIONS = dict.fromkeys(KEYS, 4)
FIRST = dt.date(2026, 3, 2)  # a Monday


def simulated(
    exam: int = 400,
    tutor: int = 0,
    *,
    seed: int = 1,
    tutor_mean: float = 0.0,
    weeks: int = 4,
    rapid: float = 0.0,
    rapid_right: float = 0.25,
) -> pl.DataFrame:
    """2PL answers to 20 items of learners u0, u1, ...; a part `rapid` of them are guesses, right by chance."""
    rng = np.random.default_rng(seed)
    persons, items = exam + tutor, len(KEYS)
    mode = np.array(["exam"] * exam + ["tutor"] * tutor)
    theta = rng.normal(size=persons) + np.where(mode == "tutor", tutor_mean, 0.0)
    a, b = rng.uniform(0.6, 1.3, items), np.linspace(-1.5, 1.5, items)
    who, what = np.repeat(np.arange(persons), items), np.tile(np.arange(items), persons)
    guess = rng.random(len(who)) < rapid
    chance = np.where(guess, rapid_right, probability(theta[who], a[what], b[what], np.zeros(len(who))))
    right = rng.random(len(who)) < chance
    day = [FIRST + dt.timedelta(days=7 * int(week)) for week in rng.integers(0, weeks, len(who))]
    columns: dict[str, Any] = {
        "user_id": [f"u{number}" for number in who],
        "person_id": [f"u{number} {mode[number]}" for number in who],
        "mode": mode[who],
        "window_start": [FIRST] * len(who),
        "question_id": what + 1,
        "version": [1] * len(who),
        "item": [f"I{number + 1}" for number in what],
        "correct": right.astype(np.int8),
        "option": np.where(right, "A", rng.choice(["B", "C", "D"], len(who))),
        "disposition": np.where(guess, "rapid_guess", "usable"),
        "recorded_time_ms": np.where(guess, 800, 30_000),
        "ts": [f"{each} 10:00:00+00" for each in day],
        "week": day,
        "position": what + 1,
    }
    return with_added(pl.DataFrame(columns, schema=SCHEMA))


def candidate_rows(fits: dict[str, irt.Calibration], named: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of item_calibration_candidate of some fits."""
    tables = [fit.table().join(named, on="item", how="left", maintain_order="left") for fit in fits.values()]
    return pl.concat(tables).drop("item").to_dicts()
