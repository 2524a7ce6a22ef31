"""The same persons answer the same items anew, as a calibration says they would."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from irt.fit.calibrated import Calibrated
from irt.responses import Responses


def answered_anew(fitted: Calibrated, rng: np.random.Generator) -> Responses:
    """New answers to what was answered, abilities drawn from the latent distribution of the fit."""
    data = fitted.responses
    theta = rng.normal(size=data.n_persons)
    slope, intercept, c = fitted.parameters[data.item].T
    p = c + (1.0 - c) * expit(slope * theta[data.person] + intercept)
    right = rng.random(len(p)) < p
    cells = (2 * data.item + right).astype(np.int32)
    cells.flags.writeable = False
    return Responses(data.persons, data.items, data.starts, cells)
