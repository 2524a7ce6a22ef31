from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import irt
from irt.dif import common_odds_ratio, ets_classes, mantel_haenszel
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


def exam(seed: int, persons: int = 1000, items: int = 20, impact: float = 0.0, *, b: float = 0.0) -> Session:
    rng = np.random.default_rng(seed)
    population = draw_population(rng, [Group("r", persons), Group("f", persons, mean=-impact)])
    dif = [Shift([0, 1], b=b, group="f")]
    return administer(rng, population, draw_bank(rng, items), Complete(), Effects(dif=dif))


def counts(*strata: tuple[int, int, int, int]) -> np.ndarray:
    """Tables of one item from (reference right, reference wrong, focal right, focal wrong)."""
    return np.array([[[[b, a], [d, c]] for a, b, c, d in strata]])


def test_admissions_to_berkeley() -> None:
    # Bickel, Hammel & O'Connell (1975), as in R's UCBAdmissions; R's mantelhaen.test gives a common odds
    # ratio of 0.9046968 with the 95 % interval 0.7719074, 1.0603298, X2 = 1.5246 and 1.4269 corrected.
    found = common_odds_ratio(
        counts(
            (512, 313, 89, 19),
            (353, 207, 17, 8),
            (120, 205, 202, 391),
            (138, 279, 131, 244),
            (53, 138, 94, 299),
            (22, 351, 24, 317),
        )
    )
    assert found.alpha[0] == pytest.approx(0.9046968, abs=1e-7)
    limits = np.exp(np.log(found.alpha[0]) + np.array([-1, 1]) * 1.959964 * found.se_log[0])
    assert limits == pytest.approx([0.7719074, 1.0603298], abs=1e-6)
    assert found.chi_square[0] == pytest.approx(1.5246, abs=5e-5)
    assert found.chi_square_corrected[0] == pytest.approx(1.4269, abs=5e-5)


def test_penicillin_in_rabbits() -> None:
    # Agresti (1990, pages 231-237); R: common odds ratio 7 with the interval 1.026713, 47.725133, corrected
    # X2 = 3.9286. Two strata hold answers of one kind only and say nothing.
    found = common_odds_ratio(counts((0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0)))
    assert found.alpha[0] == pytest.approx(7.0, rel=1e-12)
    limits = np.exp(np.log(found.alpha[0]) + np.array([-1, 1]) * 1.959964 * found.se_log[0])
    assert limits == pytest.approx([1.026713, 47.725133], rel=1e-6)
    assert found.chi_square_corrected[0] == pytest.approx(3.9286, abs=5e-5)


