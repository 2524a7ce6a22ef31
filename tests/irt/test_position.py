"""Position: found where it is planted, its size as planted, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import irt
from irt.errors import InvalidArgument
from irt.position import position_effect
from irt.simulation import (
    Complete,
    Effects,
    Group,
    RandomItems,
    Session,
    administer,
    draw_bank,
    draw_population,
)

ITEMS = 40
BANK = draw_bank(np.random.default_rng(41), ITEMS, ln_a=(0.0, 0.2))


def sat(seed: int, persons: int = 800, length: int = 20, **effects: Any) -> Session:
    rng = np.random.default_rng(seed)
    people = draw_population(rng, [Group("all", persons)])
    return administer(rng, people, BANK, RandomItems(length), Effects(**effects))


def effect(session: Session, **more: Any) -> pl.DataFrame:
    fit = irt.calibrate(session.responses, "2PL", standard_errors=False)
    return position_effect(session.responses, fit, session.position, **more)


def overall(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.row(-1, named=True)


def test_nothing_is_found_where_nothing_is() -> None:
    frames = [effect(sat(seed)) for seed in range(20)]
    p = np.concatenate([frame["p_value"].to_numpy()[:-1] for frame in frames])
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.025)
    assert sum(frame["flagged"].sum() for frame in frames) <= 2
    z = np.array([overall(frame)["shift_b"] / overall(frame)["se"] for frame in frames])
    assert 0.6 < z.std() < 1.5
    assert (np.abs(z) < 3.5).all()


@pytest.mark.parametrize("growth", [-0.45, 0.45])
def test_growth_over_a_session_is_a_shift_of_all_items(growth: float) -> None:
    """Middles of the first and the last third lie 2/3 of the session apart; growing is as if items became easier."""
    row = overall(effect(sat(50, 2000, 30, growth=growth)))
    assert row["shift_b"] == pytest.approx(-growth * 2.0 / 3.0, abs=4.0 * row["se"])
    assert row["p_value"] < 1e-6
    assert np.sign(row["effect"]) == np.sign(growth)
    assert f"b moves by {-np.sign(growth) * abs(row['shift_b']):+.2f}" in row["sentence"]


def test_an_item_that_gets_harder_is_flagged_and_the_others_are_not() -> None:
    rng = np.random.default_rng(51)
    matrix_position = rng.permuted(np.tile(np.arange(ITEMS), (3000, 1)), axis=1)
    theta = rng.normal(size=3000)
    late = np.zeros((3000, ITEMS))
    late[:, 7] = 0.7 * (matrix_position[:, 7] / (ITEMS - 1))
    chance = irt.models.probability(theta[:, None], BANK.a, BANK.b + late, 0.0)
    responses = irt.Responses.from_matrix(rng.random(chance.shape) < chance)
    fit = irt.calibrate(responses, "2PL", standard_errors=False)
    found = position_effect(responses, fit, matrix_position.ravel())
    assert found.filter("flagged")["item"].to_list() == [7]
    row = found.row(7, named=True)
    assert row["shift_b"] == pytest.approx(0.7 * 2.0 / 3.0, abs=3.0 * row["se"])
    assert row["effect"] < -0.05
    assert "it becomes harder, as where time or strength runs out" in row["sentence"]
    assert overall(found)["q_value"] is None


def test_long_sessions_of_able_persons_are_no_position_effect() -> None:
    """Only the able get far: what is asked late is answered better, and not because it is late."""
    session = sat(52, 2000, ITEMS)
    able = session.theta > 0.0
    row_of = session.responses.person
    kept = (session.position < 14) | able[row_of]
    item, correct = session.responses.item[kept], session.responses.correct[kept]
    responses = irt.Responses.from_codes(row_of[kept], item, correct, range(2000), range(ITEMS))
    fit = irt.calibrate(responses, "2PL", standard_errors=False)
    row = overall(position_effect(responses, fit, session.position[kept]))
    assert abs(row["shift_b"]) < 3.5 * row["se"]


def test_an_order_that_is_everybodys_tells_nothing() -> None:
    rng = np.random.default_rng(53)
    people = draw_population(rng, [Group("all", 300)])
    session = administer(rng, people, BANK, Complete())
    found = effect(session)
    assert found["p_value"].is_null().all()
    assert not found["flagged"].any()
    assert found["sentence"][0].startswith("Not judged: always asked at the same third")
    assert overall(found)["sentence"] == "Not judged: fewer than two items were asked at different places."


def test_groups_anchors_and_items_set_aside() -> None:
    rng = np.random.default_rng(54)
    people = draw_population(rng, [Group("a", 500), Group("b", 500, mean=0.8)])
    session = administer(rng, people, BANK, RandomItems(20))
    right = session.responses.correct.copy()
    right[session.responses.item == 3] = 1.0
    responses = irt.Responses.from_codes(
        session.responses.person, session.responses.item, right, range(1000), BANK.items
    )
    anchors = irt.ItemParameters(BANK.items[20:], BANK.a[20:], BANK.b[20:])
    fit = irt.calibrate(responses, groups=people.groups, anchors=anchors, standard_errors=False)
    found = position_effect(responses, fit, session.position, groups=people.groups)
    assert "set aside: all" in found["sentence"][3]
    assert found["p_value"].null_count() == 1
    assert found["n"][-1] == (responses.item != 3).sum()
    under_one = position_effect(responses, fit, session.position, groups=people.groups, mean=0.4, sd=1.1)
    assert under_one["shift_b"][0] == pytest.approx(found["shift_b"][0], abs=0.05)
    assert under_one["shift_b"][0] != found["shift_b"][0]


def test_what_cannot_be_read_is_refused() -> None:
    session = sat(55, 200)
    fit = irt.calibrate(session.responses, "2PL", standard_errors=False)
    for position, level, more, said in (
        (session.position[1:], 0.05, {}, "one finite position for each of the 4000 answers"),
        (np.full(4000, 3.0), 0.05, {}, "positions from 3 to 3 have no first and last third"),
        (session.position, 1.0, {}, "level must lie between 0 and 1, not 1.0"),
        (session.position, 0.05, {"mean": 0.0}, "given together"),
    ):
        with pytest.raises(InvalidArgument, match=said):
            position_effect(session.responses, fit, position, level=level, **more)  # type: ignore[arg-type]


def test_what_all_items_do_is_nobodys_flag() -> None:
    found = effect(sat(56, 3000, 30, growth=0.9))
    assert overall(found)["effect"] > 0.1
    assert "it becomes easier, as where one learns" in overall(found)["sentence"]
    assert found["flagged"].sum() <= 1
    assert abs(found["shift_b"][:-1].mean()) < 0.1
