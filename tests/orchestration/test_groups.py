"""Modes are groups of a fit where both are large enough; exam mode then sets the scale."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import irt
from orchestration.groups import FEWEST_PERSONS, figures, grouping, priors
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
    assert found.settings == {"by_mode": True, "reference": "exam", "reason": found.reason}


def test_exam_mode_sets_the_scale_and_each_person_has_the_prior_of_its_mode() -> None:
    attempts = simulated(1500, 1500, tutor_mean=0.8)
    people = persons(attempts)
    groups = grouping(people)
    fit = irt.calibrate(
        responses(attempts), "2PL", groups=groups.labels, reference=groups.reference, standard_errors=False
    )
    found = {row["group"]: row for row in figures(fit.latent)}
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
