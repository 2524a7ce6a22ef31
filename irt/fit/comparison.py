"""Which of two nested models: likelihood ratio tests that respect the boundary c = 0, AIC and BIC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, gammaln

from irt.calibrate import calibrate
from irt.errors import InvalidArgument
from irt.fit.calibrated import calibrated
from irt.fit.simulate import answered_anew
from irt.latent import Quadrature
from irt.priors import Priors
from irt.responses import Responses
from irt.results import ANCHOR, SET_ASIDE, Calibration

#: A log-likelihood of the larger model that much below the smaller one's is no rounding.
_BELOW = 1e-3


@dataclass(frozen=True)
class Comparison:
    """Two nested fits. aic and bic are (smaller, larger) model; smaller values are better.

    statistic: twice the gain in log-likelihood.
    df: parameters of the larger model that the smaller one has not; on_boundary of them are lower asymptotes,
        for which the smaller model's 0 is the end of their range.
    method: "chi-square", "chi-bar-square" or "bootstrap".
    """

    models: tuple[str, str]
    statistic: float
    df: int
    on_boundary: int
    p: float
    method: str
    aic: tuple[float, float]
    bic: tuple[float, float]


def compare(smaller: Calibration, larger: Calibration) -> Comparison:
    """Likelihood ratio test of two nested models fitted to the same answers without priors.

    Without lower asymptotes to test (1PL in 2PL) the statistic is chi-square with df = the difference in
    parameters. An asymptote whose true value 0 is the end of its range is estimated as 0 half of the time,
    so with k of them (2PL in 3PL) the statistic is a mixture of chi-squares with df less 0 to k degrees of
    freedom, here with binomial weights: chi-bar-square (Self & Liang 1987), the asymptotes taken as
    independent given the other parameters. `compare_by_bootstrap` assumes nothing of the kind.

    Raises:
        InvalidArgument: fits of other answers, with priors, not converged, or not nested in this order.
    """
    df, on_boundary = _degrees(smaller, larger)
    statistic = _gain(smaller, larger)
    method = "chi-bar-square" if on_boundary else "chi-square"
    return _result(
        smaller, larger, statistic, (df, on_boundary), chi_bar_square(statistic, df, on_boundary), method
    )


def compare_by_bootstrap(
    responses: Responses,
    smaller: Calibration,
    larger: Calibration,
    *,
    seed: int | np.random.Generator,
    replications: int = 99,
) -> Comparison:
    """As `compare`, with p from answers simulated under the smaller model and fitted by both.

    p = (1 + replications with a statistic at least as large) / (1 + replications). Both fits must be of one
    group and one model for all items, as `irt.calibrate(responses, model, priors=Priors.none())` makes them.

    Raises:
        InvalidArgument: as `compare`, fewer than 19 replications, or a mix of models.
    """
    if replications < 19:
        raise InvalidArgument(f"a test at 5 % needs at least 19 replications, not {replications}")
    degrees = _degrees(smaller, larger)
    statistic = _gain(smaller, larger)
    if len(smaller.latent.groups) > 1 or "mixed" in (smaller.model, larger.model):
        raise InvalidArgument("the bootstrap is for one group and one model for all items")
    fitted = calibrated(responses, smaller)
    theta = smaller.latent.theta
    quadrature = Quadrature(len(theta), float(theta[0]), float(theta[-1]))
    rng = np.random.default_rng(seed)
    beyond = 0
    for _ in range(replications):
        data = answered_anew(fitted, rng)
        small, large = (
            calibrate(data, fit.model, priors=Priors.none(), quadrature=quadrature, standard_errors=False)
            for fit in (smaller, larger)
        )
        beyond += 2.0 * (large.log_likelihood - small.log_likelihood) >= statistic
    return _result(smaller, larger, statistic, degrees, (1 + beyond) / (1 + replications), "bootstrap")


def _result(
    smaller: Calibration,
    larger: Calibration,
    statistic: float,
    degrees: tuple[int, int],
    p: float,
    method: str,
) -> Comparison:
    return Comparison(
        models=(smaller.model, larger.model),
        statistic=statistic,
        df=degrees[0],
        on_boundary=degrees[1],
        p=p,
        method=method,
        aic=(smaller.aic, larger.aic),
        bic=(smaller.bic, larger.bic),
    )


def _degrees(smaller: Calibration, larger: Calibration) -> tuple[int, int]:
    """(parameters tested, those of them whose tested value is the end of their range)."""
    same = (
        smaller.items == larger.items
        and smaller.latent.groups == larger.latent.groups
        and smaller.n_persons == larger.n_persons
        and smaller.n_responses == larger.n_responses
        and np.array_equal(smaller.n, larger.n)
        and np.array_equal(np.isnan(smaller.a), np.isnan(larger.a))
    )
    if not same:
        raise InvalidArgument(
            "the two calibrations must be of the same answers, with the same items set aside; they have "
            f"{smaller.n_responses} and {larger.n_responses} answers to {_fitted(smaller)} and "
            f"{_fitted(larger)} fitted items: leave out what either sets aside, and fit both again"
        )
    for fit in (smaller, larger):
        if not fit.converged:
            raise InvalidArgument(f"the {fit.model} is not a maximum: {fit.reason_stopped}")
        if fit.log_posterior != fit.log_likelihood:
            raise InvalidArgument(
                f"the {fit.model} was fitted with priors; likelihood ratios need priors=Priors.none()"
            )
    df = larger.n_parameters - smaller.n_parameters
    on_boundary = df - (_slopes(larger) - _slopes(smaller))
    if df < 1 or on_boundary < 0:
        raise InvalidArgument(
            f"the {smaller.model} must be a special case of the {larger.model}; give the smaller model first"
        )
    if on_boundary and np.nanmax(smaller.c) > 0.0:
        raise InvalidArgument(
            "lower asymptotes of the smaller model must be 0 where the larger one frees them"
        )
    return df, on_boundary


def _fitted(fit: Calibration) -> int:
    return sum(status != SET_ASIDE for status in fit.status)


def _slopes(fit: Calibration) -> int:
    """Number of estimated slopes: the items of a 1PL share one."""
    free = [
        model
        for model, status in zip(fit.item_models, fit.status, strict=True)
        if status not in (SET_ASIDE, ANCHOR)
    ]
    return sum(model != "1PL" for model in free) + ("1PL" in free)


def _gain(smaller: Calibration, larger: Calibration) -> float:
    gain = larger.log_likelihood - smaller.log_likelihood
    if gain < -_BELOW:
        raise InvalidArgument(
            f"the {larger.model} lies {-gain:.3g} below the {smaller.model}: they are not nested, or it stopped "
            "at a lower maximum"
        )
    return 2.0 * max(gain, 0.0)


def chi_bar_square(statistic: float, df: int, on_boundary: int) -> float:
    """P of a chi-bar-square at least as large, binomial weights with probability 1/2."""
    k = np.arange(on_boundary + 1)
    log_weight = (
        gammaln(on_boundary + 1) - gammaln(k + 1) - gammaln(on_boundary - k + 1) - on_boundary * np.log(2)
    )
    beyond = [chdtrc(m, statistic) if m else float(statistic <= 0.0) for m in df - on_boundary + k]
    return float(min(np.exp(log_weight) @ beyond, 1.0))
