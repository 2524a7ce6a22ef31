"""What an item may be expected to tell of a learner of whom a whole posterior is known, not one theta."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.models import Floats
from irt.posterior import Posterior
from irt.selection import kernels
from irt.selection.kinds import Kinds

Criterion = Literal["MPWI", "KL", "MEPV"]
_NUMBER: Final[dict[str, int]] = {"MPWI": 0, "KL": 1, "MEPV": 2}


def over_posterior(criterion: Criterion, posterior: Posterior, kinds: Kinds) -> Floats:
    """The criterion of each kind of item, shape (kinds,); the item to serve has the highest.

    "MPWI": Fisher information averaged over the posterior (van der Linden 1998).
    "KL":   Kullback-Leibler information of the posterior's mean against theta, averaged over the posterior
            (Chang & Ying 1996, weighted as in van der Linden 1998).
    "MEPV": minus the posterior variance to be expected after the answer (Owen 1975; van der Linden 1998).

    Where b is uncertain, information is averaged over it, and so is the response function of the other two.

    Raises:
        InvalidArgument: an unknown criterion.
    """
    if criterion not in _NUMBER:
        raise InvalidArgument(f"criterion must be one of {', '.join(_NUMBER)}, not {criterion!r}")
    number = _NUMBER[criterion]
    least = criterion == "MEPV"
    # Moments are taken about the mean: about 0 they would cancel.
    theta = posterior.theta - posterior.mean if least else posterior.theta
    values = np.empty(len(kinds))
    kernels.over_posterior(
        number,
        posterior.mean,
        theta,
        posterior.weights,
        kinds.table,
        kinds.nodes,
        kinds.z,
        kinds.weights,
        values,
    )
    return -values if least else values


def places_of(values: Floats, kinds: Kinds, allowed: NDArray[np.bool_], number: int) -> NDArray[np.int64]:
    """The allowed items of the highest values, best first, of equal ones the lowest place first; (number,) or fewer.

    values: of each kind, shape (kinds,); allowed: shape (items,).
    """
    each = np.where(allowed, values[kinds.kind], -np.inf)
    left = int(np.count_nonzero(allowed))
    if left > number:
        bound = np.partition(each, -number)[-number]
        places = np.flatnonzero(each >= bound)
    else:
        places = np.flatnonzero(allowed)
    best: NDArray[np.int64] = places[np.argsort(-each[places], kind="stable")][:number]
    return best
