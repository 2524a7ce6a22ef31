from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.errors import InvalidParameters, InvalidResponses
from irt.posterior import Posterior

RANDOM = np.random.default_rng(2)


@pytest.mark.parametrize(("items", "a"), [(3, 1.0), (40, 1.2), (400, 2.5)])
def test_mean_and_sd_are_those_of_scoring_however_narrow_it_is(items: int, a: float) -> None:
    b, c = RANDOM.normal(0.0, 1.0, items), RANDOM.uniform(0.0, 0.25, items)
    right = RANDOM.random(items) < irt.models.probability(0.4, a, b, c)
    found = Posterior.of(right, np.full(items, a), b, c, mean=0.3, sd=0.9)
    alone = irt.Responses.from_codes(np.zeros(items, dtype=int), range(items), right, ["p"], range(items))
    scored = irt.score(alone, irt.ItemParameters(range(items), np.full(items, a), b, c), mean=0.3, sd=0.9)
    assert (found.mean, found.sd) == pytest.approx((scored.theta[0], scored.se[0]), rel=1e-6)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.sd > np.diff(found.theta).max() / 2.0  # else the nodes would miss it


def test_without_answers_it_is_the_prior() -> None:
    nobody = Posterior.of([], [], [], [], mean=0.3, sd=0.9)
    assert (nobody.mean, nobody.sd) == pytest.approx((0.3, 0.9), abs=1e-6)


def test_what_is_no_answer_or_item_is_said() -> None:
    with pytest.raises(InvalidResponses, match="one answer for each item"):
        Posterior.of([1, 0], [1.0], [0.0], [0.0])
    with pytest.raises(InvalidResponses, match="0 or 1"):
        Posterior.of([2], [1.0], [0.0], [0.0])
    with pytest.raises(InvalidParameters, match="finite"):
        Posterior.of([1], [np.nan], [0.0], [0.0])
