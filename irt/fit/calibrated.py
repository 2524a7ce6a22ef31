"""What every fit statistic needs of a calibration: its items' answers, curves, and which parameters were free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from irt.errors import InvalidArgument
from irt.estimation.sparse import log_table
from irt.latent import Quadrature
from irt.models import Floats, to_logistic
from irt.responses import Responses
from irt.results import SET_ASIDE, Calibration


@dataclass(frozen=True)
class Calibrated:
    """The answers to the items that were fitted, and the fit, in the logistic metric.

    responses:   answers to fitted items alone; every person stays.
    place:       shape (fitted items,); their positions among the calibration's items.
    parameters:  shape (fitted items, 3): slope, intercept, c.
    free:        shape (fitted items, 3); True where the parameter was estimated, at its bound or not.
    column:      shape (fitted items, 3); the number of that free parameter among all, -1 for none. Items that
                 share a parameter share its number.
    theta, log_weights: shape (nodes,).
    """

    calibration: Calibration
    responses: Responses
    place: NDArray[np.int64]
    parameters: Floats
    free: NDArray[np.bool_]
    column: NDArray[np.int64]
    theta: Floats
    log_weights: Floats

    @property
    def table(self) -> Floats:
        """Log probabilities, shape (2 * fitted items, nodes), row 2 * item + correct."""
        return log_table(self.parameters, self.theta)

    @property
    def derivatives(self) -> Floats:
        """Derivatives of P by slope, intercept and c at the nodes, shape (3, fitted items, nodes)."""
        slope, intercept, c = self.parameters.T[:, :, None]
        logits = slope * self.theta + intercept
        up, down = expit(logits), expit(-logits)
        steep = (1.0 - c) * up * down
        return np.stack([steep * self.theta, steep, down])

    @property
    def curves(self) -> Floats:
        """P at the nodes, shape (fitted items, nodes)."""
        return np.exp(self.table[1::2])


def calibrated(
    responses: Responses, calibration: Calibration, quadrature: Quadrature | None = None
) -> Calibrated:
    """The fitted items of `calibration` in `responses`.

    Raises:
        InvalidArgument: the calibration is of other items, or all of its items were set aside.
    """
    if responses.items != calibration.items:
        raise InvalidArgument(
            "the calibration is of other items than the responses; give the responses that were fitted "
            f"({len(calibration.items)} and {responses.n_items} items)"
        )
    fitted = np.array([status != SET_ASIDE for status in calibration.status])
    if not fitted.any():
        raise InvalidArgument(
            f"no item was fitted, so there is no fit to judge: {calibration.reason_stopped}"
        )
    place = np.flatnonzero(fitted)
    slope, intercept = to_logistic(calibration.a[place], calibration.b[place])
    parameters = np.stack([slope, intercept, calibration.c[place]], axis=1)
    free = np.ones(parameters.shape, dtype=np.bool_)
    free[:, 2] = calibration.model == "3PL"
    column = np.where(free, np.cumsum(free).reshape(free.shape) - 1, -1)
    theta, log_weights = (quadrature or Quadrature()).grid()
    return Calibrated(
        calibration, responses.only(fitted), place, parameters, free, column, theta, log_weights
    )
