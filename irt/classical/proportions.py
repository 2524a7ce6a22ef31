"""The interval of a proportion."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from irt.errors import InvalidArgument


def proportion_interval(right: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927), which stays within 0 and 1.

    Raises:
        InvalidArgument: no trials, more right than trials, or a level outside (0, 1).
    """
    if not 0 <= right <= n or n < 1:
        raise InvalidArgument(f"right must lie between 0 and n, and n be at least 1, not {right} of {n}")
    if not 0.0 < level < 1.0:
        raise InvalidArgument(f"level must lie between 0 and 1, not {level}")
    z2 = float(ndtri(0.5 + level / 2.0)) ** 2
    centre = (right + z2 / 2.0) / (n + z2)
    half = float(np.sqrt(z2 * (right * (n - right) / n + z2 / 4.0))) / (n + z2)
    return max(centre - half, 0.0), min(centre + half, 1.0)
