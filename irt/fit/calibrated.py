"""What every fit statistic needs of a calibration: its items' answers, curves, and which parameters were free."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from irt.errors import InvalidArgument
from irt.models import Floats, log_probabilities
from irt.responses import Responses
from irt.results import SET_ASIDE, Calibration

SLOPE, INTERCEPT, C = 0, 1, 2


@dataclass(frozen=True)
class Calibrated:
    """The answers to the items that were fitted, and the fit, in the logistic metric.

    responses:   answers to fitted items alone; every person stays.
    place:       shape (fitted items,); their positions among the calibration's items.
    parameters:  shape (fitted items, 3): slope, intercept, c.
    own:         shape (fitted items, 3); True where a parameter was estimated for that item alone.
    column:      shape (fitted items, 3); the number of each estimated parameter among all, -1 for none. Items
                 that share a parameter share its number.
    group:       shape (persons,), the code of each person's group.
    groups:      labels of the groups in the calibration's latent distribution.
    theta:       shape (nodes,); log_weights: shape (groups, nodes).
    """

    calibration: Calibration
    responses: Responses
    place: NDArray[np.int64]
    parameters: Floats
    own: NDArray[np.bool_]
    column: NDArray[np.int64]
    group: NDArray[np.int64]
    groups: tuple[Hashable, ...]
    theta: Floats
    log_weights: Floats

    @property
    def table(self) -> Floats:
        """Log probabilities, shape (2 * fitted items, nodes), row 2 * item + correct."""
        return log_curves(self.parameters, self.theta)

    @property
    def curves(self) -> Floats:
        """P at the nodes, shape (fitted items, nodes)."""
        return np.exp(self.table[1::2])

    @property
    def derivatives(self) -> Floats:
        """Derivatives of P by slope, intercept and c at the nodes, shape (3, fitted items, nodes)."""
        steep, down = slopes(self.parameters, self.theta)
        return np.stack([steep * self.theta, steep, down])

    @property
    def of_groups(self) -> Sequence[Hashable] | None:
        """The group label of each person, as `irt.calibrate` and `irt.score` take it; None without groups."""
        return None if len(self.groups) == 1 else [self.groups[code] for code in self.group]


def log_curves(parameters: Floats, theta: Floats) -> Floats:
    """Log probabilities, shape (2 * items, nodes), row 2 * item + correct; parameters as in `Calibrated`."""
    logits = parameters[:, SLOPE, None] * theta + parameters[:, INTERCEPT, None]
    table = np.empty((2 * len(logits), len(theta)))
    table[1::2], table[0::2] = log_probabilities(logits, parameters[:, C, None])
    return table


def slopes(parameters: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Derivatives of P by the logit and by c at the nodes, each (items, nodes)."""
    slope, intercept, c = parameters.T[:, :, None]
    logits = slope * theta + intercept
    down = expit(-logits)
    return (1.0 - c) * expit(logits) * down, down


def calibrated(
    responses: Responses, calibration: Calibration, groups: Sequence[Hashable] | None = None
) -> Calibrated:
    """The fitted items of `calibration` in `responses`; `groups` has the label of each person's group.

    Raises:
        InvalidArgument: the calibration is of other items, all of its items were set aside, or its groups
            are not given or others.
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
    own = calibration.free[place]
    latent = calibration.latent
    with np.errstate(divide="ignore"):
        log_weights = np.log(latent.weights)
    return Calibrated(
        calibration=calibration,
        responses=responses.only(fitted),
        place=place,
        parameters=np.stack([calibration.slope, calibration.intercept, calibration.c], axis=1)[place],
        own=own,
        column=_columns(own, calibration.tied[place]),
        group=_codes(responses, latent.groups, groups),
        groups=latent.groups,
        theta=latent.theta,
        log_weights=log_weights,
    )


def _columns(own: NDArray[np.bool_], tied: NDArray[np.bool_]) -> NDArray[np.int64]:
    """`column` of `Calibrated`: what items share is numbered behind what each has alone."""
    column = np.where(own, np.cumsum(own).reshape(own.shape) - 1, -1)
    number = int(own.sum())
    for which in (SLOPE, C):
        if tied[:, which].any():
            column[tied[:, which], which] = number
            number += 1
    return column


def _codes(
    responses: Responses, labels: tuple[Hashable, ...], groups: Sequence[Hashable] | None
) -> NDArray[np.int64]:
    if len(labels) == 1:
        return np.zeros(responses.n_persons, dtype=np.int64)
    if groups is None or len(groups) != responses.n_persons:
        raise InvalidArgument(
            f"the calibration has {len(labels)} groups; give the group of each of the "
            f"{responses.n_persons} persons"
        )
    known = {label: code for code, label in enumerate(labels)}
    unknown = [label for label in groups if label not in known]
    if unknown:
        raise InvalidArgument(
            f"group {unknown[0]!r} is not one that was fitted: {', '.join(map(repr, labels))}"
        )
    return np.array([known[label] for label in groups], dtype=np.int64)
