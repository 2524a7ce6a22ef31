"""The rule picks a c where there is one to be seen, and says why it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import irt
from irt.choice import three_pl_rule
from irt.errors import InvalidArgument
from irt.simulation import Complete, Effects, Group, administer, draw_population

ITEMS, PERSONS = 40, 3000
B = np.linspace(-2.6, 2.2, ITEMS)
#: Every other item can be guessed.
TRUE_C = np.where(np.arange(ITEMS) % 2, 0.2, 0.0)
#: What an item that only misses is scored by the wrong key shows: less right, the abler.
MISKEYED = 14


def exam(seed: int, c: Any, persons: int = PERSONS) -> tuple[irt.Responses, irt.Calibration, irt.Calibration]:
    rng = np.random.default_rng(seed)
    bank = irt.ItemParameters(range(ITEMS), np.exp(rng.normal(0.0, 0.2, ITEMS)), B, c)
    people = draw_population(rng, [Group("all", persons)])
    responses = administer(rng, people, bank, Complete(), Effects(miskeyed=[MISKEYED])).responses
    return (
        responses,
        irt.calibrate(responses, "2PL", standard_errors=False),
        irt.calibrate(responses, "3PL", standard_errors=False),
    )


@pytest.fixture(scope="module")
def half() -> tuple[irt.Responses, irt.Calibration, irt.Calibration]:
    return exam(71, TRUE_C)


@pytest.fixture(scope="module")
def chosen(half: tuple[irt.Responses, irt.Calibration, irt.Calibration]) -> pl.DataFrame:
    return rule(half)


def rule(fits: tuple[irt.Responses, irt.Calibration, irt.Calibration], **more: Any) -> pl.DataFrame:
    responses, two, three = fits
    return three_pl_rule(two, three, responses, **more)


def test_hard_items_that_can_be_guessed_get_a_c_and_others_do_not(chosen: pl.DataFrame) -> None:
    free = (chosen["guessing"] == "free").fill_null(value=False).to_numpy()
    hard = B > 0.0
    assert free[hard & (TRUE_C > 0.0)].mean() >= 0.8
    assert free[TRUE_C == 0.0].sum() <= 1
    assert (chosen["model"].to_numpy()[free] == "3PL").all()
    known = chosen.filter(pl.col("guessing") == "free")
    z = (known["c"] - pl.Series(TRUE_C[free])) / known["se_c"]
    assert np.sqrt((z**2).mean()) < 1.6
    assert (known["gain"] > 0.0).all()
    assert known["reason"].str.contains(r"^3PL: c = 0\.\d\d \(standard error 0\.\d\d\) gains \d").all()


def test_every_item_says_why_with_figures(chosen: pl.DataFrame) -> None:
    assert chosen["item"].to_list() == list(range(ITEMS))
    assert (chosen["n"] == PERSONS).all()
    reasons = chosen["reason"].to_list()
    assert all(reason.endswith(".") and any(sign.isdigit() for sign in reason) for reason in reasons)
    easy = chosen.filter(pl.Series(B < -2.3))
    assert (easy["guessing"].fill_null("") != "free").all()
    assert easy["reason"].str.contains("uncertain by|too easy|at its bound|after its penalty").all()


@pytest.mark.parametrize(
    ("most_se_c", "fewest", "why"), [(0.001, 1000, "more than 0.001"), (0.1, 9999, "fewer than")]
)
def test_a_limit_that_nothing_meets_leaves_no_c_free(
    half: tuple[irt.Responses, irt.Calibration, irt.Calibration], most_se_c: float, fewest: int, why: str
) -> None:
    chosen = rule(half, most_se_c=most_se_c, fewest=fewest)
    assert (chosen["guessing"].fill_null("") != "free").all()
    assert chosen["reason"].str.contains(why).sum() >= ITEMS // 2


def test_an_item_that_nobody_can_fail_is_too_easy_for_a_c() -> None:
    rng = np.random.default_rng(74)
    bank = irt.ItemParameters(range(12), 0.5, [-2.6, *np.linspace(-1.0, 1.0, 11)], 0.0)
    responses = administer(rng, draw_population(rng, [Group("all", 4000)]), bank, Complete()).responses
    two, three = (irt.calibrate(responses, model, standard_errors=False) for model in ("2PL", "3PL"))
    assert "too easy: b - 2/a lies" in three_pl_rule(two, three, responses, most_se_c=9.0)["reason"][0]


def test_a_gain_is_that_of_the_whole_likelihood(
    half: tuple[irt.Responses, irt.Calibration, irt.Calibration], chosen: pl.DataFrame
) -> None:
    """Freeing c of one item alone, all others held at the 3PL: what it gains in the marginal likelihood."""
    responses, _, three = half
    item = int(chosen.filter(pl.col("guessing") == "free")["item"][0])
    others = np.arange(ITEMS) != item
    anchors = irt.ItemParameters(
        np.arange(ITEMS)[others].tolist(), three.a[others], three.b[others], three.c[others]
    )
    with_c, without = (
        irt.calibrate(
            responses, model, anchors=anchors, priors=irt.Priors.none(), standard_errors=False
        ).log_likelihood
        for model in ("3PL", ["2PL" if i == item else "3PL" for i in range(ITEMS)])
    )
    row = chosen.filter(pl.col("item") == item)
    assert row["gain"][0] == pytest.approx(2.0 * (with_c - without) - np.log(PERSONS), abs=1.0)


def test_a_c_that_is_not_its_own_is_one_over_options_or_common(
    half: tuple[irt.Responses, irt.Calibration, irt.Calibration],
) -> None:
    few = rule(half, fewest=PERSONS + 1, n_options=dict.fromkeys(range(ITEMS), 5))
    held = few.filter(pl.col("model") == "3PL")
    assert (held["guessing"] == "fixed").all()
    assert held["fixed_c"].to_list() == pytest.approx([0.2] * held.height)
    can_be_guessed = np.isin(np.arange(ITEMS), held["item"].to_numpy())
    assert can_be_guessed[(TRUE_C > 0.0) & (B > 0.0)].mean() >= 0.8
    assert not can_be_guessed[(TRUE_C == 0.0) & (B > 0.0)].any()
    assert held["reason"].str.contains("3,000 answers are fewer than the 3,001").sum() >= held.height - 1
    unknown = rule(half, n_options={0: 4})
    assert set(unknown["guessing"].drop_nulls()) <= {"free", "common", "fixed"}
    assert (unknown["guessing"] == "common").any()
    assert unknown.filter(pl.col("guessing") == "common")["fixed_c"].is_null().all()


def test_a_miskeyed_item_is_left_a_2pl(chosen: pl.DataFrame) -> None:
    row = chosen.row(MISKEYED, named=True)
    assert row["model"] == "2PL"
    assert "abler people" in row["reason"]


def test_without_guessing_hardly_any_item_is_given_one() -> None:
    chosen = rule(exam(72, 0.0, 1500))
    assert (chosen["guessing"] == "free").sum() <= 1


def test_what_a_fit_set_aside_is_a_2pl_without_figures() -> None:
    rng = np.random.default_rng(73)
    bank = irt.ItemParameters(range(6), 1.0, [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5], 0.2)
    people = draw_population(rng, [Group("low", 700, mean=-0.5), Group("high", 700, mean=0.5)])
    answers = administer(rng, people, bank, Complete()).responses
    everybody = np.full((answers.n_persons, 7), 1.0)
    everybody[answers.person, answers.item] = answers.correct
    responses = irt.Responses.from_matrix(everybody)
    two, three = (
        irt.calibrate(responses, model, groups=people.groups, reference="pooled", standard_errors=False)
        for model in ("2PL", "3PL")
    )
    chosen = three_pl_rule(two, three, responses, groups=people.groups)
    assert chosen.row(6, named=True) == {
        "item": 6,
        "n": 1400,
        "model": "2PL",
        "guessing": None,
        "fixed_c": None,
        "c": None,
        "se_c": None,
        "gain": None,
        "lead": None,
        "apart": None,
        "reason": "2PL: no fit to choose by: all 1400 responses are right.",
    }
    assert chosen["gain"][:6].is_finite().all()


def test_what_cannot_be_chosen_by_is_refused(
    half: tuple[irt.Responses, irt.Calibration, irt.Calibration],
) -> None:
    responses, two, three = half
    with pytest.raises(InvalidArgument, match="the 3PL is no maximum to choose by"):
        three_pl_rule(two, replace(three, converged=False), responses)
    with pytest.raises(InvalidArgument, match="different items"):
        three_pl_rule(replace(two, items=tuple("x" * i for i in range(ITEMS))), three, responses)
    with pytest.raises(InvalidArgument, match="item 3 has 1 options"):
        rule(half, n_options={3: 1})
    with pytest.raises(InvalidArgument, match="most_se_c above 0"):
        rule(half, most_se_c=0.0)


def test_on_the_scale_of_anchors_the_same_is_chosen() -> None:
    """The same answers on another scale: anchors 1.5 higher and 0.8 as wide are no other items."""
    responses, two, three = exam(75, TRUE_C)
    here = rule((responses, two, three))
    held = irt.ItemParameters(range(10), three.a[:10] / 0.8, 0.8 * three.b[:10] + 1.5, three.c[:10])
    models = {"2PL": ["3PL"] * 10 + ["2PL"] * (ITEMS - 10), "3PL": ["3PL"] * ITEMS}
    there = rule(
        (
            responses,
            *(
                irt.calibrate(responses, models[name], anchors=held, standard_errors=False)
                for name in ("2PL", "3PL")
            ),
        )
    )
    assert there["guessing"].fill_null("").to_list() == here["guessing"].fill_null("").to_list()
    assert there["c"].to_numpy() == pytest.approx(here["c"].to_numpy(), abs=0.02)
    assert there["gain"].to_numpy() == pytest.approx(here["gain"].to_numpy(), abs=0.5)


def test_the_lead_over_the_other_model_and_how_far_their_curves_lie_apart(
    half: tuple[irt.Responses, irt.Calibration, irt.Calibration],
) -> None:
    told = rule(half, n_options=dict.fromkeys(range(ITEMS), 5), fewest=10 * PERSONS)
    weighed = told.filter(pl.col("lead").is_not_null())
    assert len(weighed) == ITEMS
    assert (weighed["lead"] >= 0.0).all()
    assert (weighed["apart"] >= 0.0).all()
    assert (weighed["apart"] < 0.2).all()
    # At the hard end, where guessing shows, the lead is clear; at the easy end both curves say the same.
    lead, apart = weighed["lead"].to_numpy(), weighed["apart"].to_numpy()
    assert np.median(lead[B > 1.0]) > 6.0
    assert np.median(apart[B < -2.0]) < 0.02 < np.median(apart[B > 1.0])
    own = rule(half).filter(pl.col("guessing") == "free")
    assert (own["lead"] == own["gain"]).all()
