"""How often items were met, and how much two learners have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument
from irt.models import Floats


@dataclass(frozen=True)
class Exposure:
    """Exposure of a bank over sessions.

    rates:      share of the sessions in which each item was met, shape (items,).
    largest:    the highest of them.
    used:       share of the items that at least one session met.
    overlap:    mean share of a session that two sessions have in common (Chen, Ankenmann & Spray 2003).
    unevenness: chi-square distance of the rates from equal ones (Chang & Ying 1999), 0 where all are equal.
    """

    rates: Floats
    largest: float
    used: float
    overlap: float
    unevenness: float

    def above(self, r_max: ArrayLike) -> float:
        """Share of the items whose rate is above `r_max`, one number or one for each item, shape (items,)."""
        return float((self.rates > np.asarray(r_max, dtype=np.float64)).mean())


def exposure(met: ArrayLike, sessions: int) -> Exposure:
    """Exposure from counts: in how many of `sessions` sessions each item was met, shape (items,).

    With n_j the counts, N the sessions and L the mean number of items in one, the overlap is
    sum n_j (n_j - 1) / (N (N - 1) L), over all pairs of sessions, exactly; sessions may differ in length. It is
    NaN with one session. Unevenness is sum (r_j - L / J)^2 / (L / J), with r_j the rates of J items.

    Raises:
        InvalidArgument: no items or sessions, or counts that are not numbers from 0 to `sessions`, all 0.
    """
    n = np.asarray(met, dtype=np.float64)
    if n.ndim != 1 or not len(n) or sessions < 1:
        raise InvalidArgument(
            f"exposure needs one count for each item and at least 1 session, not counts of shape {n.shape} "
            f"and {sessions} sessions"
        )
    if not ((n >= 0.0) & (n <= sessions)).all() or not n.any():
        raise InvalidArgument(
            f"an item is met in 0 to {sessions} of {sessions} sessions, and one item at least in one of them"
        )
    pairs = sessions * (sessions - 1.0) * (n.sum() / sessions)
    even = n.sum() / sessions / len(n)
    rates: Floats = n / sessions
    return Exposure(
        rates=rates,
        largest=float(rates.max()),
        used=float((n > 0.0).mean()),
        overlap=float((n * (n - 1.0)).sum() / pairs) if sessions > 1 else float("nan"),
        unevenness=float(((rates - even) ** 2).sum() / even),
    )
