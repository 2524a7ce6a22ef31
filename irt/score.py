"""Ability of persons from their answers and known item parameters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument, InvalidParameters
from irt.latent import Quadrature
from irt.models import Floats, ItemParameters, to_logistic
from irt.posterior import Posterior
from irt.responses import Responses
from irt.results import Calibration
from irt.scoring.methods import maxima, posterior_draws, posterior_means
from irt.scoring.prior import Prior, fitted_prior, normal_prior
from irt.scoring.result import Scores, words

__all__ = ["METHODS", "Scores", "eap", "latent_prior", "matched", "plausible_values", "score"]

METHODS = ("EAP", "MAP", "WLE", "ML")
#: Nodes between the bounds that are scanned for maxima.
_SCANNED = 61


def score(
    responses: Responses,
    parameters: ItemParameters | Calibration,
    *,
    method: str = "EAP",
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
    quadrature: Quadrature | None = None,
    bounds: tuple[float, float] | None = None,
    threads: int | None = None,
) -> Scores:
    """Ability of each person, on the metric of the parameters (D = 1.7), with its standard error.

    "EAP": mean and sd of the posterior (Bock & Mislevy 1982). "MAP": its mode, se from the curvature there
    (Samejima 1969). "ML": where the likelihood is highest, se from the test information (Birnbaum 1968); all
    right and all wrong have none, nor has a 3PL pattern that guessing explains best, and one beyond -6 or 6
    is not reported. "WLE": Warm's (1989)
    weighted likelihood, finite whenever an item was answered, se from the test information. Where several
    maxima are to be found, the highest counts.

    Items are matched by label; answers to items without parameters are left out. Without a usable answer EAP
    and MAP are the prior's mean and sd, n = 0; WLE and ML have no estimate.

    Args:
        responses: the answers.
        parameters: of the items, or a calibration.
        method: one of the four.
        mean: of theta ~ N(mean, sd) before the answers, for EAP and MAP: one, or one each (persons,). None
            with sd None: the latent distribution of the calibration, and N(0, 1) for item parameters alone.
        sd: likewise.
        groups: of a calibration with several groups, the group of each person, shape (persons,).
        quadrature: of EAP, in sd from the mean, taken as it is. None: the calibration's nodes or 61 on [-6, 6],
            and finer ones around a posterior that is too narrow for them.
        bounds: for ML and WLE: nothing is looked for outside; a person whose likelihood is highest at a bound
            or beyond gets it as theta, without se. None: ML has no estimate where there is no maximum on [-6, 6].
        threads: of this process; None for all processors it may use. The numbers do not depend on it.

    Raises:
        InvalidArgument: an unknown method, an argument that the method has no use for, or one outside its
            range.
        InvalidParameters: no item of the responses has parameters.
    """
    if method not in METHODS:
        raise InvalidArgument(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    bayesian = method in ("EAP", "MAP")
    if bounds is not None and (bayesian or not bounds[0] < bounds[1] or not np.isfinite(bounds).all()):
        raise InvalidArgument(
            f"bounds limit ML and WLE; {method} needs none"
            if bayesian
            else f"bounds must go up from low to high, not {bounds}"
        )
    if not bayesian and not (mean is None and sd is None):
        raise InvalidArgument(f"mean and sd are those of a prior; {method} has none: leave them out")
    data, logistic, unused = matched(responses, parameters)
    prior = latent_prior(data, parameters, mean, sd, groups, quadrature) if bayesian else None
    if method == "EAP" and prior is not None:
        found = posterior_means(data, logistic, prior, quadrature is None, threads)
    else:
        nodes = Quadrature().grid()[0] if bounds is None else np.linspace(*bounds, _SCANNED)
        found = maxima(
            data,
            logistic,
            nodes,
            prior=prior,
            weighted=method == "WLE",
            bounded=bounds is not None,
            threads=threads,
        )
    status, reason = words(found.code)
    return Scores(data.persons, found.theta, found.se, np.diff(data.starts), unused, status, reason, method)


def plausible_values(
    responses: Responses,
    parameters: ItemParameters | Calibration,
    n: int = 5,
    seed: int | np.random.Generator = 0,
    *,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
    threads: int | None = None,
) -> Floats:
    """Draws from each person's posterior (Mislevy 1991), shape (persons, n), D = 1.7 metric.

    Statistics of a group are computed from each column and averaged; those of point estimates are biased.
    Draws are exact (rejection from an envelope), not confined to nodes; the draws of a person depend on the
    seed, the person's place and answers, and not on the number of threads. Other arguments as in `score`.

    Raises:
        InvalidArgument: n below 1, or as in score.
        InvalidParameters: no item of the responses has parameters.
    """
    if n < 1:
        raise InvalidArgument(f"at least 1 draw is needed, not {n}")
    data, logistic, _ = matched(responses, parameters)
    prior = latent_prior(data, parameters, mean, sd, groups, None)
    key = np.random.default_rng(seed).integers(2**64, dtype=np.uint64)
    return posterior_draws(data, logistic, prior, n, int(key), threads)


def latent_prior(
    data: Responses,
    parameters: ItemParameters | Calibration,
    mean: ArrayLike | None,
    sd: ArrayLike | None,
    groups: Sequence[Hashable] | None,
    quadrature: Quadrature | None,
) -> Prior:
    """What is believed of each person before the answers; arguments as in `score`."""
    if mean is None and sd is None and isinstance(parameters, Calibration):
        return fitted_prior(parameters.latent, data.n_persons, groups, quadrature)
    if groups is not None:
        raise InvalidArgument(
            "groups say whose distribution of a calibration is meant; with item parameters, or with mean and sd, "
            "give mean= and sd= for each person instead"
        )
    return normal_prior(
        data.n_persons, 0.0 if mean is None else mean, 1.0 if sd is None else sd, quadrature or Quadrature()
    )


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
    data = responses if has.all() else responses.only(has)
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

    Mean and sd of `irt.posterior.Posterior`. No answers give (mean, sd).

    Raises:
        InvalidResponses: an answer that is not 0 or 1, or not as many answers as items.
        InvalidParameters: a parameter that is not finite.
    """
    found = Posterior.of(correct, a, b, c, mean=mean, sd=sd, quadrature=quadrature)
    return found.mean, found.sd
