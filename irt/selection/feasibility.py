"""Whether a bank can keep to what is asked of it: an exposure rate, a standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument, InvalidParameters
from irt.information import item_information
from irt.models import Floats


@dataclass(frozen=True)
class RateFeasibility:
    """Whether sessions can keep every item below its highest rate.

    feasible: whether they can.
    asked:    the highest rate; the mean of them where items differ.
    least:    rate that is met at least, however evenly items are used: length / items.
    sentence: the same in words.
    """

    feasible: bool
    asked: float
    least: float
    sentence: str


@dataclass(frozen=True)
class PrecisionFeasibility:
    """Whether a standard error can be reached, at each theta; arrays of shape (thetas,).

    feasible: whether it can, at every theta.
    asked:    the standard error wanted.
    theta:    where.
    least:    the smallest standard error that the bank allows there.
    fewest:   items that the standard error asked for takes at least; infinite where the bank has too few.
    sentence: the same in words, for the theta where the least is largest.
    """

    feasible: bool
    asked: float
    theta: Floats
    least: Floats
    fewest: Floats
    sentence: str


def rate_feasibility(r_max: ArrayLike, length: float, items: int) -> RateFeasibility:
    """Whether sessions of (on average) `length` items can keep to rates of `r_max`, one or one for each item.

    The rates of all items sum to the mean length, so r_max * items >= length is needed, at every theta and over
    all. Where a blueprint asks for so many items of a set, the same holds in the set: pass that number as the
    length and the set's items.

    Raises:
        InvalidArgument: rates outside (0, 1] or not one for each item, a length outside (0, items].
    """
    rates = np.asarray(r_max, dtype=np.float64)
    if not ((rates > 0.0) & (rates <= 1.0)).all() or rates.shape not in ((), (items,)):
        raise InvalidArgument(
            f"r_max must lie in (0, 1], one for all or one for each of {items} items, not {rates}"
        )
    if not 0.0 < length <= items:
        raise InvalidArgument(
            f"length must be above 0 and at most the {items} items of the bank, not {length}"
        )
    asked, least = float(rates.mean()), length / items
    # A rate of exactly length / items may come out one rounding below it.
    feasible = asked >= least * (1.0 - 1e-12)
    return RateFeasibility(
        feasible,
        asked,
        least,
        f"sessions of {length:g} from {items} items meet an item in {100.0 * least:.3g} % of them on average; "
        f"a highest rate of {100.0 * asked:.3g} % " + ("can be kept" if feasible else "cannot be kept"),
    )


def precision_feasibility(
    se: float,
    theta: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    *,
    length: int | None = None,
    r_max: ArrayLike = 1.0,
    prior_sd: float | None = None,
) -> PrecisionFeasibility:
    """Whether the most informative items allow a standard error of `se` at each theta, D = 1.7 metric.

    The bound is 1 / sqrt(I + 1 / prior_sd^2), or 1 / sqrt(I) without a prior, with I the largest information that
    `length` items may have at theta. Where learners at a theta meet item j in at most a share r_max of their
    sessions, I is that of their mean: the largest sum of r_j I_j with r_j <= r_max and sum r_j = length. A mean
    of standard errors is never below that of a mean information (Jensen). With a prior it is what the posterior
    SD comes to in large samples; single answers may go a little below it.

    Args:
        se: wanted.
        theta: where, shape (thetas,) or one number.
        a: slopes of the items, shape (items,).
        b: their difficulties, alike.
        c: their lower asymptotes, alike.
        length: longest session; all items of the bank if not given.
        r_max: highest conditional exposure rate, one or one for each item.
        prior_sd: of the prior of EAP and MAP; None for ML and WLE.

    Raises:
        InvalidArgument: values outside their ranges, or shapes that do not agree.
        InvalidParameters: parameters that are not finite.
    """
    at = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    information, rates = _by_theta(at, a, b, c, r_max)
    items = information.shape[1]
    if not (np.isfinite(se) and se > 0.0) or (prior_sd is not None and not prior_sd > 0.0):
        raise InvalidArgument(f"se and prior_sd must be finite and above 0, not {se} and {prior_sd}")
    if length is not None and not 1 <= length <= items:
        raise InvalidArgument(f"length must lie between 1 and the {items} items of the bank, not {length}")
    known = 0.0 if prior_sd is None else prior_sd**-2.0
    wanted = se**-2.0 - known
    most, fewest = np.array([_most_and_fewest(row, rates, length, wanted) for row in information]).T
    with np.errstate(divide="ignore"):
        least = 1.0 / np.sqrt(most + known)
    feasible = bool((least <= se * (1.0 + 1e-12)).all())
    sentence = _sentence(se, at, least, length, float(rates.max()), feasible)
    return PrecisionFeasibility(feasible, float(se), at, least, fewest, sentence)


def _most_and_fewest(row: Floats, rates: Floats, length: int | None, wanted: float) -> tuple[float, float]:
    """(most information that `length` items have at one theta, whole items in which it is what is wanted)."""
    best = np.argsort(-row, kind="stable")
    met = np.concatenate([[0.0], np.cumsum(rates[best])])
    told = np.concatenate([[0.0], np.cumsum(rates[best] * row[best])])
    most = told[-1] if length is None else np.interp(length, met, told)
    place = int(np.searchsorted(told, wanted * (1.0 - 1e-12)))
    if place in (0, len(told)):
        return float(most), np.inf if place else 0.0
    share = (wanted - told[place - 1]) / (told[place] - told[place - 1])
    return float(most), float(np.ceil(met[place - 1] + share * (met[place] - met[place - 1]) - 1e-9))


def _by_theta(
    theta: Floats, a: ArrayLike, b: ArrayLike, c: ArrayLike, r_max: ArrayLike
) -> tuple[Floats, Floats]:
    """(information (thetas, items), highest rates (items,))."""
    a_, b_, c_, rates = (np.asarray(x, dtype=np.float64) for x in (a, b, c, r_max))
    if a_.ndim != 1 or not len(a_) or theta.ndim != 1 or not len(theta) or not np.isfinite(theta).all():
        raise InvalidArgument("a needs one value for each of at least one item, and theta finite values")
    if any(x.shape not in ((), a_.shape) for x in (b_, c_, rates)):
        raise InvalidArgument(f"b, c and r_max need one value, or one for each of {len(a_)} items")
    if not ((rates > 0.0) & (rates <= 1.0)).all():
        raise InvalidArgument("r_max must lie in (0, 1]; 1 sets no limit")
    if not np.isfinite(a_ + b_ + c_).all():
        raise InvalidParameters("every item needs finite a, b and c; leave out items without parameters")
    return item_information(theta[:, None], a_, b_, c_), np.broadcast_to(rates, a_.shape)


def _sentence(
    se: float, theta: Floats, least: Floats, length: int | None, rate: float, feasible: bool
) -> str:
    worst = int(least.argmax())
    whose = "all items of the bank" if length is None else f"the best {length} items of the bank"
    limit = (
        f", none of them met by more than {100.0 * rate:.3g} % of the learners there," if rate < 1.0 else ""
    )
    return (
        f"{whose}{limit} allow a standard error of {least[worst]:.3g} at theta {theta[worst]:.3g}; "
        f"{se:.3g} " + ("is within reach" if feasible else "is out of reach")
    )
