"""Starting values from classical statistics: no pass over the data is spent on finding the neighbourhood."""

from __future__ import annotations

import numpy as np
from scipy.special import logit
from scipy.stats import norm

from irt.classical.items import item_rest
from irt.models import D, Floats
from irt.priors import Priors
from irt.responses import Responses


def starting_values(responses: Responses, free_c: Floats, priors: Priors) -> Floats:
    """Slope, intercept and c of each item, shape (items, 3), logistic metric.

    The slope comes from the corrected biserial correlation r, a = r / sqrt(1 - r^2) (Lord & Novick 1968,
    section 16.10), the intercept from the proportion correct, stretched by what averaging over N(0, 1)
    took from it. An item with a negative correlation starts with a negative slope, unless a prior forbids it.
    """
    table = item_rest(responses.person, responses.item, responses.correct, responses.n_items)
    p = np.clip(table.proportion, 0.005, 0.995)
    biserial = table.correlation * np.sqrt(p * (1.0 - p)) / norm.pdf(norm.ppf(p))
    biserial = np.clip(np.nan_to_num(biserial, nan=0.4), -0.6, 0.85)
    slope = D * biserial / np.sqrt(1.0 - biserial * biserial)
    if priors.slope is not None:
        slope = np.maximum(slope, 0.3)
    if priors.b is not None:
        slope = np.where(np.abs(slope) < 0.3, 0.3, slope)  # b must start finite
    guess = 0.15 if priors.c is None else min(priors.c.mode, 0.5)
    c = np.where(free_c > 0.0, np.minimum(guess, 0.5 * p), 0.0)
    knows = np.clip((p - c) / (1.0 - c), 0.02, 0.98)
    intercept = logit(knows) * np.sqrt(1.0 + (slope / D) ** 2)
    return np.stack([slope, intercept, c], axis=1)
