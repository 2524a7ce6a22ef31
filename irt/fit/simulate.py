"""The same persons answer the same items anew, as a calibration says they would."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from irt.fit.calibrated import Calibrated
from irt.responses import Responses


def answered_anew(fitted: Calibrated, rng: np.random.Generator) -> Responses:
    """New answers to what was answered, abilities drawn from the latent distribution of the fit."""
    data = fitted.responses
    latent = fitted.calibration.latent
    if latent.shape == "normal":
        theta = latent.mean[fitted.group] + latent.sd[fitted.group] * rng.normal(size=data.n_persons)
    else:
        reached = np.cumsum(latent.weights, axis=1)[fitted.group]
        theta = latent.theta[(rng.random((data.n_persons, 1)) * reached[:, -1:] > reached).sum(axis=1)]
    slope, intercept, c = fitted.parameters[data.item].T
    p = c + (1.0 - c) * expit(slope * theta[data.person] + intercept)
    right = rng.random(len(p)) < p
    cells = (2 * data.item + right).astype(np.int32)
    cells.flags.writeable = False
    return Responses(data.persons, data.items, data.starts, cells)