def test_slow_code_of_its_own_agrees() -> None:
    session = exam(1, persons=300, impact=0.5)
    matrix = session.responses.correct.reshape(600, 20)
    focal, score = np.array([g == "f" for g in session.groups]), matrix.sum(axis=1)
    found = mantel_haenszel(session.responses, session.groups, "r", purify=False)
    for item in range(20):
        up = down = difference = spread = ph = 0.0
        tables = []
        for k in range(21):
            a, c = (((score == k) & (focal == g) & (matrix[:, item] == 1)).sum() for g in (False, True))
            b, d = (((score == k) & (focal == g) & (matrix[:, item] == 0)).sum() for g in (False, True))
            n = a + b + c + d
            if n < 2:
                continue
            up, down = up + a * d / n, down + b * c / n
            difference += a - (a + b) * (a + c) / n
            spread += (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
            tables.append((a, b, c, d, n))
        alpha = up / down
        # Phillips & Holland (1987), the variance as they write it.
        ph = sum((a * d + alpha * b * c) * (a + d + alpha * (b + c)) / n**2 for a, b, c, d, n in tables) / (
            2 * up**2
        )
        row = found.row(item, named=True)
        assert row["alpha"] == pytest.approx(alpha, rel=1e-12)
        assert row["d_dif"] == pytest.approx(-2.35 * np.log(alpha), rel=1e-12)
        assert row["se_d_dif"] == pytest.approx(2.35 * np.sqrt(ph), rel=1e-12)
        assert row["chi_square"] == pytest.approx(difference**2 / spread, rel=1e-12)


def test_classes_of_ets() -> None:
    d_dif = np.array([0.9, -1.2, 1.2, -1.6, 1.6, 2.0, np.nan])
    se = np.array([0.1, 0.3, 0.8, 0.3, 0.4, 0.7, np.nan])
    p = np.array([1e-9, 1e-4, 0.13, 1e-7, 6e-5, 0.004, np.nan])
    # -1.6 with 0.3: 1.6 - 1.645 * 0.3 = 1.11 > 1; 1.6 with 0.4: 0.94; 2.0 with 0.7: 0.85.
    assert ets_classes(d_dif, se, p).tolist() == ["A", "B", "A", "C", "B", "B", ""]


def test_dif_is_found_and_taken_out_of_the_matching() -> None:
    session = exam(2, persons=1500, b=0.8)
    found = mantel_haenszel(session.responses, session.groups, "r")
    assert found.filter("flagged")["item"].to_list() == [0, 1]
    assert found.filter(~pl.col("anchor"))["item"].to_list() == [0, 1]
    assert (found["d_dif"][:2] < -1.0).all()
    assert found["matching"].unique().to_list() == ["score"]
    # With two of twenty items against the focal group, the others look easier for it until purified.
    plain = mantel_haenszel(session.responses, session.groups, "r", purify=False)
    assert plain["d_dif"][2:].mean() > found["d_dif"][2:].mean() + 0.05
    assert abs(found["d_dif"][2:].mean()) < 0.1


def test_exchanging_the_groups_changes_the_sign() -> None:
    session = exam(3, b=0.5)
    one = mantel_haenszel(session.responses, session.groups, "r")
    other = mantel_haenszel(session.responses, session.groups, "f")
    assert one["d_dif"].to_numpy() == pytest.approx(-other["d_dif"].to_numpy(), abs=1e-12)
    assert one["class"].to_list() == other["class"].to_list()


def test_sparse_answers_are_matched_on_ability() -> None:
    rng = np.random.default_rng(4)
    population = draw_population(rng, [Group("r", 4000), Group("f", 4000, mean=-1.0)])
    bank = draw_bank(rng, 60)
    effects = Effects(dif=[Shift([5], b=0.8, group="f")])
    session = administer(rng, population, bank, RandomItems(30), effects)
    for parameters in (bank, None):
        found = mantel_haenszel(session.responses, session.groups, "r", parameters=parameters)
        assert found["matching"].unique().to_list() == ["theta"]
        assert found.filter("flagged")["item"].to_list() == [5]
        assert found.filter(~pl.col("anchor"))["item"].to_list() == [5]
    with pytest.raises(InvalidArgument, match="match on theta"):
        mantel_haenszel(session.responses, session.groups, "r", match="score")


def test_type_one_error_without_impact() -> None:
    p = np.concatenate(
        [
            mantel_haenszel(s.responses, s.groups, "r")["p_value"].to_numpy()
            for s in map(exam, range(100, 140))
        ]
    )
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.06)


def test_items_that_cannot_be_judged_say_why() -> None:
    session = exam(5, persons=200, items=6)
    matrix = session.responses.correct.reshape(400, 6)
    matrix[:, 2] = 1.0
    focal = np.array([g == "f" for g in session.groups])
    matrix[focal.nonzero()[0][50:], 3] = np.nan
    found = mantel_haenszel(irt.Responses.from_matrix(matrix), session.groups, "r")
    reasons = dict(zip(found["item"], found["reason"], strict=True))
    assert "no finite odds ratio" in reasons[2]
    assert "50 of the focal group" in reasons[3]
    assert [reasons[i] for i in (0, 1, 4, 5)] == [""] * 4
    row = found.row(3, named=True)
    assert (row["alpha"], row["q_value"], row["class"], row["flagged"]) == (None, None, None, False)


def test_settings_that_are_none() -> None:
    session = exam(6, persons=100, items=4)
    with pytest.raises(InvalidArgument, match="n_strata"):
        mantel_haenszel(session.responses, session.groups, "r", n_strata=1)
    with pytest.raises(InvalidArgument, match="auto, score or theta"):
        mantel_haenszel(session.responses, session.groups, "r", match="rest")  # type: ignore[arg-type]
