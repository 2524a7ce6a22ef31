from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from irt import Beta, LogNormal, Normal, Priors
from irt.errors import InvalidArgument
from irt.estimation.prior_terms import add_priors, log_priors
from irt.priors import prior_table

FULL = Priors(slope=LogNormal(0.1, 0.5), b=Normal(0.2, 2.0), c=Beta(2.0, 5.0))
AT = np.array([[1.3, -0.7, 0.2], [0.4, 1.1, 0.05]])


def log_density(priors: Priors, at: np.ndarray) -> np.ndarray:
    out = np.empty(len(at))
    log_priors(prior_table([priors] * len(at)), at, out)
    return out


def derivatives(priors: Priors, at: np.ndarray, *, scoring: bool = False) -> tuple[np.ndarray, np.ndarray]:
    gradient, curvature = np.zeros((len(at), 3)), np.zeros((len(at), 3, 3))
    add_priors(prior_table([priors] * len(at)), at, scoring, gradient, curvature)
    return gradient, curvature


def test_the_density_is_that_of_slope_b_and_c() -> None:
    slope, intercept, c = AT.T
    expected = (
        stats.lognorm(0.5, scale=np.exp(0.1)).logpdf(slope)
        + stats.norm(0.2, 2.0).logpdf(-intercept / slope)
        + stats.beta(2.0, 5.0).logpdf(c)
    )
    assert log_density(FULL, AT) == pytest.approx(expected)
    assert log_density(Priors.none(), AT).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "priors", [FULL, Priors(slope=LogNormal(0.0, 1.0)), Priors(b=Normal(0.0, 1.0)), Priors(c=Beta(5, 17))]
)
def test_derivatives_are_those_of_the_density(priors: Priors) -> None:
    step = 1e-5
    gradient, curvature = derivatives(priors, AT)
    for k in range(3):
        move = np.zeros((2, 3))
        move[:, k] = step
        slope = (log_density(priors, AT + move) - log_density(priors, AT - move)) / (2 * step)
        assert gradient[:, k] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        bend = -(derivatives(priors, AT + move)[0] - derivatives(priors, AT - move)[0]) / (2 * step)
        assert curvature[:, :, k] == pytest.approx(bend, rel=1e-5, abs=1e-6)


def test_the_matrix_to_step_with_is_never_indefinite() -> None:
    far = np.array([[5.0, -40.0, 0.6], [0.05, 3.0, 0.001]])
    assert np.linalg.eigvalsh(derivatives(FULL, far)[1]).min() < 0.0
    assert np.linalg.eigvalsh(derivatives(FULL, far, scoring=True)[1]).min() >= -1e-9


def test_a_lognormal_slope_is_positive_and_c_within_0_and_1() -> None:
    assert log_density(FULL, np.array([[-1.0, 0.0, 0.2], [1.0, 0.0, 0.0]])).tolist() == [-np.inf, -np.inf]


def test_defaults() -> None:
    assert Priors.default("2PL") == Priors.default("1PL") == Priors.none()
    assert Priors.default("3PL") == Priors(c=Beta(5.0, 17.0))
    assert Beta(5.0, 17.0).mode == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [(LogNormal, (0, 0)), (Normal, (0, -1)), (Normal, (np.nan, 1)), (Beta, (0.5, 2)), (Beta, (2, np.inf))],
)
def test_priors_that_are_none(kind: type, arguments: tuple[float, float]) -> None:
    with pytest.raises(InvalidArgument, match="prior"):
        kind(*arguments)
