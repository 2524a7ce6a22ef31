from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument, InvalidParameters, InvalidResponses
from irt.models import probability


def brute_force(
    u: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray, mean: float, sd: float
) -> tuple[float, float]:
    theta = np.linspace(mean - 10 * sd, mean + 10 * sd, 20001)
    p = probability(theta[:, None], a, b, c)
    density = np.exp(-0.5 * ((theta - mean) / sd) ** 2) * np.where(u == 1.0, p, 1.0 - p).prod(axis=1)
    density /= density.sum()
    centre = float(density @ theta)
    return centre, float(np.sqrt(density @ (theta - centre) ** 2))


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (1.5, 0.7)])
def test_eap_is_the_mean_of_the_posterior(simulate: Callable[..., Any], mean: float, sd: float) -> None:
    data = simulate(3, 12, seed=1, c=0.2)
    for u in data.matrix:
        expected = brute_force(u, data.a, data.b, data.c, mean, sd)
        assert irt.eap(u, data.a, data.b, data.c, mean=mean, sd=sd) == pytest.approx(expected, abs=1e-6)


def test_many_persons_get_what_one_gets(simulate: Callable[..., Any]) -> None:
    data = simulate(40, 15, seed=2, missing=0.4, c=0.1)
    parameters = irt.ItemParameters(data.responses.items, data.a, data.b, data.c)
    scores = irt.score(data.responses, parameters)
    for i, u in enumerate(data.matrix):
        known = ~np.isnan(u)
        one = irt.eap(u[known], data.a[known], data.b[known], data.c[known])
        assert (scores.theta[i], scores.se[i]) == pytest.approx(one, abs=1e-12)
        assert scores.n[i] == known.sum()


def test_without_answers_the_prior_is_left() -> None:
    assert irt.eap([], [], [], [], mean=0.3, sd=0.8) == pytest.approx((0.3, 0.8), abs=1e-6)


def test_persons_of_all_kinds_have_a_row() -> None:
    responses = irt.Responses.from_long(["p", "q", "r"], ["known", "unknown", "set aside"], [1, 1, 1])
    parameters = irt.ItemParameters(["known", "set aside"], [1.0, np.nan], [0.0, np.nan], [0.0, np.nan])
    scores = irt.score(responses, parameters, mean=0.2, sd=1.0)
    assert scores.items_unused == ("unknown", "set aside")
    assert scores.n.tolist() == [1, 0, 0]
    assert scores.theta[1:] == pytest.approx([0.2, 0.2])
    assert scores.theta[0] > 0.2
    table = scores.table()
    assert table.columns == ["person", "theta", "se", "n"]
    assert table["person"].to_list() == ["p", "q", "r"]


def test_1500_answers_underflow_nothing(simulate: Callable[..., Any]) -> None:
    data = simulate(4, 1500, seed=3)
    scores = irt.score(data.responses, irt.ItemParameters(data.responses.items, data.a, data.b, data.c))
    assert np.abs(scores.theta - data.theta).max() < 0.3
    assert irt.eap(data.matrix[0], data.a, data.b, data.c)[0] == pytest.approx(scores.theta[0])


def test_what_cannot_be_scored_is_said() -> None:
    responses = irt.Responses.from_long(["p"], ["i"], [1])
    parameters = irt.ItemParameters(["i"], [1.0], [0.0])
    with pytest.raises(InvalidArgument, match="one of EAP, MAP, WLE, ML, not 'WISH'"):
        irt.score(responses, parameters, method="WISH")
    with pytest.raises(InvalidParameters, match="none of the answered items"):
        irt.score(responses, irt.ItemParameters(["j"], [1.0], [0.0]))
    with pytest.raises(InvalidResponses, match="one answer for each item"):
        irt.eap([1, 0], [1.0], [0.0], [0.0])
    with pytest.raises(InvalidResponses, match="0 or 1"):
        irt.eap([2], [1.0], [0.0], [0.0])
    with pytest.raises(InvalidParameters, match="finite a, b and c"):
        irt.eap([1], [1.0], [np.nan], [0.0])
