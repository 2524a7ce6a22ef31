"""What an item may be expected to tell of a learner of whom a whole posterior is known, not one theta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, InvalidParameters, InvalidResponses
from irt.latent import Quadrature
from irt.models import Floats, log_probabilities, to_logistic
from irt.selection import kernels
from irt.selection.kinds import Kinds

Criterion = Literal["MPWI", "KL", "MEPV"]
_NUMBER: Final[dict[str, int]] = {"MPWI": 0, "KL": 1, "MEPV": 2}


@dataclass(frozen=True, eq=False)
class Posterior:
    """A posterior of theta: nodes and weights, each (nodes,), the weights summing to 1; mean and sd of it."""

    theta: Floats
    weights: Floats
    mean: float
    sd: float

    @classmethod
    def of(
        cls,
        correct: ArrayLike,
        a: ArrayLike,
        b: ArrayLike,
        c: ArrayLike,
        *,
        mean: float = 0.0,
        sd: float = 1.0,
        quadrature: Quadrature | None = None,
    ) -> Posterior:
        """The posterior of one learner under theta ~ N(mean, sd): answers 0/1 and items, shape (answers,), D = 1.7.

        Its mean and sd are those of `irt.eap` on the same nodes, 61 on [-6, 6] sd unless told.

        Raises:
            InvalidResponses: an answer that is not 0 or 1, or not as many answers as items.
            InvalidParameters: a parameter that is not finite.
        """
        right = np.atleast_1d(np.asarray(correct, dtype=np.float64))
        columns = [np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (a, b, c)]
        if right.ndim != 1 or any(column.shape != right.shape for column in columns):
            raise InvalidResponses(
                f"one answer for each item is needed, in one dimension: {right.shape} answers, "
                f"a, b, c {[column.shape for column in columns]}"
            )
        if not ((right == 0.0) | (right == 1.0)).all():
            raise InvalidResponses("every answer must be 0 or 1")
        if not np.isfinite(columns).all():
            raise InvalidParameters("every item needs finite a, b and c")
        theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
        slope, intercept = to_logistic(columns[0], columns[1])
        log_right, log_wrong = log_probabilities(theta[:, None] * slope + intercept, columns[2])
        log_weights = log_weights + (right * log_right + (1.0 - right) * log_wrong).sum(axis=1)
        weights = np.exp(log_weights - log_weights.max())
        weights /= weights.sum()
        center = float(weights @ theta)
        return cls(theta, weights, center, float(np.sqrt(weights @ (theta - center) ** 2)))


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
