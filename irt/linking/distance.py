"""How far two characteristic curves are apart, where the persons are."""

from __future__ import annotations

import numpy as np

from irt.latent import Quadrature
from irt.models import Floats, ItemParameters, probability


def curve_distance(
    one: ItemParameters,
    other: ItemParameters,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> Floats:
    """Root mean square difference in P between the curves of each item, over theta ~ N(mean, sd).

    The two hold the same items in the same order, on one scale; shape (items,), in probability. NaN for an
    item without parameters.
    """
    theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
    first, second = (probability(theta, p.a[:, None], p.b[:, None], p.c[:, None]) for p in (one, other))
    distance: Floats = np.sqrt((first - second) ** 2 @ np.exp(log_weights))
    return distance
