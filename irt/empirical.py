"""Proportions right by band of theta beside what the curves expect, with the standard error of the gap.

Each person counts in every band by the posterior probability of lying in it (Stone 2000): under the model the
proportions then lie on the curve, which those grouped by a point estimate do not, since estimates are drawn
towards the mean.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.estimation.compiled import compiled
from irt.estimation.shards import log_table
from irt.latent import Quadrature
from irt.models import Floats, ItemParameters
from irt.responses import Responses, label_series
from irt.results import Calibration
from irt.score import latent_prior, matched
from irt.scoring.posterior_kernels import Cells, Starts, weigh
from irt.scoring.prior import MOST_SHARED

#: Bands with fewer expected answers say nothing about an item; fewer right or wrong ones make no normal residual.
FEWEST = 5.0
#: Twice as dense as those of a fit, so that a band has several.
_NODES = 121


@dataclass(frozen=True)
class Bands:
    """Arrays of shape (items, bands), NaN where fewer than 5 answers are expected.

    theta is the mean ability in the band, n the expected number of answers, observed and expected the
    proportion right; se is the standard error of their difference and residual the difference over se, both
    NaN also where fewer than 5 right or 5 wrong answers are expected: there the residual is not normal.
    """

    items: tuple[Hashable, ...]
    theta: Floats
    n: Floats
    observed: Floats
    expected: Floats
    se: Floats
    residual: Floats

    def table(self) -> pl.DataFrame:
        """One row an item and band with enough answers: item, theta, n, observed, expected, se, residual."""
        full = np.isfinite(self.observed)
        names = ("theta", "n", "observed", "expected", "se", "residual")
        labels = [self.items[i] for i in np.nonzero(full)[0]]
        return pl.DataFrame(
            [
                label_series("item", labels),
                *(pl.Series(name, getattr(self, name)[full]).fill_nan(None) for name in names),
            ]
        )


def by_band(
    responses: Responses,
    parameters: ItemParameters | Calibration,
    *,
    bands: int = 12,
    low: float = -3.0,
    high: float = 3.0,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
) -> Bands:
    """Observed and expected proportions in even bands of theta, of the items that have parameters.

    With g the posterior probability of a person at a node, the gap of an item in a band is the sum over
    persons of sum over its nodes of g (answer - P), which has mean 0 under the model; its standard error is
    the root of the sum of squares of the persons' terms (Haberman, Sinharay & Chon 2013, with the item
    parameters taken as known, which makes the residuals of the items' own calibration sample slightly too
    small). theta ~ N(0, 1), or as the calibration has it; `mean`, `sd` and `groups` as in `irt.score`.

    Raises:
        InvalidArgument: fewer than 2 bands, a range that does not go up, or as in `irt.score`.
        InvalidParameters: no item of the responses has parameters.
    """
    if bands < 2:
        raise InvalidArgument(f"at least 2 bands are needed, not {bands}")
    if not low < high:
        raise InvalidArgument(f"bands must go up from low to high, not from {low} to {high}")
    data, logistic, _ = matched(responses, parameters)
    prior = latent_prior(data, parameters, mean, sd, groups, Quadrature(nodes=_NODES))
    if not prior.shared:
        raise InvalidArgument(
            f"bands take at most {MOST_SHARED} different priors of persons; put the persons into groups"
        )
    sums = np.zeros((5, data.n_items, bands))
    for part in prior.shared:
        band = np.digitize(part.theta, np.linspace(low, high, bands + 1)).astype(np.int64) - 1
        table = log_table(logistic, part.theta)
        add_bands(
            part.members,
            data.starts,
            data.cells,
            logistic,
            table,
            np.exp(table[1::2]),
            part.theta,
            part.log_weights,
            band,
            sums,
        )
    n, at, right, expected, square = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        full = np.where(n >= FEWEST, n, np.nan)
        normal = np.minimum(expected, n - expected) >= FEWEST
        se = np.where(normal, np.sqrt(square) / full, np.nan)
        gap = (right - expected) / full
        residual = np.where(se > 0.0, gap / se, np.nan)
    return Bands(
        data.items, at / full, np.where(n >= FEWEST, n, np.nan), right / full, expected / full, se, residual
    )


@compiled
def add_bands(
    who: Starts,
    starts: Starts,
    cells: Cells,
    items: Floats,
    table: Floats,
    curves: Floats,
    theta: Floats,
    log_weights: Floats,
    band: NDArray[np.int64],
    sums: Floats,
) -> None:
    """Add to sums (5, items, bands): answers, theta, right, expected, squared gap; band -1 or beyond is none.

    Built anew only when this file changes: touch it after a change of `posterior_kernels.weigh`.
    """
    bands, nodes = sums.shape[2], len(theta)
    posterior = np.empty(nodes)
    mass, moment, share = np.empty(bands), np.empty(bands), np.empty(bands)
    for person in who:
        first, last = starts[person], starts[person + 1]
        if first == last:
            continue
        weigh(cells, first, last, items, table, theta, log_weights, posterior)
        posterior /= posterior.sum()
        mass[:], moment[:] = 0.0, 0.0
        for q in range(nodes):
            if 0 <= band[q] < bands:
                mass[band[q]] += posterior[q]
                moment[band[q]] += posterior[q] * theta[q]
        for k in range(first, last):
            item, right = cells[k] >> 1, cells[k] & 1
            share[:] = 0.0
            for q in range(nodes):
                if 0 <= band[q] < bands:
                    share[band[q]] += posterior[q] * curves[item, q]
            for d in range(bands):
                sums[0, item, d] += mass[d]
                sums[1, item, d] += moment[d]
                sums[2, item, d] += right * mass[d]
                sums[3, item, d] += share[d]
                sums[4, item, d] += (right * mass[d] - share[d]) ** 2
