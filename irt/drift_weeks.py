"""Which items drifted in which week: the proportion right beside what the item's curve expects of these persons.

Each answer is compared with what the person's other answers say of it, so that an item is no witness in its
own case; see docs/psychometrics.md.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import ndtr

from irt.dif.groups import adjusted
from irt.drift import MODERATE
from irt.errors import InvalidArgument
from irt.fit.calibrated import log_curves, slopes
from irt.fit.kernels import predict_from_rest
from irt.fit.strata import FEWEST_EXPECTED, inverse_information
from irt.labels import Codes, Column, coded
from irt.latent import MOST_NODES, Quadrature
from irt.models import Floats, ItemParameters
from irt.responses import Responses, label_series
from irt.score import matched
from irt.scoring.prior import normal_prior

#: A week with nearly all answers of its item set the curve it would be compared with: what the fit left of its
#: variance must be at least this part.
_LEAST_LEFT = 0.1


def drift_by_week(
    responses: Responses,
    parameters: ItemParameters,
    week: Column,
    *,
    fitted: bool = True,
    mean: ArrayLike = 0.0,
    sd: ArrayLike = 1.0,
    level: float = 0.05,
    least: float = MODERATE,
) -> pl.DataFrame:
    """Observed and expected proportion right of each item in each week, and where they differ.

    An item drifted in a week when both hold: the difference is beyond chance (q_value < level, the false
    discovery rate over all items and weeks), and it matters (larger than `least`, in probability).

    Args:
        responses: the answers.
        parameters: of the items, D = 1.7 metric; answers to items without parameters are left out.
        week: of each answer, in the order of `responses`, shape (responses,); any labels.
        fitted: the parameters were estimated from these very answers. What a, b (and a c above 0) took from
            them is then projected out; False: the parameters are known from others.
        mean: of theta ~ N(mean, sd) before the answers, for all persons or one each (persons,).
        sd: likewise.
        level: of the false discovery rate.
        least: difference in probability from which on it matters.

    Returns one row an item and week with answers: item, week, n, observed, expected, se (of their
    difference), z, p_value, q_value, drifted. se and what follows is null where fewer than 5 right or wrong
    answers are expected, and where the week has so large a part of the item's answers that it set the curve.

    Raises:
        InvalidArgument: not one week for each answer, or a level outside (0, 1).
        InvalidParameters: no item of the responses has parameters.
    """
    if not 0.0 < level < 1.0:
        raise InvalidArgument(f"level must lie between 0 and 1, not {level}")
    codes, weeks = coded(week, "week")
    if len(codes) != responses.n_responses:
        raise InvalidArgument(f"{responses.n_responses} answers need a week each, not {len(codes)}")
    data, logistic, _ = matched(responses, parameters)
    if data is not responses:
        known = np.isin(np.array(responses.items, dtype=object), np.array(data.items, dtype=object))
        codes = codes[known[responses.item]]
    predicted = _predictions(data, logistic, mean, sd)
    own = np.ones((data.n_items, 3), dtype=np.float64) * fitted
    own[:, 2] *= logistic[:, 2] > 0.0
    sums = _sums(data, codes, len(weeks), predicted, own)
    return _table(data.items, weeks, sums, level, least)


def _predictions(data: Responses, logistic: Floats, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Of each answer (responses, 6), given the person's others: see `irt.fit.kernels.predict_from_rest`."""
    prior = normal_prior(data.n_persons, mean, sd, Quadrature())
    pairs, group = np.unique(np.stack([prior.mean, prior.sd], axis=1), axis=0, return_inverse=True)
    theta = _nodes(pairs)
    log_weights = -0.5 * ((theta - pairs[:, :1]) / pairs[:, 1:]) ** 2
    table = log_curves(logistic, theta)
    steep, low = slopes(logistic, theta)
    out = np.empty((data.n_responses, 6))
    predict_from_rest(
        data.starts,
        data.cells,
        group.astype(np.int64),
        table,
        np.exp(table),
        steep,
        low,
        theta,
        log_weights,
        out,
    )
    return out


