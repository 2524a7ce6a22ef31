from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

import irt
from irt.dif import logistic
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


def exam(seed: int, *shifts: Shift, persons: int = 1000, items: int = 20, impact: float = 0.0) -> Session:
    rng = np.random.default_rng(seed)
    population = draw_population(rng, [Group("r", persons), Group("f", persons, mean=-impact)])
    return administer(rng, population, draw_bank(rng, items), Complete(), Effects(dif=shifts))


def slow_log_likelihood(x: np.ndarray, right: np.ndarray) -> tuple[float, np.ndarray]:
    def loss(beta: np.ndarray) -> float:
        eta = x @ beta
        return float((np.logaddexp(0.0, eta) - right * eta).sum())

    best = minimize(loss, np.zeros(x.shape[1]), method="BFGS", options={"gtol": 1e-6})
    return -best.fun, best.x


def test_slow_code_of_its_own_agrees() -> None:
    session = exam(1, persons=250, items=8)
    matrix = session.responses.correct.reshape(500, 8)
    g = np.array([group == "f" for group in session.groups], dtype=float)
    score = matrix.sum(axis=1)
    z = (score - score.mean()) / score.std()
    found = logistic(session.responses, session.groups, "r", match="score", purify=False)
    one = np.ones(500)
    for item in (0, 5):
        right = matrix[:, item]
        models = [[one], [one, z], [one, z, g], [one, z, g, z * g]]
        (l0, _), (l1, _), (l2, beta), (l3, _) = (
            slow_log_likelihood(np.column_stack(columns), right) for columns in models
        )
        row = found.row(item, named=True)
        assert row["chi_square"] == pytest.approx(2 * (l3 - l1), abs=1e-5)
        assert row["chi_square_uniform"] == pytest.approx(2 * (l2 - l1), abs=1e-5)
        assert row["chi_square_nonuniform"] == pytest.approx(2 * (l3 - l2), abs=1e-5)
        assert row["log_odds"] == pytest.approx(beta[2], abs=1e-4)
        r1, r3 = ((1 - np.exp(2 * (l0 - m) / 500)) / (1 - np.exp(2 * l0 / 500)) for m in (l1, l3))
        assert row["r_squared_change"] == pytest.approx(r3 - r1, abs=1e-7)


def test_uniform_and_non_uniform_dif_are_told_apart() -> None:
    uniform, crossing = Shift([0], b=0.8, group="f"), Shift([1], a=0.3, group="f")
    session = exam(2, uniform, crossing, persons=2000)
    found = logistic(session.responses, session.groups, "r")
    assert found.filter(~pl.col("anchor"))["item"].to_list() == [0, 1]
    assert found["p_uniform"][0] < 1e-6 < 0.001 < found["p_nonuniform"][0]
    assert found["p_nonuniform"][1] < 1e-6
    assert found["log_odds"][0] < -0.5
    assert found["class"][0] in ("A", "B")


def test_classes_follow_the_change_of_r_squared() -> None:
    session = exam(3, Shift([0], b=0.9, group="f"), Shift([1], b=3.0, group="f"), persons=2000)
    found = logistic(session.responses, session.groups, "r")
    assert 0.035 <= found["r_squared_change"][0] < 0.070 <= found["r_squared_change"][1]
    assert found["class"].to_list() == ["B", "C"] + ["A"] * 18
    assert found["flagged"].to_list() == [True, True] + [False] * 18


def test_sparse_answers() -> None:
    rng = np.random.default_rng(4)
    population = draw_population(rng, [Group("r", 3000), Group("f", 3000)])
    bank = draw_bank(rng, 60)
    effects = Effects(dif=[Shift([5], b=1.5, group="f")])
    session = administer(rng, population, bank, RandomItems(30), effects)
    found = logistic(session.responses, session.groups, "r", parameters=bank)
    assert found["matching"][0] == "theta"
    assert found.filter("flagged")["item"].to_list() == [5]


def test_type_one_error_with_impact_needs_ability() -> None:
    sessions = [exam(seed, items=30, impact=1.0) for seed in range(100, 116)]
    theta, score = (
        np.concatenate(
            [logistic(s.responses, s.groups, "r", match=m)["p_value"].to_numpy() for s in sessions]
        )
        for m in ("theta", "score")
    )
    assert (theta < 0.05).mean() == pytest.approx(0.055, abs=0.03)
    assert (score < 0.05).mean() > 0.12


def test_items_that_cannot_be_judged_say_why() -> None:
    session = exam(5, persons=150, items=6)
    matrix = session.responses.correct.reshape(300, 6)
    matrix[:, 2] = 1.0
    matrix[np.array([g == "f" for g in session.groups]), 3] = np.nan
    found = logistic(irt.Responses.from_matrix(matrix), session.groups, "r")
    assert "no maximum" in found["reason"][2]
    assert "0 of the focal group" in found["reason"][3]
    assert found["chi_square"].is_null().to_list() == [False, False, True, True, False, False]
    nothing = logistic(session.responses, session.groups, "r", minimum=1000)
    assert nothing["p_value"].null_count() == 6
    with pytest.raises(InvalidArgument, match="level"):
        logistic(session.responses, session.groups, "r", level=5.0)
