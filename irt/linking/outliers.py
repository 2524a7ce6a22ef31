"""Common items whose parameters moved otherwise than the others'."""

from __future__ import annotations

import numpy as np

from irt.models import Floats, ItemParameters

#: A standard deviation below this is rounding.
_FLAT = 1e-6


def robust_z(values: Floats) -> Floats:
    """(value - median) / (0.74 interquartile range), the robust z of Huynh & Meyer (2010).

    0.74 IQR is the standard deviation of a normal distribution; NaN is left out and stays NaN.
    """
    low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75])
    z: Floats = (values - middle) / max(0.74 * (high - low), _FLAT)
    return z


def anchor_z(source: ItemParameters, target: ItemParameters, cut: float) -> tuple[Floats, Floats]:
    """Robust z of ln a_target - ln a_source and of b_target - A b_source, each of shape (items,).

    A is the geometric mean of a_source / a_target of the items that the first leaves within `cut`, so that
    the second is not disturbed by slopes that moved (Huynh & Meyer 2010, two-parameter case).
    """
    change = np.log(target.a) - np.log(source.a)
    z_a = robust_z(change)
    slope = np.exp(-change[np.abs(z_a) <= cut].mean())
    return z_a, robust_z(target.b - slope * source.b)
