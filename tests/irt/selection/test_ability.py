from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import irt
from irt.errors import InvalidArgument
from irt.information import test_information as information_of
from irt.models import log_probabilities, to_logistic
from irt.selection.ability import FENCE_SLOPE, Ability, Answers, ability

A, B, C = np.array([1.0, 0.7, 1.4, 1.1]), np.array([-0.5, 0.8, 0.1, 0.4]), np.array([0.2, 0.0, 0.1, 0.0])
MIXED = Answers.of([1, 0, 1, 1], A, B, C)


def log_likelihood(theta: float, answers: Answers) -> float:
    slope, intercept = to_logistic(answers.a, answers.b)
    right, wrong = log_probabilities(slope * theta + intercept, answers.c)
    return float(np.where(answers.correct == 1.0, right, wrong).sum())


def test_eap_is_that_of_the_posterior_and_without_answers_the_prior() -> None:
    found = ability(MIXED, mean=0.2, sd=0.8)
    assert (found.theta, found.se) == (found.posterior.mean, found.posterior.sd)
    for method in ("EAP", "MAP", "WLE", "ML"):
        nobody = ability(Answers.of([], [], [], []), method=method, mean=0.2, sd=0.8)
        assert (nobody.theta, nobody.se) == pytest.approx((0.2, 0.8), abs=1e-6)


def test_map_is_the_mode_of_the_posterior() -> None:
    mode = minimize_scalar(
        lambda t: -log_likelihood(t, MIXED) + 0.5 * ((t - 0.2) / 0.8) ** 2, bounds=(-4, 4), method="bounded"
    ).x
    assert ability(MIXED, method="MAP", mean=0.2, sd=0.8).theta == pytest.approx(mode, abs=1e-4)


def test_wle_is_that_of_scoring() -> None:
    found = ability(MIXED, method="WLE")
    one = irt.Responses.from_codes(np.zeros(4, dtype=int), range(4), [1, 0, 1, 1], ["p"], range(4))
    scored = irt.score(one, irt.ItemParameters(range(4), A, B, C), method="WLE")
    assert (found.theta, found.se) == pytest.approx((scored.theta[0], scored.se[0]), abs=1e-6)


@pytest.mark.parametrize("correct", [[1, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]])
def test_ml_with_fences_is_the_maximum_between_them(correct: list[int]) -> None:
    fences = (-3.0, 3.5)
    answers = Answers.of(correct, A, B, C)
    fenced = Answers.of([*correct, 1, 0], [*A, FENCE_SLOPE, FENCE_SLOPE], [*B, *fences], [*C, 0.0, 0.0])
    best = minimize_scalar(lambda t: -log_likelihood(t, fenced), bounds=fences, method="bounded").x
    found = ability(answers, method="ML", fences=fences)
    assert found.theta == pytest.approx(best, abs=1e-4)
    assert found.se == pytest.approx(1.0 / np.sqrt(information_of(found.theta, A, B, C)), rel=1e-9)


def test_wle_at_a_fence_has_the_error_of_the_items() -> None:
    found = ability(Answers.of([1, 1, 1, 1], A, B, C), method="WLE", fences=(-1.0, 0.5))
    assert found.theta == 0.5
    assert found.se == pytest.approx(1.0 / np.sqrt(information_of(0.5, A, B, C)), rel=1e-9)


def test_what_is_no_method_or_fence_is_said() -> None:
    with pytest.raises(InvalidArgument, match="EAP, MAP, WLE, ML"):
        ability(MIXED, method="Bayes")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="go up"):
        ability(MIXED, fences=(1.0, -1.0))
    assert isinstance(ability(MIXED), Ability)
