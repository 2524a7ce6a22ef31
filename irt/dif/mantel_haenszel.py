"""Mantel-Haenszel DIF (Holland & Thayer 1988) with the classes of ETS."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from irt.dif.frame import frame
from irt.dif.groups import Compared, adjusted, compared
from irt.dif.matching import FEWEST_ANCHORS, STRATA, Kind, Matching, matching, strata
from irt.errors import InvalidArgument
from irt.labels import Column
from irt.models import Floats, ItemParameters
from irt.responses import Responses

#: MH D-DIF = -2.35 ln(alpha), on ETS's delta scale of difficulty.
DELTA = -2.35
_MODERATE, _LARGE = 1.0, 1.5


@dataclass(frozen=True)
class CommonOddsRatio:
    """Of each table 2 x 2 x strata, shape (items,); NaN where no stratum holds both groups.

    alpha: common odds ratio, above 1 where the reference group does better; its logarithm has the standard
    error se_log. chi_square is Mantel and Haenszel's without, chi_square_corrected with the correction for
    continuity.
    """

    alpha: Floats
    se_log: Floats
    chi_square: Floats
    chi_square_corrected: Floats


def common_odds_ratio(tables: NDArray[np.integer]) -> CommonOddsRatio:
    """Mantel & Haenszel (1959); standard error of Robins, Breslow & Greenland (1986).

    The variance is that of Phillips & Holland (1987), which is the same expression.

    Args:
        tables: shape (items, strata, 2, 2): group (reference, focal) by answer (wrong, right).
    """
    counts = tables.astype(np.float64)
    b, a = counts[:, :, 0, 0], counts[:, :, 0, 1]
    d, c = counts[:, :, 1, 0], counts[:, :, 1, 1]
    n = np.maximum(a + b + c + d, 1.0)
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    total_r, total_s = r.sum(axis=1), s.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            (p * r).sum(axis=1) / total_r**2
            + (p * s + q * r).sum(axis=1) / (total_r * total_s)
            + (q * s).sum(axis=1) / total_s**2
        ) / 2.0
        alpha = total_r / total_s
        expected = (a + b) * (a + c) / n
        spread = ((a + b) * (c + d) * (a + c) * (b + d) / (n * n * np.maximum(n - 1.0, 1.0))).sum(axis=1)
        difference = np.abs((a - expected).sum(axis=1))
        chi_square = difference**2 / spread
        corrected = np.maximum(difference - 0.5, 0.0) ** 2 / spread
    none = ~((total_r > 0.0) & (total_s > 0.0))
    for column in (alpha, variance, chi_square, corrected):
        column[none] = np.nan
    return CommonOddsRatio(alpha, np.sqrt(variance), chi_square, corrected)


def ets_classes(d_dif: Floats, se: Floats, p_value: Floats, level: float = 0.05) -> NDArray[np.str_]:
    """A, B or C of each item (Zwick 2012); "" where there is no estimate.

    A: not significantly different from 0, or |D-DIF| < 1. C: |D-DIF| >= 1.5 and, one-sided,
    significantly beyond 1. B: the others.
    """
    size = np.abs(d_dif)
    small = ~(p_value < level) | (size < _MODERATE)
    large = (size >= _LARGE) & (size - ndtri(1.0 - level) * se > _MODERATE) & ~small
    classes = np.where(small, "A", np.where(large, "C", "B"))
    return np.where(np.isnan(d_dif), "", classes)


def mantel_haenszel(
    responses: Responses,
    groups: Column,
    reference: Hashable,
    focal: Hashable | None = None,
    *,
    match: Kind = "auto",
    parameters: ItemParameters | None = None,
    n_strata: int = STRATA,
    purify: bool = True,
    level: float = 0.05,
    minimum: int = 100,
) -> pl.DataFrame:
    """Uniform DIF of every item: the odds of a right answer in two groups of persons of equal ability.

    Args:
        responses: answers; complete or sparse.
        groups: label of each of `responses.persons`; others than the two compared are left out.
        reference: label of the group to compare with.
        focal: label of the group of interest; None for the only other one.
        match: "score", number right, for complete blocks; "theta", EAP in `n_strata` strata; "auto".
        parameters: for theta, D = 1.7 metric; None fits a 2PL to the answers given.
        n_strata: strata of theta, at least 2.
        purify: leave items of class B or C out of the matching of the others, until none changes.
        level: of the test against 0, of the one-sided test against 1 and of the false discovery rate.
        minimum: answers of each group below which an item is not judged.

    Returns one row an item: item, n_reference, n_focal, matching, anchor (stayed in the matching of the
    others), alpha, d_dif (negative: harder for the focal group), se_d_dif, chi_square, chi_square_corrected,
    p_value (of chi_square), q_value (Benjamini-Hochberg), class, flagged (B or C, and q_value < level),
    reason. Null where not judged.

    Raises:
        InvalidArgument: groups or settings that are none.
    """
    if n_strata < 2 or minimum < 1 or not 0.0 < level < 1.0:
        raise InvalidArgument(
            "n_strata must be at least 2, minimum at least 1 and level between 0 and 1, not "
            f"{n_strata}, {minimum} and {level}"
        )
    two = compared(responses, groups, reference, focal)
    reasons = two.too_few(minimum)
    found = matching(two.responses, match, parameters)
    anchors = np.ones(responses.n_items, dtype=np.bool_)
    for _ in range(10 if purify else 1):
        ratio = common_odds_ratio(_tables(two, found, anchors, n_strata))
        p_value = chdtrc(1, ratio.chi_square)
        with np.errstate(invalid="ignore", divide="ignore"):
            d_dif, se = DELTA * np.log(ratio.alpha), -DELTA * ratio.se_log
        for column in (d_dif, se, p_value):
            column[list(reasons)] = np.nan
        classes = ets_classes(d_dif, se, p_value, level)
        kept = ~np.isin(classes, ["B", "C"])
        if not purify or kept.sum() < FEWEST_ANCHORS or (kept == anchors).all():
            break
        anchors = kept
    q_value = adjusted(p_value)
    nowhere = "no finite odds ratio: matched persons of one group answered all alike"
    numbers = {
        "alpha": ratio.alpha,
        "d_dif": d_dif,
        "se_d_dif": se,
        "chi_square": ratio.chi_square,
        "chi_square_corrected": ratio.chi_square_corrected,
        "p_value": p_value,
        "q_value": q_value,
    }
    why = [reasons.get(i, nowhere if np.isnan(value) else "") for i, value in enumerate(d_dif)]
    flagged = np.isin(classes, ["B", "C"]) & (q_value < level)
    return frame(two, found.kind, anchors, numbers, classes, flagged, why)


def _tables(two: Compared, found: Matching, anchors: NDArray[np.bool_], n_strata: int) -> NDArray[np.int64]:
    """Shape (items, strata, 2, 2), as `common_odds_ratio` takes them."""
    data = two.responses
    stratum, number = strata(found, anchors, n_strata)
    group, right = two.answer_focal, data.correct.astype(np.int64)
    cell = ((data.item.astype(np.int64) * number + stratum) * 2 + group) * 2 + right
    counts = np.bincount(cell, minlength=data.n_items * number * 4)
    return counts.reshape(data.n_items, number, 2, 2)
