"""What persons' other answers say, summed over bins, is what scoring them without the item says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import irt
from irt.choice.rest import BINS, overall, rest_of


def test_weights_are_distributions_and_counts_are_the_answers(sat: Any) -> None:
    responses = sat.session.responses
    rest = rest_of(sat.fitted, np.ones(20, dtype=np.bool_))
    somebody = rest.n > 0.0
    assert rest.weights.shape == (20, BINS, len(sat.fitted.theta))
    assert rest.weights.sum(axis=2)[somebody] == pytest.approx(1.0)
    assert (rest.weights[~somebody] == 0.0).all()
    assert rest.n.sum(axis=1).tolist() == sat.fit.n.tolist()
    assert rest.right.sum(axis=1).tolist() == responses.cell_counts[1::2].tolist()


def test_an_items_weights_are_the_posteriors_of_the_other_answers(sat: Any) -> None:
    item, responses = 6, sat.session.responses
    rest = rest_of(sat.fitted, np.arange(20) == item).only(np.array([True]))
    who = np.unique(responses.person[responses.item == item])
    without = responses.of(who).only(np.arange(20) != item)
    scores = irt.score(without, sat.fit, groups=[sat.people.groups[p] for p in who])
    assert (rest.n[0] @ rest.weights[0]) @ rest.theta == pytest.approx(scores.theta.sum(), abs=1e-6)
    assert (rest.n[0] @ rest.weights[0]) @ rest.theta**2 == pytest.approx(
        (scores.theta**2 + scores.se**2).sum(), abs=1e-6
    )
    means = rest.weights[0] @ rest.theta
    assert (np.diff(means[rest.n[0] > 0.0]) > 0.0).all()


def test_overall_are_mean_and_sd_of_the_mixture(sat: Any) -> None:
    mean, sd = overall(sat.fitted)
    latent = sat.fit.latent
    mixture = latent.n / 2000 @ latent.weights
    assert mean == pytest.approx(mixture @ latent.theta, abs=1e-3)
    assert sd == pytest.approx(np.sqrt(mixture @ (latent.theta - mean) ** 2), abs=1e-3)
