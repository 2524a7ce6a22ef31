"""Type I error and power of item_fit and S-X2."""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from irt import fit
from tests.simulations.answers import Design, Floats, frame, rates

NAME = "item-fit"

NULL = (
    Design("2PL", 500, 20),
    Design("2PL", 1000, 10),
    Design("2PL", 2000, 40),
    Design("2PL", 2000, 60, 0.6),
    Design("2PL", 3000, 150, 0.85),
    Design("3PL", 2000, 40),
    Design("3PL", 2000, 60, 0.6),
    Design("3PL", 5000, 40, priors="none"),
)
#: Of these, item 0 alone does not follow the model, but for "3PL": there all items guess.
POWER = ("3PL fitted by 2PL", "answered at random", "mis-keyed", "peaked", "slips")
POWER_DESIGNS = (Design("2PL", 2000, 40), Design("2PL", 3000, 100, 0.6))


def study(replications: int = 200, seed: int = 20261) -> pl.DataFrame:
    """Percentages of items below 1, 5 and 10 %; of misfits, of the items that misfit."""
    rng = np.random.default_rng(seed)
    rows = [row for design in NULL for row in _null(design, replications, rng)]
    for design in POWER_DESIGNS:
        for misfit in POWER:
            rows += _power(design, misfit, replications, rng)
    return frame(rows)


def _null(design: Design, replications: int, rng: np.random.Generator) -> list[dict[str, object]]:
    found: dict[str, list[float | None]] = {"item_fit": [], "S-X2": []}
    for _ in range(replications):
        data = design.answer(rng, design.draw(rng)[1])
        _test(data, design.fit(data), design, found)
    return _rows(design, "none", found)


def _power(
    design: Design, misfit: str, replications: int, rng: np.random.Generator
) -> list[dict[str, object]]:
    found: dict[str, list[float | None]] = {"item_fit": [], "S-X2": []}
    for _ in range(replications):
        drawn = design if misfit != POWER[0] else Design("3PL", design.persons, design.items, design.missing)
        theta, p = drawn.draw(rng)
        if misfit != POWER[0]:
            p[:, 0] = _curve(misfit, theta, p[:, 0], rng)
        data = drawn.answer(rng, p)
        _test(data, drawn.fit(data, "2PL"), design, found, everything=misfit == POWER[0])
    return _rows(design, misfit, found)


def _curve(misfit: str, theta: Floats, p: Floats, rng: np.random.Generator) -> Floats:
    if misfit == "answered at random":
        return np.where(rng.random(len(p)) < 0.3, 0.25, p)
    if misfit == "mis-keyed":
        return (1.0 - p) / 3.0
    if misfit == "peaked":  # beyond theta = 1 the able are led astray
        return 1.0 / (1.0 + np.exp(-1.5 * np.where(theta < 1.0, theta, 2.0 - theta)))
    return 0.85 * p


def _test(
    data: irt.Responses,
    calibration: irt.Calibration,
    design: Design,
    found: dict[str, list[float | None]],
    everything: bool = True,
) -> None:
    some = slice(None) if everything else slice(0, 1)
    found["item_fit"] += fit.item_fit(data, calibration)["fit_p"].to_list()[some]
    if not design.missing:
        found["S-X2"] += fit.s_x2(data, calibration)["p"].to_list()[some]


def _rows(design: Design, misfit: str, found: dict[str, list[float | None]]) -> list[dict[str, object]]:
    return [
        {"statistic": name, "misfit": misfit, **design.columns(), **rates(p)}
        for name, p in found.items()
        if p
    ]
