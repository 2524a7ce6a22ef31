"""Ability of persons from their answers and known item parameters."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, InvalidParameters, InvalidResponses
from irt.estimation.moments import posterior_moments
from irt.latent import Quadrature
from irt.models import D, Floats, ItemParameters, log_probabilities, to_logistic
from irt.responses import Responses, label_series
from irt.results import Calibration

METHODS = ("EAP",)


@dataclass(frozen=True)
class Scores:
    """Ability estimates, shape (persons,): theta, its standard error, and the number of answers used.

    `items_unused` are items of the responses that have no parameters; answers to them say nothing.
    """

    persons: tuple[Hashable, ...]
    theta: Floats
    se: Floats
    n: NDArray[np.int64]
    items_unused: tuple[Hashable, ...]

    def table(self) -> pl.DataFrame:
        """One row a person: person, theta, se, n."""
        return pl.DataFrame(
            [
                label_series("person", self.persons),
                pl.Series("theta", self.theta),
                pl.Series("se", self.se),
                pl.Series("n", self.n),
            ]
        )


def score(
    responses: Responses,
    parameters: ItemParameters | Calibration,
    *,
    method: str = "EAP",
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> Scores:
    """Expected a posteriori ability and posterior standard deviation (Bock & Mislevy 1982).

    theta ~ N(mean, sd) before the answers, on the metric of the parameters (D = 1.7). Items are matched by
    label; answers to items without parameters are left out. A person without a usable answer gets the
    prior's mean and sd, with n = 0.

    Raises:
        InvalidArgument: an unknown method, or a mean and sd that are none.
        InvalidParameters: no item of the responses has parameters.
    """
    if method not in METHODS:
        raise InvalidArgument(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    data, logistic, unused = matched(responses, parameters)
    theta, log_weights = (quadrature or Quadrature()).grid(mean, sd)
    estimate, se = posterior_moments(data, logistic, theta, log_weights)
    return Scores(data.persons, estimate, se, np.diff(data.starts), unused)


def matched(
    responses: Responses, parameters: ItemParameters | Calibration
) -> tuple[Responses, Floats, tuple[Hashable, ...]]:
    """(the answers to items that have parameters, those parameters in the logistic metric, the other items).

    The parameters have shape (items kept, 3): slope, intercept, c. Items are matched by label.

    Raises:
        InvalidParameters: no item of the responses has parameters.
    """
    known = parameters.parameters if isinstance(parameters, Calibration) else parameters
    usable = np.isfinite(known.a + known.b + known.c)
    place = {label: i for i, label in enumerate(known.items) if usable[i]}
    has = np.array([label in place for label in responses.items])
    if not has.any():
        raise InvalidParameters(
            "none of the answered items has parameters; the labels of the two do not meet "
            f"(an item answered: {responses.items[0]!r})"
        )
    data = responses.only(has)
    rows = np.array([place[label] for label in data.items])
    logistic = np.stack([*to_logistic(known.a[rows], known.b[rows]), known.c[rows]], axis=1)
    return data, logistic, tuple(label for label in responses.items if label not in place)


def eap(
    correct: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> tuple[float, float]:
    """(theta, standard error) of one person: answers 0/1 and the parameters of the items, shape (answers,).

    For use after each answer: plain numpy, some tens of microseconds. No answers give (mean, sd).

    Raises:
        InvalidResponses: an answer that is not 0 or 1, or not as many answers as items.
        InvalidParameters: a parameter that is not finite.
    """
    u = np.asarray(correct, dtype=np.float64)
    a_, b_, c_ = (np.asarray(x, dtype=np.float64) for x in (a, b, c))
    if not u.shape == a_.shape == b_.shape == c_.shape or u.ndim != 1:
        raise InvalidResponses(
            f"one answer for each item is needed, in one dimension: {u.shape} answers, "
            f"a {a_.shape}, b {b_.shape}, c {c_.shape}"
        )
    if not ((u == 0.0) | (u == 1.0)).all():
        raise InvalidResponses("every answer must be 0 or 1")
    if not np.isfinite(a_ + b_ + c_).all():
        raise InvalidParameters(
            "every item needs finite a, b and c; give items without parameters a stand-in"
        )
    theta, log_posterior = (quadrature or Quadrature()).grid(mean, sd)
    logits = (D * a_)[:, None] * (theta - b_[:, None])
    log_right, log_wrong = log_probabilities(logits, c_[:, None])
    log_posterior = log_posterior + np.where(u[:, None] > 0.0, log_right, log_wrong).sum(axis=0)
    posterior = np.exp(log_posterior - log_posterior.max())
    posterior /= posterior.sum()
    estimate = float(posterior @ theta)
    return estimate, float(np.sqrt(posterior @ (theta - estimate) ** 2))
