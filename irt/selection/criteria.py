"""Information at the learner's ability, with regard to how well an item's difficulty is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, InvalidParameters, NothingEligible
from irt.information import item_information
from irt.models import D, Floats
from irt.selection.kinds import NODES, level_of


def expected_information(theta: float, a: ArrayLike, b: ArrayLike, c: ArrayLike, se_b: ArrayLike) -> Floats:
    """Fisher information at theta averaged over b ~ N(b, se_b), shape (items,), D = 1.7 metric.

    Quadrature over b, off by less than 0.1 % of its largest value up to D a se_b = 8. With se_b = 0 it is
    `item_information`, exactly. An item whose difficulty is a guess (se_b around 1) thus counts for what
    it may be expected to tell, averaged over the difficulties that it may turn out to have. Averaging over
    5,000 items takes milliseconds; where difficulties are known to 0.1, se_b = 0 for them saves those.

    Raises:
        InvalidArgument: shapes that do not broadcast to one dimension, or a theta that is not finite.
        InvalidParameters: a parameter that is not finite, or se_b below 0.
    """
    try:
        a_, b_, c_, s_ = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (a, b, c, se_b))
        )
    except ValueError as error:
        raise InvalidArgument("a, b, c and se_b must have one value for each item") from error
    if a_.ndim != 1 or not np.isfinite(theta):
        raise InvalidArgument(f"items need one dimension and theta a finite value, not {a_.ndim} and {theta}")
    if not np.isfinite(a_ + b_ + c_ + s_).all() or (s_ < 0.0).any():
        raise InvalidParameters(
            "every item needs finite a, b, c and a finite se_b of at least 0; "
            "give items without parameters a stand-in"
        )
    information = item_information(theta, a_, b_, c_)
    level = level_of(D * a_, s_)
    for number, (z, weights) in enumerate(NODES[1:], start=1):
        k = np.flatnonzero(level == number)
        if len(k):
            b_nodes = b_[k, None] + s_[k, None] * z
            information[k] = item_information(theta, a_[k, None], b_nodes, c_[k, None]) @ weights
    return information


def most_informative(
    theta: float, a: ArrayLike, b: ArrayLike, c: ArrayLike, se_b: ArrayLike, eligible: NDArray[np.bool_]
) -> int:
    """Index of the eligible item with the highest expected information; of equal ones the lowest index.

    Raises:
        NothingEligible: no item is eligible.
        InvalidArgument, InvalidParameters: as `expected_information`, or `eligible` of another length.
    """
    allowed = np.atleast_1d(np.asarray(eligible, dtype=np.bool_))
    try:
        columns = [np.broadcast_to(np.asarray(x, dtype=np.float64), allowed.shape) for x in (a, b, c, se_b)]
    except ValueError as error:
        raise InvalidArgument(f"eligible has shape {allowed.shape}, and the items another one") from error
    places = np.flatnonzero(allowed)
    if not len(places):
        raise NothingEligible("no item is eligible: all were served, or none fits the filters")
    information = expected_information(theta, *(column[places] for column in columns))
    return int(places[np.argmax(information)])
