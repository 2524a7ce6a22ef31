from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from irt import Beta, LogNormal, Normal, Priors
from irt.errors import InvalidArgument

FULL = Priors(slope=LogNormal(0.1, 0.5), b=Normal(0.2, 2.0), c=Beta(2.0, 5.0))
AT = np.array([[1.3, -0.7, 0.2], [0.4, 1.1, 0.05]])
FREE = np.ones(2)


def test_the_density_is_that_of_slope_b_and_c() -> None:
    slope, intercept, c = AT.T
    expected = (
        stats.lognorm(0.5, scale=np.exp(0.1)).logpdf(slope)
        + stats.norm(0.2, 2.0).logpdf(-intercept / slope)
        + stats.beta(2.0, 5.0).logpdf(c)
    )
    assert FULL.log_density(AT, FREE) == pytest.approx(expected)


@pytest.mark.parametrize(
    "priors", [FULL, Priors(slope=LogNormal(0.0, 1.0)), Priors(b=Normal(0.0, 1.0)), Priors(c=Beta(5, 17))]
)
def test_derivatives_are_those_of_the_density(priors: Priors) -> None:
    step = 1e-5
    gradient, curvature = priors.gradient(AT, FREE), priors.curvature(AT, FREE)
    for k in range(3):
        move = np.zeros((2, 3))
        move[:, k] = step
        slope = (priors.log_density(AT + move, FREE) - priors.log_density(AT - move, FREE)) / (2 * step)
        assert gradient[:, k] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        bend = -(priors.gradient(AT + move, FREE) - priors.gradient(AT - move, FREE)) / (2 * step)
        assert curvature[:, :, k] == pytest.approx(bend, rel=1e-5, abs=1e-6)


def test_the_matrix_to_step_with_is_never_indefinite() -> None:
    far = np.array([[5.0, -40.0, 0.6], [0.05, 3.0, 0.001]])
    assert np.linalg.eigvalsh(FULL.curvature(far, FREE)).min() < 0.0
    assert np.linalg.eigvalsh(FULL.curvature(far, FREE, scoring=True)).min() >= -1e-9


def test_a_fixed_c_has_no_prior() -> None:
    assert Priors(c=Beta(5, 17)).log_density(AT, np.zeros(2)).tolist() == [0.0, 0.0]


def test_a_lognormal_slope_is_positive() -> None:
    assert FULL.log_density(np.array([[-1.0, 0.0, 0.2]]), np.ones(1))[0] == -np.inf


def test_defaults() -> None:
    assert Priors.default("2PL") == Priors.none()
    assert Priors.default("3PL") == Priors(c=Beta(5.0, 17.0))
    assert Beta(5.0, 17.0).mode == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("kind", "arguments"), [(LogNormal, (0, 0)), (Normal, (0, -1)), (Beta, (0.5, 2)), (Beta, (2, np.inf))]
)
def test_priors_that_are_none(kind: type, arguments: tuple[float, float]) -> None:
    with pytest.raises(InvalidArgument, match="prior"):
        kind(*arguments)
