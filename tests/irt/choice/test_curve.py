"""The best curve of an item by its own answers: a maximum, and that of the whole likelihood with the others held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import irt
from irt.choice import curve
from irt.choice.curve import Curves, best_curves
from irt.choice.rest import Rest, rest_of


@pytest.fixture(scope="module")
def rest(sat: Any) -> Rest:
    return rest_of(sat.fitted, np.ones(20, dtype=np.bool_))


@pytest.fixture(scope="module")
def free(sat: Any, rest: Rest) -> Curves:
    return best_curves(rest, [sat.fitted.parameters])


def log_likelihood(rest: Rest, at: np.ndarray) -> np.ndarray:
    slope, intercept, c = at.T[:, :, None]
    chance = c + (1.0 - c) / (1.0 + np.exp(-(slope * rest.theta + intercept)))
    p = np.einsum("jbq,jq->jb", rest.weights, chance)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = rest.right * np.log(p) + (rest.n - rest.right) * np.log(1.0 - p)
    total: np.ndarray = np.where(rest.n > 0.0, each, 0.0).sum(axis=1)
    return total


def test_it_is_a_maximum_within_the_bounds(rest: Rest, free: Curves) -> None:
    here = log_likelihood(rest, free.parameters)
    assert here == pytest.approx(free.log_likelihood, abs=1e-6)
    rng = np.random.default_rng(82)
    for _ in range(60):
        near = free.parameters + rng.normal(size=(20, 3)) * np.array([0.05, 0.05, 0.02])
        near[:, 2] = np.clip(near[:, 2], 0.0, 0.7)
        assert (log_likelihood(rest, near) <= here + 1e-3).all()


def test_any_start_leads_to_curves_as_good_and_more_starts_to_none_worse(sat: Any, rest: Rest) -> None:
    far = np.tile([1.0, 0.0, 0.3], (20, 1))
    one, other = best_curves(rest, [sat.fitted.parameters]), best_curves(rest, [far])
    both = best_curves(rest, [sat.fitted.parameters, far])
    assert np.median(np.abs(one.log_likelihood - other.log_likelihood)) < 1e-3
    assert both.log_likelihood == pytest.approx(np.maximum(one.log_likelihood, other.log_likelihood), abs=0.0)


def test_blocks_of_items_are_only_a_matter_of_memory(
    sat: Any, rest: Rest, free: Curves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curve, "_BLOCK", 7)
    found = best_curves(rest, [sat.fitted.parameters])
    assert found.parameters == pytest.approx(free.parameters, abs=1e-9)
    assert found.information.shape == (20, 3, 3)


def test_a_held_c_stays_and_a_free_one_is_no_worse(sat: Any, rest: Rest, free: Curves) -> None:
    held = best_curves(rest, [sat.fitted.parameters], c=np.full(20, 0.25))
    assert (held.parameters[:, 2] == 0.25).all()
    better = best_curves(rest, [sat.fitted.parameters, held.parameters])
    assert (better.log_likelihood >= held.log_likelihood).all()
    assert (better.log_likelihood >= free.log_likelihood).all()


def test_errors_are_those_of_the_marginal_likelihood(sat: Any, free: Curves) -> None:
    """One item freed, without priors, all others anchors: its estimates and the standard error of its c."""
    fit = sat.fit
    known = np.flatnonzero((free.se_c < 0.06) & (free.parameters[:, 2] > 0.05))
    assert len(known) >= 3
    for item in known[:3].tolist():
        others = np.arange(20) != item
        anchors = irt.ItemParameters(
            np.flatnonzero(others).tolist(), fit.a[others], fit.b[others], fit.c[others]
        )
        alone = irt.calibrate(
            sat.session.responses, "3PL", groups=sat.people.groups, anchors=anchors, priors=irt.Priors.none()
        )
        assert free.parameters[item, 2] == pytest.approx(alone.c[item], abs=0.3 * alone.se_c[item])
        assert free.se_c[item] == pytest.approx(alone.se_c[item], rel=0.12)


def test_answers_that_say_nothing_of_c_leave_it_unknown() -> None:
    nothing = Curves(np.zeros((20, 3)), np.zeros(20), np.zeros((20, 3, 3)))
    assert np.isinf(nothing.se_c).all()
