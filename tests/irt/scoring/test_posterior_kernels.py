"""Posterior moments and draws against integration on a fine grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

import irt

Floats = np.ndarray


def cumulative(u: Floats, data: Any, mean: float, sd: float) -> tuple[Floats, Floats]:
    """(theta, distribution function) of a posterior, on a grid of 40,001."""
    theta = np.linspace(mean - 8.0 * sd, mean + 8.0 * sd, 40001)
    known = ~np.isnan(u)
    log = -0.5 * ((theta - mean) / sd) ** 2
    for answer, a, b, c in zip(u[known], data.a[known], data.b[known], data.c[known], strict=True):
        p = irt.models.probability(theta, a, b, c)
        log += np.log(p if answer else 1.0 - p)
    density = np.exp(log - log.max())
    return theta, np.cumsum(density) / density.sum()


def parameters(data: Any) -> irt.ItemParameters:
    return irt.ItemParameters(data.responses.items, data.a, data.b, data.c)


def test_a_posterior_too_narrow_for_the_nodes_is_resolved(simulate: Callable[..., Any]) -> None:
    """1,500 answers leave a posterior whose sd is a quarter of the distance of nodes."""
    data = simulate(4, 1500, seed=41)
    found = irt.score(data.responses, parameters(data))
    given = irt.score(data.responses, parameters(data), quadrature=irt.Quadrature())
    for i, u in enumerate(data.matrix):
        theta, below = cumulative(u, data, 0.0, 1.0)
        weights = np.diff(below, prepend=0.0)
        mean = weights @ theta
        exact = (mean, np.sqrt(weights @ (theta - mean) ** 2))
        assert (found.theta[i], found.se[i]) == pytest.approx(exact, abs=1e-6)
        assert irt.eap(u, data.a, data.b, data.c) == pytest.approx(exact, abs=1e-6)
        assert given.se[i] != pytest.approx(exact[1], abs=1e-3)


def test_draws_are_from_the_posterior(simulate: Callable[..., Any]) -> None:
    for items, c in ((12, 0.0), (12, 0.25), (400, 0.1)):
        data = simulate(6, items, seed=42, c=c)
        drawn = irt.plausible_values(data.responses, parameters(data), 4000, 7, mean=0.2, sd=1.1)
        assert drawn.shape == (6, 4000)
        for values, u in zip(drawn, data.matrix, strict=True):
            theta, below = cumulative(u, data, 0.2, 1.1)
            assert kstest(values, lambda x, t=theta, f=below: np.interp(x, t, f)).pvalue > 1e-4


def test_draws_without_answers_are_from_the_prior() -> None:
    responses = irt.Responses.from_long(["p", "q"], ["i", "j"], [1, 1])
    drawn = irt.plausible_values(responses, irt.ItemParameters(["i"], [1.0], [0.0]), 20_000, 3)
    assert kstest(drawn[1], "norm").pvalue > 1e-4
    assert drawn[0].mean() > 0.2


def test_plausible_values_have_the_spread_of_the_population(simulate: Callable[..., Any]) -> None:
    """Point estimates have not: EAPs are drawn together, ML estimates apart (Mislevy 1991)."""
    data = simulate(4000, 15, seed=43)
    drawn = irt.plausible_values(data.responses, parameters(data), 3, 5)
    assert drawn.std(axis=0) == pytest.approx(data.theta.std(), abs=0.04)
    assert irt.score(data.responses, parameters(data)).theta.std() < 0.9
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(
        np.corrcoef(drawn[:, 0], data.theta)[0, 1], abs=0.03
    )


def test_the_seed_makes_the_draws(simulate: Callable[..., Any]) -> None:
    data = simulate(50, 10, seed=44)
    draw = lambda seed: irt.plausible_values(data.responses, parameters(data), 3, seed)  # noqa: E731
    assert np.array_equal(draw(1), draw(1))
    assert np.array_equal(draw(1), draw(np.random.default_rng(1)))
    assert not np.isin(draw(1), draw(2)).any()
    assert len(np.unique(draw(1))) == 150
    with pytest.raises(irt.errors.InvalidArgument, match="at least 1 draw"):
        irt.plausible_values(data.responses, parameters(data), 0)
