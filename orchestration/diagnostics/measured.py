"""How well persons are measured: reliability, and answers that the model does not expect of a person."""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from orchestration.diagnostics.finding import Row, known
from orchestration.diagnostics.fitted import Fitted


def reliability(fitted: Fitted, scores: irt.Scores) -> Row:
    """Return alpha and omega of the number right, where persons answered all items, and that of the EAP.

    The empirical reliability of the EAP is var(theta) / (var(theta) + mean of se²) (Green et al. 1984).
    """
    right = irt.classical.reliability(fitted.answers)
    theta, se = scores.theta[scores.n > 0], scores.se[scores.n > 0]
    spread, noise = float(np.var(theta)), float(np.mean(se**2))
    return {
        "alpha": known(right.alpha),
        "omega": known(right.omega),
        "n_block": right.n,
        "reason": right.reason,
        "empirical": spread / (spread + noise) if spread + noise > 0.0 else None,
        "mean_se": float(np.sqrt(noise)),
        "n_persons": len(theta),
        "mean_theta": float(theta.mean()),
        "sd_theta": float(theta.std()),
    }


def person_fit(fitted: Fitted) -> Row:
    """Return how many persons could be tested, and how many answered otherwise than the model expects."""
    found = irt.fit.person_fit(fitted.answers, fitted.calibration)
    tested = found.filter(pl.col("p").is_not_null())
    return {
        "n_persons": found.height,
        "n_tested": tested.height,
        "below_5_percent": int((tested["p"] < 0.05).sum()),
        "below_1_percent": int((tested["p"] < 0.01).sum()),
    }