def _nodes(pairs: Floats) -> Floats:
    """Nodes over every prior (mean, sd), as dense for the narrowest as those of a fit."""
    standard = Quadrature()
    low = (pairs[:, 0] + standard.low * pairs[:, 1]).min()
    high = (pairs[:, 0] + standard.high * pairs[:, 1]).max()
    gap = (standard.theta[1] - standard.theta[0]) * pairs[:, 1].min()
    return np.linspace(low, high, min(1 + int(np.ceil((high - low) / gap)), MOST_NODES))


@dataclass(frozen=True)
class _Sums:
    """One entry an item and week: what was counted, and gap, right less expected, with its variance."""

    item: Codes
    week: Codes
    n: Floats
    right: Floats
    expected: Floats
    spread: Floats
    noise: Floats


def _sums(data: Responses, week: Codes, n_weeks: int, predicted: Floats, own: Floats) -> _Sums:
    """Sums over each item and week, with the part that the item's own estimated parameters explain taken out.

    Given the others, an answer has mean p and variance p (1 - p). The score of a parameter that moves p by x
    is x (u - p) / (p (1 - p)); what the estimates would still move, and the variance that they took, is that
    of the regression on these scores (Neyman 1959), as in `irt.fit.strata`.
    """
    answered = data.item.astype(np.int64)
    cells, place = np.unique(answered * n_weeks + week, return_inverse=True)
    item = cells // n_weeks
    p, spread = predicted[:, 0], predicted[:, 5]
    moved = predicted[:, 1:4] * own[answered]
    weighted = moved / spread[:, None]
    residual = data.correct - p

    def over(codes: Codes, values: Floats, number: int) -> Floats:
        return np.array([np.bincount(codes, column, number) for column in values.T], dtype=np.float64).T

    products = (weighted[:, :, None] * moved[:, None, :]).reshape(-1, 9)
    information = over(answered, products, data.n_items).reshape(-1, 3, 3)
    inverse = inverse_information(information)
    scores = over(answered, weighted * residual[:, None], data.n_items)
    by_week = over(place, moved, len(cells))
    taken = np.einsum("ci,cij->cj", by_week, inverse[item])
    right, expected, variance = over(place, np.stack([data.correct, p, spread], axis=1), len(cells)).T
    return _Sums(
        item=item,
        week=cells % n_weeks,
        n=np.bincount(place, minlength=len(cells)).astype(np.float64),
        right=right,
        expected=expected + (taken * scores[item]).sum(axis=1),
        spread=variance,
        noise=variance - (taken * by_week).sum(axis=1),
    )


def _table(
    items: tuple[Hashable, ...], weeks: tuple[Hashable, ...], sums: _Sums, level: float, least: float
) -> pl.DataFrame:
    gap = (sums.right - sums.expected) / sums.n
    enough = np.minimum(sums.expected, sums.n - sums.expected) >= FEWEST_EXPECTED
    noise = np.where(enough & (sums.noise >= _LEAST_LEFT * sums.spread), sums.noise, np.nan)
    se = np.sqrt(noise) / sums.n
    z = gap / se
    p_value = 2.0 * ndtr(-np.abs(z))
    q_value = adjusted(p_value)
    return pl.DataFrame(
        [
            label_series("item", [items[i] for i in sums.item]),
            label_series("week", [weeks[i] for i in sums.week]),
            pl.Series("n", sums.n.astype(np.int64)),
            pl.Series("observed", sums.right / sums.n),
            pl.Series("expected", np.clip(sums.expected / sums.n, 0.0, 1.0)),
            *(
                pl.Series(name, values).fill_nan(None)
                for name, values in (("se", se), ("z", z), ("p_value", p_value), ("q_value", q_value))
            ),
            pl.Series("drifted", (q_value < level) & (np.abs(gap) > least)),
        ]
    ).sort("item", "week", maintain_order=True)
