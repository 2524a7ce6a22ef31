"""How far two characteristic curves are apart, and how well one is known, where the persons are."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from irt.errors import InvalidParameters
from irt.latent import Quadrature
from irt.models import D, Floats, ItemParameters, probability


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


def curve_error(
    parameters: ItemParameters,
    se_a: Floats,
    se_b: Floats,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> Floats:
    """Root mean square standard error of P of each item, over theta ~ N(mean, sd); shape (items,), in probability.

    By the delta method, from the standard errors of a and b (D = 1.7 metric), taken as independent, and c as known:
    dP/da = D (theta - b) (1 - c) L (1 - L), dP/db = -D a (1 - c) L (1 - L), L the logistic curve. NaN without them.

    Raises:
        InvalidParameters: not one error for each item.
    """
    errors = [np.asarray(each, dtype=np.float64) for each in (se_a, se_b)]
    if any(each.shape != parameters.a.shape for each in errors):
        raise InvalidParameters(
            f"{len(parameters.items)} items need one se_a and one se_b each, not {[e.shape for e in errors]}"
        )
    theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
    a, b, c = (column[:, None] for column in (parameters.a, parameters.b, parameters.c))
    up = expit(D * a * (theta - b))
    steep = D * (1.0 - c) * up * (1.0 - up)
    variance = (steep * (theta - b) * errors[0][:, None]) ** 2 + (steep * a * errors[1][:, None]) ** 2
    error: Floats = np.sqrt(variance @ np.exp(log_weights))
    return error
