from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

import irt
from irt.dif import likelihood_ratio
from irt.dif.groups import compared
from irt.dif.likelihood_ratio import split
from irt.errors import InvalidArgument
from irt.simulation import (
    Complete,
    Effects,
    Group,
    RandomItems,
    Session,
    Shift,
    administer,
    draw_bank,
    draw_population,
)


def exam(
    seed: int, *shifts: Shift, persons: int = 800, items: int = 12, impact: float = 0.0, model: str = "2PL"
) -> Session:
    rng = np.random.default_rng(seed)
    population = draw_population(rng, [Group("r", persons), Group("f", persons, mean=-impact, sd=0.9)])
    bank = draw_bank(rng, items, model, b=(-0.3, 0.9))
    return administer(rng, population, bank, Complete(), Effects(dif=shifts))


def slow_log_likelihood(matrix: np.ndarray, focal: np.ndarray, freed: list[int]) -> float:
    """Maximum of the two-group 2PL with items `freed` apart, by a general optimiser on the plain formula."""
    items = matrix.shape[1]
    theta = np.linspace(-6.0, 6.0, 61)

    def loss(x: np.ndarray) -> float:
        slope, intercept = x[:items], x[items : 2 * items]
        extra = x[2 * items : -2].reshape(2, -1)
        total = 0.0
        for group in (False, True):
            s, d = slope.copy(), intercept.copy()
            mean, sd = (x[-2], np.exp(x[-1])) if group else (0.0, 1.0)
            if group:
                s[freed], d[freed] = extra
            weight = np.exp(-0.5 * ((theta - mean) / sd) ** 2)
            weight /= weight.sum()
            logit = s[:, None] * theta + d[:, None]
            rows = matrix[focal == group]
            log_l = rows @ -np.logaddexp(0.0, -logit) + (1 - rows) @ -np.logaddexp(0.0, logit)
            total -= np.log(np.exp(log_l) @ weight).sum()
        return float(total)

    start = np.concatenate(
        [np.ones(items), np.zeros(items), np.ones(len(freed)), np.zeros(len(freed)), [0, 0]]
    )
    return -float(minimize(loss, start, method="BFGS", options={"gtol": 1e-3, "maxiter": 500}).fun)


def test_slow_code_of_its_own_agrees() -> None:
    session = exam(1, Shift([1], b=0.4, group="f"), persons=300, items=5, impact=0.5)
    found = likelihood_ratio(session.responses, session.groups, "r", purify=False)
    matrix = session.responses.correct.reshape(600, 5)
    focal = np.array([g == "f" for g in session.groups])
    tied = slow_log_likelihood(matrix, focal, [])
    for item in (1, 3):
        expected = 2.0 * (slow_log_likelihood(matrix, focal, [item]) - tied)
        assert found["chi_square"][item] == pytest.approx(expected, abs=2e-3)


def test_dif_is_found_in_spite_of_impact() -> None:
    shifts = [Shift([2], b=0.7, group="f"), Shift([5], a=0.4, group="f")]
    session = exam(8, *shifts, persons=2000, impact=1.0)
    found = likelihood_ratio(session.responses, session.groups, "r")
    assert found.filter("flagged")["item"].to_list() == [2, 5]
    assert found.filter(~pl.col("anchor"))["item"].to_list() == [2, 5]
    row = found.row(2, named=True)
    truth = session.parameters
    assert row["b_reference"] == pytest.approx(truth.b[2], abs=0.15)
    assert row["b_focal"] - row["b_reference"] == pytest.approx(0.7, abs=0.2)
    assert found["a_focal"][5] / found["a_reference"][5] == pytest.approx(0.4, abs=0.15)
    assert found["matching"].unique().to_list() == ["model"]


def test_three_parameters_with_c_fixed() -> None:
    session = exam(3, Shift([2], b=0.9, group="f"), persons=1500, model="3PL")
    found = likelihood_ratio(session.responses, session.groups, "r", model="3PL", items=[2, 4])
    assert found["p_value"][2] < 1e-4
    assert found["p_value"][4] > 1e-3
    assert found["reason"].to_list()[3] == "not studied"
    assert found["chi_square"].null_count() == 10


def test_sparse_answers_and_a_common_slope() -> None:
    rng = np.random.default_rng(4)
    population = draw_population(rng, [Group("r", 1500), Group("f", 1500, mean=-0.5)])
    bank = draw_bank(rng, 20, "1PL")
    effects = Effects(dif=[Shift([7], b=-0.6, group="f")])
    session = administer(rng, population, bank, RandomItems(12), effects)
    calls: list[tuple[int, int]] = []
    found = likelihood_ratio(
        session.responses, session.groups, "r", model="1PL", progress=lambda done, n: calls.append((done, n))
    )
    assert found.filter("flagged")["item"].to_list() == [7]
    assert calls[:2] == [(1, 20), (2, 20)]


def test_type_one_error_with_impact() -> None:
    p = np.concatenate(
        [
            likelihood_ratio(s.responses, s.groups, "r")["p_value"].to_numpy()
            for s in (exam(seed, persons=500, items=10, impact=1.0) for seed in range(50, 65))
        ]
    )
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.04)
    assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.13)


def test_a_freed_item_is_two() -> None:
    responses = irt.Responses.from_matrix([[1, 0, 1], [0, 1, np.nan], [1, 1, 0]])
    two = compared(responses, ["r", "f", "f"], "r")
    apart = split(two, np.array([True, False, True]))
    assert apart.items == ((0, "r"), (0, "f"), 1, (2, "r"), (2, "f"))
    assert apart.starts.tolist() == [0, 3, 5, 8]
    assert apart.cells.tolist() == [1, 4, 7, 2, 5, 3, 5, 8]
    tied = split(two, np.zeros(3, dtype=bool))
    assert (tied.items, tied.cells.tolist()) == (responses.items, responses.cells.tolist())


def test_items_that_cannot_be_judged_say_why() -> None:
    session = exam(5, persons=250, items=8)
    matrix = session.responses.correct.reshape(500, 8)
    focal = np.array([g == "f" for g in session.groups])
    matrix[focal, 3] = 1.0
    matrix[~focal, 4] = np.nan
    found = likelihood_ratio(irt.Responses.from_matrix(matrix), session.groups, "r", purify=False)
    assert "in a group alone cannot be fitted" in found["reason"][3]
    assert "0 of the reference" in found["reason"][4]
    assert found["class"].is_null().to_list() == [i in (3, 4) for i in range(8)]
    with pytest.raises(InvalidArgument, match="1PL, 2PL, 3PL"):
        likelihood_ratio(session.responses, session.groups, "r", model="4PL")
    with pytest.raises(InvalidArgument, match="'x' is to be studied"):
        likelihood_ratio(session.responses, session.groups, "r", items=["x"])
