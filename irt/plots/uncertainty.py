"""How uncertain the curves of a calibration are."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from irt.models import Floats
from irt.results import Calibration


def curve_interval(fit: Calibration, row: int, theta: Floats, z: float) -> tuple[Floats, Floats] | None:
    """Pointwise limits of the curve of the item in that row, z standard errors away; None without errors.

    Delta method in (slope, intercept, c), on the logit of P so that the limits stay within (0, 1). Parameters
    without an error (fixed, or c at its bound) are taken as known.
    """
    covariance = np.nan_to_num(fit.covariance[row])
    if not covariance.any():
        return None
    up = expit(fit.slope[row] * theta + fit.intercept[row])
    p = fit.c[row] + (1.0 - fit.c[row]) * up
    by_logit = (1.0 - fit.c[row]) * up * (1.0 - up)
    gradient = np.stack([by_logit * theta, by_logit, 1.0 - up], axis=1)
    variance = np.einsum("ti,ij,tj->t", gradient, covariance, gradient)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.maximum(variance, 0.0)) / (p * (1.0 - p))
        low, high = expit(logit(p) - z * error), expit(logit(p) + z * error)
    return np.where(np.isfinite(low), low, p), np.where(np.isfinite(high), high, p)
