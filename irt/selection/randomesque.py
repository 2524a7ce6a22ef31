"""One of the best few, at random (Kingsbury & Zara 1989)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument, NothingEligible


def randomesque(ranked: NDArray[np.int64], among: int, rng: np.random.Generator) -> int:
    """One of the first `among` items of `ranked` (best first), each as likely; of fewer where there are fewer.

    Takes exactly one number from `rng`, so that a decision is replayed from the state it was made in.

    Raises:
        NothingEligible: no candidates.
        InvalidArgument: `among` below 1.
    """
    if among < 1:
        raise InvalidArgument(f"among must be at least 1, not {among}")
    if not len(ranked):
        raise NothingEligible("no item is eligible: there are no candidates to draw from")
    return int(ranked[int(rng.random() * min(among, len(ranked)))])
