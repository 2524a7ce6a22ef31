"""Modes are groups of a fit where both are large enough; exam mode then sets the scale."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import irt
from irt.models import probability
from orchestration.groups import FEWEST_PERSONS, Cell, figures, grouping, priors
from orchestration.snapshot import persons, responses
from tests.orchestration.attempts import simulated


def test_one_mode_is_one_population() -> None:
    found = grouping(persons(simulated(50)))
    assert (found.labels, found.reference) == (None, None)
    assert found.reason == "all persons are of mode exam"
    assert grouping(persons(simulated(50).clear())).reason == "there are no persons"


def test_a_small_mode_is_pooled_and_the_reason_says_so() -> None:
    found = grouping(persons(simulated(FEWEST_PERSONS, FEWEST_PERSONS - 1)))
    assert found.labels is None
    assert found.reason == "pooled, for there are only 99 of mode tutor; 100 are needed for a group"
    assert found.settings["by_mode"] is False


def test_the_first_mode_to_appear_is_not_the_reference_for_that() -> None:
    attempts = pl.concat([simulated(0, 150), simulated(150)])
    found = grouping(persons(attempts))
    assert found.labels == ("tutor",) * 150 + ("exam",) * 150
    assert found.reference == "exam"
    assert found.settings == {
        "by_mode": True, "strata": 1, "periods": 1, "reference": "exam", "reason": found.reason,
    }  # fmt: skip


def test_exam_mode_sets_the_scale_and_each_person_has_the_prior_of_its_mode() -> None:
    attempts = simulated(1500, 1500, tutor_mean=0.8)
    people = persons(attempts)
    groups = grouping(people)
    fit = irt.calibrate(
        responses(attempts), "2PL", groups=groups.labels, reference=groups.reference, standard_errors=False
    )
    found = {row["group"]: row for row in figures(fit.latent, groups)}
    assert (found["exam"]["mean"], found["exam"]["sd"], found["exam"]["n_persons"]) == (0.0, 1.0, 1500)
    assert found["tutor"]["mean"] == pytest.approx(0.8, abs=0.1)
    mean, sd = priors(list(found.values()), people)
    tutor = (people["mode"] == "tutor").to_numpy()
    assert set(mean[~tutor]) == {0.0}
    assert set(mean[tutor]) == {found["tutor"]["mean"]}
    assert np.unique(sd).tolist() == sorted({1.0, found["tutor"]["sd"]})


def test_a_pooled_fit_has_one_prior_for_all() -> None:
    attempts = simulated(60, 60)
    fit = irt.calibrate(responses(attempts), "2PL", standard_errors=False)
    (row,) = figures(fit.latent)
    assert (row["group"], row["mean"], row["sd"], row["n_persons"]) == (None, 0.0, 1.0, 120)
    mean, sd = priors([row], persons(attempts))
    assert (mean.tolist(), sd.tolist()) == ([0.0] * 120, [1.0] * 120)


def with_history(exam: int, tutor: int, new: int) -> pl.DataFrame:
    """Persons whose history rises with their number; the first `new` of each mode have none."""
    people = persons(simulated(exam, tutor))
    place = pl.int_range(pl.len()).over("mode")
    return people.with_columns(
        history=pl.when(place >= new).then(place / pl.len().over("mode") - 0.5).cast(pl.Float64)
    )


def test_strata_of_prior_ability_are_as_many_as_leave_no_cell_thin() -> None:
    found = grouping(with_history(900, 300, 0), strata=8)
    assert found.settings["strata"] == 3
    assert found.reference == "pooled"
    assert found.cells is not None
    assert list(found.cells) == [f"{mode}, stratum {n} of 3" for mode in ("exam", "tutor") for n in (1, 2, 3)]
    assert found.reason == (
        "3 strata of the ability shown in earlier windows; all groups together have mean 0 and SD 1"
    )
    held = grouping(with_history(900, 300, 0), strata=8, anchored=True)
    assert (held.labels, held.reference) == (found.labels, None)


def test_who_has_no_history_is_a_stratum_where_there_are_enough_and_else_of_the_middle() -> None:
    apart = grouping(with_history(900, 0, 200), strata=2)
    assert apart.labels is not None
    assert apart.labels[:200] == ("no history",) * 200
    assert set(apart.labels[200:]) == {"stratum 1 of 2", "stratum 2 of 2"}
    joined = grouping(with_history(900, 0, 50), strata=3)
    assert joined.labels is not None
    assert set(joined.labels[:50]) == {"stratum 2 of 3"}
    assert grouping(with_history(900, 0, 850), strata=8).labels is None


def test_each_person_has_the_prior_of_its_cell_whatever_the_order_of_groups() -> None:
    people = with_history(600, 0, 200)
    groups = grouping(people, strata=4)
    assert groups.labels is not None
    assert groups.cells is not None
    found = [
        {"group": label, "mean": float(number), "sd": 1.0, "cell": vars(groups.cells[label])}
        for number, label in enumerate(dict.fromkeys(groups.labels))
    ]
    assert found[0]["cell"] == vars(Cell(new=True))
    mean, _ = priors(found, people)
    assert [found[int(number)]["group"] for number in mean] == list(groups.labels)


def coming(people: pl.DataFrame, days: int) -> pl.DataFrame:
    """The same persons, who came evenly over so many days."""
    day = pl.int_range(pl.len()) * days // pl.len()
    return people.with_columns(window_start=pl.lit(dt.date(2026, 3, 1)) + pl.duration(days=day))


def test_who_has_no_history_is_grouped_by_when_they_came() -> None:
    found = grouping(coming(persons(simulated(400)), 40), strata=8)
    assert found.settings["periods"] == 4
    assert list(found.cells or ()) == [
        "all, before 2026-03-11", "all, from 2026-03-11", "all, from 2026-03-21", "all, from 2026-03-31",
    ]  # fmt: skip
    assert "; 4 periods in which learners came; all groups together have mean 0 and SD 1" in found.reason
    apart = grouping(coming(with_history(900, 0, 250), 36), strata=2)
    assert list(apart.cells or ()) == [
        "stratum 1 of 2", "stratum 2 of 2", "no history, before 2026-03-06", "no history, from 2026-03-06",
    ]  # fmt: skip
    assert "learners without one apart, in 2 periods in which learners came" in apart.reason


def test_a_clock_that_was_made_up_makes_no_periods() -> None:
    people = coming(persons(simulated(400)), 40).with_columns(synthetic_clock=pl.lit(True))
    assert grouping(people, strata=8).labels is None


def test_learners_of_one_day_are_no_periods() -> None:
    assert grouping(coming(persons(simulated(400)), 1), strata=8).labels is None


def test_a_new_item_is_not_easier_for_the_learners_who_meet_it_are_abler() -> None:
    """Ability rises by 3 SD while learners come; the last 2,000 alone meet a new item, known items hold the scale."""
    rng = np.random.default_rng(3)
    n, days = 12_000, 24
    theta = rng.normal(np.linspace(-1.5, 1.5, n))
    bank = irt.ItemParameters(
        tuple(f"I{i}" for i in range(9)),
        np.full(9, 0.9),
        np.append(np.linspace(-1.0, 1.0, 8), 0.5),
        np.zeros(9),
    )
    right = rng.random((n, 9)) < probability(theta[:, None], bank.a, bank.b, bank.c)
    met = np.ones((n, 9), dtype=bool)
    met[: n - 2000, 8] = False
    who, what = np.nonzero(met)
    answers = irt.Responses.from_long(who, [bank.items[i] for i in what], right[who, what].astype(int))
    people = coming(
        pl.DataFrame(
            {"mode": ["exam"] * n, "history": [None] * n, "synthetic_clock": [False] * n},
            schema_overrides={"history": pl.Float64},
        ),
        days,
    )
    known = irt.ItemParameters(bank.items[:8], bank.a[:8], bank.b[:8], bank.c[:8])
    error = {
        strata: irt.calibrate(
            answers, "2PL", anchors=known, groups=grouping(people, strata=strata, anchored=True).labels
        ).b[8] - 0.5
        for strata in (1, 8)
    }  # fmt: skip
    assert error[1] < -0.15
    assert abs(error[8]) < 0.07
