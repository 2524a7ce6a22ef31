"""Type I error of item_fit where each next item depends on the answers before."""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from irt import fit
from tests.simulations.answers import Design, Floats, frame, rates

NAME = "item-fit-adaptive"

#: (design, answers a person, next item at random among so many of the most informative)
DESIGNS = (
    (Design("2PL", 3000, 60), 15, 3),
    (Design("2PL", 3000, 60), 25, 10),
    (Design("2PL", 3000, 150), 20, 10),
    (Design("3PL", 3000, 60), 15, 3),
    (Design("3PL", 3000, 60), 25, 10),
)
_NODES = np.linspace(-4.0, 4.0, 41)


def study(replications: int = 100, seed: int = 20266) -> pl.DataFrame:
    """Percentages of items below 1, 5 and 10 %."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for design, length, among in DESIGNS:
        p: list[float | None] = []
        for _ in range(replications):
            data = _adaptive(rng, design, length, among)
            p += fit.item_fit(data, design.fit(data))["fit_p"].to_list()
        rows.append({**design.columns(), "answers": length, "among": among, **rates(p)})
    return frame(rows)


def _adaptive(rng: np.random.Generator, design: Design, length: int, among: int) -> irt.Responses:
    a = rng.lognormal(0.33, 0.3, design.items) / irt.models.D
    b = rng.normal(0.0, 1.0, design.items)
    c = rng.beta(5.0, 17.0, design.items) if design.model == "3PL" else np.zeros(design.items)
    theta = rng.normal(size=design.persons)
    everyone = np.arange(design.persons)
    curves = irt.models.probability(_NODES[:, None], a, b, c)
    information = a**2 * (1.0 - curves) / curves * ((curves - c) / (1.0 - c)) ** 2
    log_posterior = np.tile(-0.5 * _NODES**2, (design.persons, 1))
    matrix: Floats = np.full((design.persons, design.items), np.nan)
    for _ in range(length):
        posterior = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
        mean = posterior @ _NODES / posterior.sum(axis=1)
        value = information[np.clip(np.rint((mean + 4.0) / 0.2).astype(int), 0, 40)].copy()
        value[~np.isnan(matrix)] = -1.0
        best = np.argpartition(-value, among, axis=1)[:, :among]
        item = best[everyone, rng.integers(0, among, design.persons)]
        right = rng.random(design.persons) < irt.models.probability(theta, a[item], b[item], c[item])
        matrix[everyone, item] = right
        log_posterior += np.where(right[:, None], np.log(curves.T[item]), np.log1p(-curves.T[item]))
    return irt.Responses.from_matrix(matrix)
