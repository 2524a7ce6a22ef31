"""Type I error and power of l_z* on Warm's ability."""

from __future__ import annotations

import numpy as np
import polars as pl

from irt import fit
from tests.simulations.answers import Design, frame, rates

NAME = "person-fit"

DESIGNS = (
    Design("2PL", 1000, 15),
    Design("2PL", 1000, 40),
    Design("3PL", 1000, 15),
    Design("3PL", 1000, 40),
    Design("2PL", 1000, 150, 0.8),
    Design("3PL", 1000, 150, 0.8),
)
#: Part of the answers of an aberrant person that are guesses among four options.
GUESSED = 0.3
ABERRANT = 0.05


def study(replications: int = 200, seed: int = 20262) -> pl.DataFrame:
    """Percentages of persons below 1, 5 and 10 %: none aberrant, and of the 5 % who guess 30 % of answers."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for design in DESIGNS:
        null: list[float | None] = []
        guessing: list[float | None] = []
        for replication in range(replications):
            _, p = design.draw(rng)
            data = design.answer(rng, p)
            null += fit.person_fit(data, design.fit(data))["p"].to_list()
            if replication < replications // 4:
                some = int(ABERRANT * design.persons)
                guess = rng.random((some, design.items)) < GUESSED
                p[:some] = np.where(guess, 0.25, p[:some])
                data = design.answer(rng, p)
                guessing += fit.person_fit(data, design.fit(data))["p"].to_list()[:some]
        rows.append({"misfit": "none", **design.columns(), **rates(null)})
        rows.append({"misfit": "guesses 30 %", **design.columns(), **rates(guessing)})
    return frame(rows)
