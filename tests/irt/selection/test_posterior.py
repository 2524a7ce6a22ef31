from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument, InvalidParameters
from irt.information import item_information
from irt.models import probability
from irt.selection import Kinds, Posterior, over_posterior, places_of

A, B, C = np.array([0.8, 1.5, 1.0, 1.5]), np.array([-1.0, 0.5, 0.2, 0.5]), np.array([0.0, 0.2, 0.25, 0.2])
ANSWERED = (
    np.array([1.0, 0.0, 1.0]),
    np.array([1.0, 0.7, 1.4]),
    np.array([-0.5, 0.8, 0.1]),
    np.array([0.2, 0.0, 0.1]),
)


@pytest.fixture(scope="module")
def learner() -> Posterior:
    return Posterior.of(*ANSWERED, mean=0.3, sd=0.9)


def of_items(criterion: str, learner: Posterior, se_b: float = 0.0) -> np.ndarray:
    kinds = Kinds(A, B, C, se_b)
    return over_posterior(criterion, learner, kinds)[kinds.kind]  # type: ignore[arg-type]


def test_weighted_information_is_the_mean_over_the_posterior(learner: Posterior) -> None:
    mean = learner.weights @ item_information(learner.theta[:, None], A, B, C)
    np.testing.assert_allclose(of_items("MPWI", learner), mean, rtol=1e-12)


def test_kullback_leibler_information_is_the_mean_log_ratio_of_an_answer(learner: Posterior) -> None:
    known, other = probability(learner.mean, A, B, C), probability(learner.theta[:, None], A, B, C)
    ratio = known * np.log(known / other) + (1.0 - known) * np.log((1.0 - known) / (1.0 - other))
    np.testing.assert_allclose(of_items("KL", learner), learner.weights @ ratio, rtol=1e-9)
    assert (of_items("KL", learner) > 0.0).all()


def test_expected_variance_is_that_of_the_two_posteriors_that_may_come(learner: Posterior) -> None:
    for item, value in enumerate(of_items("MEPV", learner).tolist()):
        right = probability(learner.theta, A[item], B[item], C[item])
        chance = float(learner.weights @ right)
        after = [Posterior.of(
            np.append(ANSWERED[0], answer),
            *(np.append(column, new[item]) for column, new in zip(ANSWERED[1:], (A, B, C), strict=True)),
            mean=0.3, sd=0.9,
        ).sd ** 2 for answer in (1.0, 0.0)]  # fmt: skip
        assert -value == pytest.approx(chance * after[0] + (1.0 - chance) * after[1], rel=1e-9)
        assert -value < learner.sd**2


@pytest.mark.parametrize("criterion", ["MPWI", "KL", "MEPV"])
@pytest.mark.parametrize("se_b", [0.1, 1.0])
def test_an_uncertain_difficulty_is_averaged_over(criterion: str, se_b: float, learner: Posterior) -> None:
    z = np.linspace(-6.0, 6.0, 2_001)
    weights = np.exp(-0.5 * z * z) / np.exp(-0.5 * z * z).sum()
    for item, value in enumerate(of_items(criterion, learner, se_b).tolist()):
        b = B[item] + se_b * z
        if criterion == "MPWI":
            information = item_information(learner.theta[:, None], A[item], b, C[item]) @ weights
            assert value == pytest.approx(learner.weights @ information, rel=2e-3)
            continue
        right = probability(learner.theta[:, None], A[item], b, C[item]) @ weights
        if criterion == "MEPV":
            moments = [learner.weights * right, learner.weights * (1.0 - right)]
            means = [float(each @ learner.theta / each.sum()) for each in moments]
            left = sum(float(each @ (learner.theta - m) ** 2) for each, m in zip(moments, means, strict=True))
            assert -value == pytest.approx(left, rel=1e-4)
            continue
        known = float(probability(learner.mean, A[item], b, C[item]) @ weights)
        ratio = known * np.log(known / right) + (1.0 - known) * np.log((1.0 - known) / (1.0 - right))
        assert value == pytest.approx(learner.weights @ ratio, rel=2e-3)


def test_the_best_allowed_items_come_in_order_and_ties_by_place(learner: Posterior) -> None:
    kinds = Kinds(A, B, C)
    values = over_posterior("MPWI", learner, kinds)
    everything = np.ones(4, dtype=np.bool_)
    best = places_of(values, kinds, everything, 4)
    assert best.tolist()[:2] == [1, 3]
    assert places_of(values, kinds, everything, 2).tolist() == [1, 3]
    assert places_of(values, kinds, np.array([True, False, True, False]), 3).tolist() == [
        one for one in best.tolist() if one in (0, 2)
    ]
    assert len(places_of(values, kinds, ~everything, 3)) == 0


def test_what_is_no_criterion_or_item_is_said(learner: Posterior) -> None:
    with pytest.raises(InvalidArgument, match="MPWI, KL, MEPV"):
        over_posterior("MFI", learner, Kinds(A, B, C))  # type: ignore[arg-type]
    with pytest.raises(InvalidParameters, match="first such item: 2"):
        Kinds([1.0, 1.0, np.inf], 0.0, 0.0)
