from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

import irt
from irt.drift_weeks import drift_by_week
from irt.errors import InvalidArgument, InvalidParameters
from irt.models import Floats, probability

ITEMS, ANSWERED, WEEKS = 40, 25, 8


@dataclass(frozen=True)
class Weekly:
    responses: irt.Responses
    truth: irt.ItemParameters
    week: NDArray[np.int64]


def weekly(
    seed: int,
    theta: Floats | None = None,
    *,
    easier: Sequence[int] = (),
    by: float = 0.0,
    since: int = 4,
    persons: int = 2000,
) -> Weekly:
    """2PL answers to 25 of 40 items, each in a week of its own; items `easier` are so from a week on."""
    rng = np.random.default_rng(seed)
    a, b = np.exp(rng.normal(-0.2, 0.3, ITEMS)), rng.normal(size=ITEMS)
    ability = rng.normal(size=persons) if theta is None else theta
    who = np.repeat(np.arange(persons), ANSWERED)
    what = np.concatenate([np.sort(rng.permutation(ITEMS)[:ANSWERED]) for _ in range(persons)])
    week = rng.integers(0, WEEKS, len(who))
    shifted = b[what] - by * (np.isin(what, easier) & (week >= since))
    right = rng.random(len(who)) < probability(ability[who], a[what], shifted, np.zeros(len(who)))
    responses = irt.Responses.from_codes(
        who, what, right.astype(np.int8), [f"p{n}" for n in range(persons)], range(ITEMS)
    )
    return Weekly(responses, irt.ItemParameters(tuple(range(ITEMS)), a, b, np.zeros(ITEMS)), week)


def fit(data: Weekly, model: str = "2PL") -> irt.ItemParameters:
    return irt.calibrate(data.responses, model, standard_errors=False).parameters


def test_it_is_what_a_loop_over_persons_says() -> None:
    data = weekly(1, persons=300)
    found = drift_by_week(data.responses, data.truth, data.week, fitted=False).filter(item=7, week=3)
    theta = np.linspace(-6.0, 6.0, 61)
    p = probability(theta[:, None], data.truth.a, data.truth.b, data.truth.c)
    item, correct = data.responses.item, data.responses.correct
    n, right, expected, variance = 0, 0.0, 0.0, 0.0
    for person in range(data.responses.n_persons):
        own = slice(data.responses.starts[person], data.responses.starts[person + 1])
        here = (item[own] == 7) & (data.week[own] == 3)
        if not here.any():
            continue
        posterior = np.exp(-0.5 * theta**2)
        for k, u in zip(item[own][~here], correct[own][~here], strict=True):
            posterior *= p[:, k] if u else 1.0 - p[:, k]
        chance = float(posterior @ p[:, 7] / posterior.sum())
        n, right, expected = n + 1, right + float(correct[own][here][0]), expected + chance
        variance += chance * (1.0 - chance)
    (row,) = found.to_dicts()
    assert row["n"] == n
    assert row["observed"] == pytest.approx(right / n)
    assert row["expected"] == pytest.approx(expected / n)
    assert row["se"] == pytest.approx(np.sqrt(variance) / n)
    assert row["z"] == pytest.approx((right - expected) / np.sqrt(variance))


@pytest.mark.parametrize(("model", "fitted"), [("2PL", True), ("3PL", True), ("2PL", False)])
def test_the_level_holds_where_nothing_drifted(model: str, fitted: bool) -> None:
    """Also on the answers that were fitted, and with a prior on c: what the fit took is taken out."""
    z, flagged, tests = [], 0, 0
    for seed in range(12):
        data = weekly(seed)
        parameters = fit(data, model) if fitted else data.truth
        found = drift_by_week(data.responses, parameters, data.week, fitted=fitted)
        z.append(found["z"].drop_nulls().to_numpy())
        flagged, tests = flagged + int(found["drifted"].sum()), tests + found.height
    known = np.concatenate(z)
    assert len(known) > 3500
    assert known.std() == pytest.approx(1.0, abs=0.04)
    assert (np.abs(known) > 1.96).mean() == pytest.approx(0.05, abs=0.012)
    assert flagged <= 4, f"{flagged} of {tests}"


