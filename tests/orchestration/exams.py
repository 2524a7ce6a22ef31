"""Small exams as files, simulated from known parameters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from irt.models import probability

SEED = 7


def write_exam(folder: Path, persons: int = 600, items: int = 12, *, easy: bool = True) -> tuple[Path, Path]:
    """Write items.csv and responses.csv of a 2PL exam; with `easy`, one more item that everybody gets right.

    Key is A throughout; who is wrong chooses B, C or D at random.
    """
    random = np.random.default_rng(SEED)
    theta = random.normal(size=persons)
    a = random.uniform(0.6, 1.4, size=items)
    b = np.linspace(-1.5, 1.5, items)
    right = random.uniform(size=(persons, items)) < probability(theta[:, None], a, b, np.zeros(items))
    chosen = np.where(right, "A", random.choice(["B", "C", "D"], size=right.shape))
    names = [f"I{number}" for number in range(1, items + 1)]
    columns = {"person": [f"p{number}" for number in range(persons)]}
    columns |= {name: chosen[:, number].tolist() for number, name in enumerate(names)}
    if easy:
        names.append("EASY")
        columns["EASY"] = ["A"] * persons
    folder.mkdir(parents=True, exist_ok=True)
    responses, keys = folder / "responses.csv", folder / "items.csv"
    pl.DataFrame(columns).write_csv(responses)
    pl.DataFrame({"item": names, "key": ["A"] * len(names), "options": ["ABCD"] * len(names)}).write_csv(keys)
    return keys, responses
