"""Conditional exposure control by item eligibility (van der Linden & Veldkamp 2007).

    probability = eligibility_probability(counts)               once a session, with the counts of the day
    drawn = draw_eligible(probability, rng)                     (K, items), kept for the session
    weights = point_weights(posterior, nodes, counts.points)    before each item, or nearest_point(theta, points)
    mask, feasible = eligible_now(drawn, weights, available, needed)
    counts = count_session(counts, weights, administered, drawn, feasible=...)    at the end

`feasible` of the session is False once any of its items was chosen with all items open.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.models import Floats
from irt.selection.eligibility_counts import EligibilityCounts

Bools = NDArray[np.bool_]


def eligibility_probability(counts: EligibilityCounts) -> Floats:
    """Probability with which each item is eligible at each theta point, shape (K, items).

    With n sessions counted at a point, f of them feasible, e in which the item was open and m that met it:
    1 - n / f + r_max e n / (m f), cut to [0, 1]; 1 for an item that nobody met there (van der Linden &
    Veldkamp 2007). Where every session was feasible that is min(1, r_max e / m).
    """
    n, f = counts.sessions[:, None], counts.feasible[:, None]
    known = (counts.administered > 0.0) & (f > 0.0)
    share = np.divide(n, f, out=np.ones_like(n), where=f > 0.0)
    odds = np.divide(counts.open, counts.administered, out=np.ones_like(counts.open), where=known)
    probability: Floats = np.where(known, 1.0 - share + counts.r_max * odds * share, 1.0)
    return probability.clip(0.0, 1.0)


def draw_eligible(probability: Floats, rng: np.random.Generator) -> Bools:
    """What is eligible at each theta point during one session, shape (K, items)."""
    drawn: Bools = rng.random(probability.shape) < probability
    return drawn


def nearest_point(theta: float, points: ArrayLike) -> Floats:
    """Weights (K,) that count a learner wholly to the theta point nearest to `theta`, of two the lower.

    Raises:
        InvalidArgument: a theta that is not finite.
    """
    at = np.asarray(points, dtype=np.float64)
    if not np.isfinite(theta):
        raise InvalidArgument(f"theta must be finite to have a nearest point, not {theta}")
    weights = np.zeros(len(at))
    weights[np.abs(at - theta).argmin()] = 1.0
    return weights


def point_weights(posterior: ArrayLike, nodes: ArrayLike, points: ArrayLike) -> Floats:
    """Probability that a learner belongs to each theta point, shape (K,), sum 1.

    `posterior` has the probability (or anything proportional to it) at each of `nodes`, each of shape (nodes,);
    a node belongs to the point nearest to it, of two the lower.

    Raises:
        InvalidArgument: unequal lengths, or weights that are negative, not finite, or all 0.
    """
    weight, theta = np.asarray(posterior, dtype=np.float64), np.asarray(nodes, dtype=np.float64)
    at = np.asarray(points, dtype=np.float64)
    if weight.shape != theta.shape or weight.ndim != 1:
        raise InvalidArgument(f"{theta.shape} nodes need one weight each, not {weight.shape}")
    if not (np.isfinite(weight).all() and (weight >= 0.0).all() and weight.any()):
        raise InvalidArgument("weights of a posterior must be finite, at least 0, and not all 0")
    middles = 0.5 * (at[1:] + at[:-1])
    sums = np.bincount(np.searchsorted(middles, theta), weight, minlength=len(at))
    shares: Floats = sums / sums.sum()
    return shares


def eligible_now(
    drawn: Bools, weights: Floats, available: Bools, needed: int, *, reach: float = 0.02
) -> tuple[Bools, bool]:
    """(items to choose the next one from, whether eligible ones were enough).

    An item is eligible when it was drawn at every point to which the learner may belong, that is with a weight
    of at least `reach`; weights by `nearest_point` make it the one point of van der Linden & Veldkamp. Where
    that leaves fewer than are needed to finish the session, the least likely points are left out one by one;
    where the likeliest alone leaves too few, all available items are open and the session is infeasible.

    Args:
        drawn: by `draw_eligible`, shape (K, items).
        weights: by `point_weights` or `nearest_point`, shape (K,).
        available: not yet administered and permitted otherwise, shape (items,).
        needed: items that the session still needs, this one included.
        reach: least probability with which a point counts.

    Raises:
        InvalidArgument: shapes that do not agree, `needed` below 1, or `reach` outside (0, 1].
    """
    if drawn.shape != (len(weights), len(available)):
        raise InvalidArgument(
            f"{len(weights)} points and {len(available)} items need draws of that shape, not {drawn.shape}"
        )
    if needed < 1 or not 0.0 < reach <= 1.0:
        raise InvalidArgument(
            f"needed must be at least 1 and reach in (0, 1], not {needed} and {reach}; "
            "a session that needs nothing has ended"
        )
    likeliest = np.argsort(-weights, kind="stable")
    depth = max(1, int((weights >= reach).sum()))
    mask, feasible = available.copy(), False
    for point in likeliest[:depth]:
        narrower = mask & drawn[point]
        if np.count_nonzero(narrower) < needed:
            break
        mask, feasible = narrower, True
    return mask, feasible


def count_session(
    counts: EligibilityCounts, weights: Floats, administered: Bools, drawn: Bools, *, feasible: bool
) -> EligibilityCounts:
    """The counts with one more session.

    A point to which the session belongs with weight w has what it counted before times fade^w: sessions
    at other points do not age it.

    Args:
        counts: so far.
        weights: of the learner at the end, sum 1, shape (K,).
        administered: met in the session, shape (items,).
        drawn: what was eligible in it, shape (K, items).
        feasible: False if its items ran out and all were opened.

    Raises:
        InvalidArgument: shapes that do not agree, or weights that are not probabilities.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != counts.points.shape or drawn.shape != counts.open.shape:
        raise InvalidArgument(
            f"counts of {counts.open.shape} need weights and draws alike, not {w.shape} and {drawn.shape}"
        )
    if administered.shape != counts.r_max.shape:
        raise InvalidArgument(f"{len(counts.r_max)} items need one flag each, not {administered.shape}")
    if not ((w >= 0.0).all() and abs(w.sum() - 1.0) < 1e-6):
        raise InvalidArgument(f"weights of a session must be at least 0 and sum to 1, not {w.tolist()}")
    kept, share = counts.fade**w, w[:, None]
    return replace(
        counts,
        sessions=counts.sessions * kept + w,
        feasible=counts.feasible * kept + w * feasible,
        administered=counts.administered * kept[:, None] + share * administered,
        open=counts.open * kept[:, None] + share * (drawn | (not feasible)),
    )
