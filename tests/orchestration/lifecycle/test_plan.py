"""How much data an item has decides how it is fitted, and an edit what it starts from."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from irt.models import D
from orchestration.lifecycle.edits import pooled
from orchestration.lifecycle.night import Known
from orchestration.lifecycle.plan import Plan, edited_priors, plan
from tests.orchestration.attempts import simulated
from tests.orchestration.lifecycle.exam import first_night, version

BASE = {"a": 0.8, "b": -0.4, "c": 0.0, "se_a": 0.1, "se_b": 0.05}


def thinned(attempts: pl.DataFrame, question: int, n: int) -> pl.DataFrame:
    """Leave an item n responses."""
    own = pl.col("question_id") == question
    return attempts.filter(~own | (own.cum_sum() <= n))


def planned(
    attempts: pl.DataFrame, known: Known, former: dict[tuple[int, int], object] | None = None
) -> Plan:
    return plan(pooled(attempts, known.lineage), known.lineage, former or {}, known.policy)  # type: ignore[arg-type]


def test_an_item_is_fitted_by_how_many_usable_responses_it_has() -> None:
    attempts = thinned(thinned(thinned(simulated(400), 1, 99), 2, 100), 3, 250)
    items = planned(attempts, first_night()).items
    assert items["I1"].left_out == "too few responses: 99, at least 100 are needed"
    assert [items[name].model for name in ("I2", "I3", "I4")] == ["1PL", "2PL", "2PL"]
    assert [items[name].left_out for name in ("I2", "I3", "I4")] == [None] * 3
    assert items["I3"].priors.slope is not None
    own = planned(attempts, first_night(fewest_responses=50, few_responses=90)).items
    assert [own[name].model for name in ("I1", "I2")] == ["2PL", "2PL"]


def test_an_item_that_goes_against_the_others_shows_that_it_does() -> None:
    wrong_key = pl.when(pl.col("question_id") == 5).then(1 - pl.col("correct")).otherwise("correct")
    items = planned(simulated(400).with_columns(correct=wrong_key.cast(pl.Int8)), first_night()).items
    assert (items["I5"].model, items["I5"].priors.slope) == ("2PL", None)


@pytest.mark.parametrize(
    ("persons", "rules", "said"),
    [
        (199, {}, "20 items have 100 usable responses and 199 persons gave one"),
        (400, {"fewest_items": 21}, "parameters need 21 such items and 200 persons"),
        (99, {"fewest_persons": 50}, "0 items have 100 usable responses"),
    ],
)
def test_an_exam_that_is_too_small_gets_classical_statistics_only(
    persons: int, rules: dict[str, int], said: str
) -> None:
    found = planned(simulated(persons), first_night(**rules))
    assert found.classical_only is not None
    assert said in found.classical_only
    assert found.fitted == []
    assert planned(simulated(200), first_night()).classical_only is None


def test_a_former_versions_parameters_are_a_prior_of_inflated_variance() -> None:
    made = edited_priors(BASE, 4.0)
    assert made.slope is not None
    assert made.b is not None
    assert (made.slope.mean, made.slope.sd) == pytest.approx((np.log(D * 0.8), 2.0 * 0.1 / 0.8))
    assert (made.b.mean, made.b.sd) == pytest.approx((-0.4, 0.1))


def test_an_edit_decides_what_a_version_starts_from() -> None:
    edits = [
        (1, 2, "cosmetic", 1),
        (2, 2, "wording", 1),
        (3, 2, "options", 1),
        (4, 2, "key", 1),
        (5, 2, "wording", 1),
    ]
    attempts = simulated(400)
    for question in range(1, 6):
        attempts = version(attempts, question, 2, share=0.1)
    found = planned(attempts, first_night(edits), {(question, 1): BASE for question in range(1, 5)})
    assert [edit.done for edit in found.edits] == ["carried over", "prior", "prior", "voided", "afresh"]
    assert found.items["I1"].n == 400
    assert "I1@2" not in found.items
    wording, options = found.items["I2@2"], found.items["I3@2"]
    assert (wording.n, wording.left_out, wording.model) == (40, None, "2PL")
    assert wording.priors == edited_priors(BASE, 4.0)
    assert options.priors == edited_priors(BASE, 9.0)
    assert found.items["I4@2"].left_out == found.items["I5@2"].left_out
    assert found.items["I4@2"].left_out == "too few responses: 40, at least 100 are needed"
