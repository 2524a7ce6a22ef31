"""What a calibration returns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.latent import Latent
from irt.models import Floats, ItemParameters
from irt.responses import label_series

OK, C_AT_BOUND, A_AT_BOUND, ANCHOR, SET_ASIDE = "ok", "c at bound", "a at bound", "anchor", "set aside"


@dataclass(frozen=True)
class Pass:
    """One pass over the data. Gradient and change are of (slope, intercept, c), the logistic metric.

    A pass that is not accepted tried an extrapolated point that lay lower, and the fit went back; its
    change is NaN.
    """

    number: int
    log_likelihood: float
    log_posterior: float
    max_gradient: float
    max_change: float
    accepted: bool


@dataclass(frozen=True)
class Calibration:
    """A fit. Arrays have shape (items,), in the order of the responses' items.

    a, b, c and their errors are in the D = 1.7 metric, slope and intercept with theirs in the logistic one:
    logit = slope theta + intercept. All are NaN for items set aside; c is 0 in the 1PL and 2PL. A standard
    error is NaN where there is none: of what was fixed or an anchor, and of c at its bound (the others are
    then conditional on it). covariance (items, 3, 3) is that of each item's slope, intercept and c. Which of
    these three were estimated, shape (items, 3): `free` for the item alone, `tied` to all other items so
    marked (the slope of a 1PL, a common c).
    `status` is "ok", "c at bound", "a at bound", "anchor" or "set aside"; `reason` says why, and may also
    remark on an item that is "ok". `model` is "mixed" where items have different ones (`item_models`).

    log_likelihood is marginal, without priors; log_posterior adds the log prior densities. aic and bic use
    log_likelihood, bic with the number of persons who answered a fitted item. max_gradient is the largest
    component of the projected gradient of log_posterior at the estimates. se_kind says how standard errors
    were made: "exact", "block", "sandwich" or "none".
    """

    model: str
    engine: str
    items: tuple[Hashable, ...]
    item_models: tuple[str, ...]
    a: Floats
    b: Floats
    c: Floats
    se_a: Floats
    se_b: Floats
    se_c: Floats
    slope: Floats
    intercept: Floats
    se_slope: Floats
    se_intercept: Floats
    covariance: Floats
    free: NDArray[np.bool_]
    tied: NDArray[np.bool_]
    n: NDArray[np.int64]
    status: tuple[str, ...]
    reason: tuple[str, ...]
    latent: Latent
    log_likelihood: float
    log_posterior: float
    n_parameters: int
    aic: float
    bic: float
    converged: bool
    reason_stopped: str
    passes: int
    max_gradient: float
    trace: tuple[Pass, ...]
    se_kind: str
    n_persons: int
    n_responses: int
    persons_set_aside: tuple[Hashable, ...]

    @property
    def parameters(self) -> ItemParameters:
        """The estimates as `irt.score` and the plots take them."""
        return ItemParameters(self.items, self.a, self.b, self.c)

    def table(self) -> pl.DataFrame:
        """One row an item: item, model, a, b, c, se_a, se_b, se_c, n, status, reason; null for NaN."""
        numbers = {name: getattr(self, name) for name in ("a", "b", "c", "se_a", "se_b", "se_c")}
        frame = pl.DataFrame(
            [label_series("item", self.items), pl.Series("model", self.item_models, dtype=pl.String)]
        )
        return frame.with_columns(
            *(pl.Series(name, column).fill_nan(None) for name, column in numbers.items()),
            pl.Series("n", self.n),
            pl.Series("status", self.status, dtype=pl.String),
            pl.Series("reason", self.reason, dtype=pl.String),
        )