def test_what_the_fit_took_would_make_the_test_too_shy() -> None:
    """Of two weeks each set half of the curve: taken as known, its differences look smaller than they are."""
    shy, right = [], []
    for seed in range(10):
        data = weekly(seed)
        parameters, half = fit(data), data.week % 2
        for kept, fitted in ((shy, False), (right, True)):
            kept.append(
                drift_by_week(data.responses, parameters, half, fitted=fitted)["z"].drop_nulls().to_numpy()
            )
    assert np.concatenate(shy).std() < 0.8
    assert np.concatenate(right).std() == pytest.approx(1.0, abs=0.08)


def test_a_planted_drift_is_found_and_few_others_are() -> None:
    """Of what is flagged at a false discovery rate of 5 %, about 5 % are items that did not drift."""
    true, false = 0, 0
    for seed in range(6):
        data = weekly(40 + seed, easier=[5, 11], by=1.0, persons=3000)
        flagged = drift_by_week(data.responses, fit(data), data.week).filter("drifted")
        planted = flagged.filter(pl.col("item").is_in([5, 11]))
        later = planted.filter(pl.col("week") >= 4)
        assert set(later["item"]) == {5, 11}
        assert (later["observed"] > later["expected"]).all()
        true, false = true + planted.height, false + flagged.height - planted.height
    assert true >= 6 * 8
    assert false / (true + false) <= 0.1


def test_a_difference_too_small_to_matter_is_not_flagged() -> None:
    data = weekly(41, easier=[5], by=1.0, persons=4000)
    parameters = fit(data)
    sizes = drift_by_week(data.responses, parameters, data.week).filter("drifted")
    largest = float((sizes["observed"] - sizes["expected"]).abs().max())  # type: ignore[arg-type]
    assert sizes.height > 0
    assert drift_by_week(data.responses, parameters, data.week, least=largest)["drifted"].sum() == 0


def test_each_group_is_expected_by_its_own_abilities() -> None:
    """Groups 2 SD apart that came in different weeks: under one N(0, 1) the weeks seem to differ."""
    rng = np.random.default_rng(50)
    strong = np.arange(3000) < 1500
    data = weekly(50, rng.normal(size=3000) + np.where(strong, 1.0, -1.0), persons=3000)
    week = np.where(strong, 0, 1)[data.responses.person]
    mean = np.where(strong, 1.0, -1.0)
    own = drift_by_week(data.responses, data.truth, week, fitted=False, mean=mean)
    pooled = drift_by_week(data.responses, data.truth, week, fitted=False)
    assert own["z"].std() == pytest.approx(1.0, abs=0.3)
    assert own["drifted"].sum() == 0
    assert pooled["z"].std() > 1.3  # type: ignore[operator]


def test_a_week_that_set_the_curve_or_is_thin_is_not_tested() -> None:
    data = weekly(60, persons=400)
    parameters = fit(data)
    alone = drift_by_week(data.responses, parameters, np.zeros(len(data.week), dtype=np.int64))
    assert alone.height == ITEMS
    assert alone["z"].null_count() == ITEMS
    assert not alone["drifted"].any()
    assert alone["observed"].to_numpy() == pytest.approx(alone["expected"].to_numpy(), abs=2e-3)
    thin = drift_by_week(
        data.responses, parameters, np.random.default_rng(61).integers(0, 100, len(data.week))
    )
    assert thin["z"].null_count() == thin.height
    assert thin["n"].sum() == len(data.week)


def test_weeks_go_with_the_answers_to_items_that_have_parameters() -> None:
    data = weekly(70, persons=300)
    known = data.truth.items[5:]
    some = irt.ItemParameters(known, data.truth.a[5:], data.truth.b[5:], data.truth.c[5:])
    names = np.array([f"w{n}" for n in data.week])
    found = drift_by_week(data.responses, some, names, fitted=False)
    assert set(found["item"]) == set(known)
    counted = found.filter(item=9).select("week", "n").rows()
    own = data.responses.item == 9
    assert counted == [(f"w{n}", int((data.week[own] == n).sum())) for n in range(WEEKS)]


def test_what_cannot_be_done_is_said() -> None:
    data = weekly(80, persons=50)
    with pytest.raises(InvalidArgument, match="1250 answers need a week each, not 3"):
        drift_by_week(data.responses, data.truth, [1, 2, 3])
    with pytest.raises(InvalidArgument, match="level"):
        drift_by_week(data.responses, data.truth, data.week, level=1.0)
    with pytest.raises(InvalidParameters, match="none of the answered items"):
        drift_by_week(data.responses, irt.ItemParameters(("x",), [1.0], [0.0], [0.0]), data.week)
