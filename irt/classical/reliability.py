"""Reliability of the number-right score on a complete block: Cronbach's alpha and McDonald's omega."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from irt.blocks import complete_block
from irt.models import Floats
from irt.responses import Responses

_NAN = float("nan")
_MOST_ROUNDS, _SAME = 10_000, 1e-12


@dataclass(frozen=True)
class Reliability:
    """alpha and omega of the number right, NaN where there is none; persons and items used.

    `reason` says which persons and items were left out, and why a value is missing; empty if nothing was.
    """

    alpha: float
    omega: float
    n: int
    n_items: int
    reason: str


def reliability(responses: Responses, items: Sequence[Hashable] | None = None) -> Reliability:
    """Alpha (Cronbach 1951) and omega (McDonald 1999) from the covariances S of the items.

    alpha = k / (k - 1) * (1 - trace S / sum S). omega = (sum l)^2 / ((sum l)^2 + sum (s_ii - l_i^2)), with the
    loadings l of one factor by least squares on the covariances between items (minres: Harman & Jones 1966).
    Where all loadings are equal the two agree; else alpha is the lower.

    Args:
        responses: the answers; persons who did not answer all of the items are left out.
        items: labels of the block's items; None for all.

    Raises:
        InvalidArgument: an unknown item, or one named twice.
    """
    block = complete_block(responses, items)
    n, k = block.right.shape
    note = block.note(responses)
    if n < 2 or k < 3:
        why = f"no reliability: {n} persons answered all of {k} items; 2 persons and 3 items are needed"
        return Reliability(_NAN, _NAN, n, k, why)
    covariance = np.cov(block.right.astype(np.float64), rowvar=False)
    total = covariance.sum()
    if not total > 0.0:
        return Reliability(_NAN, _NAN, n, k, "no reliability: all persons have the same number right")
    alpha = k / (k - 1) * (1.0 - np.trace(covariance) / total)
    loadings = one_factor(covariance)
    if loadings is None:
        note = "; ".join(filter(None, [note, "no omega: one factor does not fit the covariances"]))
        return Reliability(float(alpha), _NAN, n, k, note)
    common = float(loadings.sum() ** 2)
    unique = float((np.diag(covariance) - loadings**2).sum())
    return Reliability(float(alpha), common / (common + unique), n, k, note)


def one_factor(covariance: Floats) -> Floats | None:
    """Loadings that minimise the squared residuals off the diagonal; None where they run away.

    Each loading in turn is set to its best value given the others, which never raises the sum of squares.
    """
    between = covariance - np.diag(np.diag(covariance))
    together = between.sum()
    if not together > 0.0:
        return None
    loadings = between.sum(axis=1) / np.sqrt(together)
    for _ in range(_MOST_ROUNDS):
        before = loadings.copy()
        for i in range(len(loadings)):
            others = loadings @ loadings - loadings[i] ** 2
            loadings[i] = between[i] @ loadings / others if others > 0.0 else 0.0
        if np.abs(loadings - before).max() <= _SAME:
            return loadings if (loadings**2 <= np.diag(covariance) + _SAME).all() else None
    return None
