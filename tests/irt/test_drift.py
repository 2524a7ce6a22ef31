from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import irt
from irt.drift import Estimates, drift
from irt.errors import InvalidArgument, InvalidParameters
from irt.linking import link
from irt.simulation import Complete, Effects, Group, Shift, administer, draw_bank, draw_population

BANK = draw_bank(np.random.default_rng(1), 30, ln_a=(-0.1, 0.25))


def calibrated(seed: int, *shifts: Shift, mean: float = 0.0, sd: float = 1.0) -> irt.Calibration:
    rng = np.random.default_rng(seed)
    population = draw_population(rng, [Group("all", 2000, mean, sd)])
    effects = Effects(drift=shifts, drift_from=0.0)
    return irt.calibrate(administer(rng, population, BANK, Complete(), effects).responses, "2PL")


BEFORE = calibrated(2)


def estimates(a: list[float], b: list[float], se: float = 0.05, first: int = 0) -> Estimates:
    items = range(first, first + len(a))
    return Estimates(irt.ItemParameters(items, a, b), np.full(len(a), se), np.full(len(a), se))


def test_drift_is_found_on_another_scale_and_nothing_else() -> None:
    after = calibrated(3, Shift([4, 9], b=-0.7), Shift([11], b=0.25), mean=0.5, sd=0.8)
    found = drift(BEFORE, after, link=link(after, BEFORE))
    actions = dict(zip(found["item"], found["action"], strict=True))
    assert (actions[4], actions[9]) == ("recalibrate", "recalibrate")
    assert actions[11] in ("watch", "drop as anchor")
    others = [action for item, action in actions.items() if item not in (4, 9, 11)]
    assert set(others) <= {"keep", "watch"}
    assert found.filter("drifted")["item"].to_list() == [
        i for i in found["item"] if actions[i] in ("drop as anchor", "recalibrate", "review")
    ]
    sentence = found.filter(pl.col("item") == 4)["sentence"][0]
    assert sentence.startswith("It became easier")
    assert "replace its parameters" in sentence


def test_z_are_standard_where_nothing_drifted() -> None:
    fits = [calibrated(seed) for seed in range(20, 44)]
    z = np.concatenate(
        [drift(x, y).select("z_a", "z_b").to_numpy() for x, y in zip(fits[::2], fits[1::2], strict=True)]
    )
    assert z.std() == pytest.approx(1.0, abs=0.15)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.05, abs=0.03)


def test_an_error_of_the_link_is_no_drift() -> None:
    before = estimates([0.8] * 6, [-1.0, -0.5, 0.0, 0.4, 0.8, 1.2])
    after = estimates([0.8] * 6, [b + 0.15 for b in (-1.0, -0.5, 0.0, 0.4, 0.8, 1.2)])
    found = drift(before, after)
    assert found["z_b"].to_list() == pytest.approx([0.0] * 6)
    assert not found["drifted"].any()


def test_each_action_by_its_case() -> None:
    a, b = [0.8] * 8, [-1.0, -0.6, -0.2, 0.0, 0.3, 0.6, 1.0, 1.4]
    before = estimates(a, b)
    new_a, new_b = a.copy(), b.copy()
    new_b[1] += 0.22  # moved, and little
    new_b[2] -= 0.8  # moved much
    new_b[3] += 0.1  # too little to matter
    new_a[4] = 0.1  # dead
    new_a[6] = -0.5  # turned around
    after = estimates(new_a, new_b)
    found = drift(before, after)
    assert found["action"].to_list() == [
        "keep",
        "drop as anchor",
        "recalibrate",
        "keep",
        "review",
        "keep",
        "review",
        "keep",
    ]
    assert found["z_b"][1] == pytest.approx(0.22 / np.hypot(0.05, 0.05) / 0.85)
    assert found["z_a"][6] is None
    uncertain = drift(before, estimates(new_a, new_b, se=1.0))
    assert uncertain["action"].to_list()[1:3] == ["watch", "watch"]


def test_spread_beyond_the_errors_widens_the_test() -> None:
    rng = np.random.default_rng(4)
    b = rng.normal(size=200)
    found = drift(
        estimates([0.8] * 200, b.tolist(), 0.01),
        estimates([0.8] * 200, (b + rng.normal(0.0, 0.1, 200)).tolist(), 0.01),
    )
    assert found["z_b"].std() == pytest.approx(1.0, abs=0.15)


def test_without_errors_it_is_the_robust_z() -> None:
    before = estimates([0.8] * 5, [0.0] * 5, np.nan)
    found = drift(before, estimates([0.8] * 5, [1.0, 2.0, 3.0, 4.0, 10.0], np.nan))
    assert found["z_b"].to_list() == pytest.approx([-2 / 1.48, -1 / 1.48, 0.0, 1 / 1.48, 7 / 1.48])


def test_items_of_one_calibration_are_not_compared() -> None:
    found = drift(estimates([0.8] * 4, [0.0] * 4), estimates([0.8] * 4, [0.0] * 4, first=1))
    assert found["item"].to_list() == [0, 1, 2, 3, 4]
    assert found["action"].to_list() == ["not compared", "keep", "keep", "keep", "not compared"]
    assert found["a_before"].to_list() == [0.8] * 4 + [None]
    with pytest.raises(InvalidParameters, match="2 items"):
        drift(estimates([0.8] * 4, [0.0] * 4), estimates([0.8] * 4, [0.0] * 4, first=2))
    with pytest.raises(InvalidArgument, match="level"):
        drift(estimates([0.8] * 4, [0.0] * 4), estimates([0.8] * 4, [0.0] * 4), level=5)
