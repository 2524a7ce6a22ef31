"""What is estimated: which parameters of which items are free, shared or fixed, with which priors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from irt.estimation import prior_terms
from irt.estimation.item_kernels import C_HIGH, SLOPE_HIGH
from irt.estimation.prior_terms import SLOPE, C, add_priors, log_priors
from irt.models import Floats
from irt.priors import with_constants

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Specification:
    """Of each item (items, 3), by slope, intercept, c.

    free: estimated for that item alone. tied: one value that all items so marked share (slope and c).
    fixed: neither. priors (items, 7) and shared_prior (7,) are rows of `irt.estimation.prior_terms`; the
    prior of what is shared counts once, that of what is fixed not at all.
    """

    free: Flags
    tied: Flags
    priors: Floats
    shared_prior: Floats

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.free)

    @cached_property
    def shares(self) -> tuple[bool, bool]:
        """Whether there is a common slope, and a common c."""
        return bool(self.tied[:, SLOPE].any()), bool(self.tied[:, C].any())

    @property
    def n_parameters(self) -> int:
        """Free item parameters, shared ones counted once."""
        return int(self.free.sum()) + sum(self.shares)

    @cached_property
    def estimated(self) -> Flags:
        """Shape (items, 3): free or tied."""
        estimated: Flags = self.free | self.tied
        return estimated

    def common(self, parameters: Floats) -> Floats:
        """(common slope, 0, common c), 0 where there is none."""
        out = np.zeros(3)
        for column in (SLOPE, C):
            held = np.flatnonzero(self.tied[:, column])
            if len(held):
                out[column] = parameters[held[0], column]
        return out

    def log_prior(self, parameters: Floats) -> float:
        """Log density of all priors that count."""
        out = np.empty(self.n_items)
        log_priors(self.priors, parameters, out)
        total = float(out.sum())
        if any(self.shares):
            own = np.empty(1)
            log_priors(self.shared_prior[None], self.common(parameters)[None], own)
            total += float(own[0])
        return total

    def prior_curvature(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Minus second derivatives of the log priors: (items, 3, 3), and (3, 3) of what is shared."""
        own, shared = np.zeros((self.n_items, 3, 3)), np.zeros((1, 3, 3))
        add_priors(self.priors, parameters, False, np.zeros((self.n_items, 3)), own)
        if any(self.shares):
            add_priors(
                self.shared_prior[None], self.common(parameters)[None], False, np.zeros((1, 3)), shared
            )
        return own, shared[0]

    def at_bound(self, parameters: Floats) -> Flags:
        """Shape (items, 3): which estimated parameters stand at a bound."""
        out = np.zeros(parameters.shape, dtype=np.bool_)
        out[:, SLOPE] = np.abs(parameters[:, SLOPE]) >= SLOPE_HIGH
        out[:, C] = (parameters[:, C] <= 0.0) | (parameters[:, C] >= C_HIGH)
        return out & self.estimated

    def only(self, keep: Flags) -> Specification:
        """The specification of the items kept (items,)."""
        return Specification(self.free[keep], self.tied[keep], self.priors[keep], self.shared_prior)


def specification(free: Flags, tied: Flags, priors: Floats) -> Specification:
    """With the priors (items, 7, without constants) of fixed parameters left out and of shared ones set apart.

    The shared prior is that of the first item that shares.
    """
    own, shared = priors.copy(), np.zeros(prior_terms.COLUMNS)
    for column, keys in (
        (SLOPE, [prior_terms.SLOPE_MEAN, prior_terms.SLOPE_SD]),
        (C, [prior_terms.ALPHA, prior_terms.BETA]),
    ):
        held = np.flatnonzero(tied[:, column])
        if len(held):
            shared[keys] = priors[held[0], keys]
        for key in keys:
            own[~free[:, column], key] = 0.0
    fixed = ~(free | tied)
    own[fixed[:, SLOPE] & fixed[:, 1], prior_terms.B_SD] = 0.0
    return Specification(free, tied, with_constants(own), with_constants(shared[None])[0])
