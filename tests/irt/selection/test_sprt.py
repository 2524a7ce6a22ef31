"""Log likelihood ratios by their definition, and error rates of whole sessions beside what was accepted."""

from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.models import probability
from irt.selection.sprt import Classification, Side, decided, forced, log_likelihood_ratio
from irt.selection.stopping import Reason, StoppingRule
from irt.simulation import draw_bank
from tests.irt.selection.sequential import Sessions

BANK = draw_bank(np.random.default_rng(1), 300, "3PL")


def test_the_ratio_is_that_of_the_likelihoods() -> None:
    rule = Classification(0.4, delta=0.25)
    rng = np.random.default_rng(2)
    items, right = rng.permutation(300)[:12], rng.integers(0, 2, 12)
    a, b, c = BANK.a[items], BANK.b[items], BANK.c[items]

    def likelihood(theta: float) -> float:
        p = probability(theta, a, b, c)
        return float(np.prod(np.where(right == 1, p, 1.0 - p)))

    expected = np.log(likelihood(0.65) / likelihood(0.15))
    assert log_likelihood_ratio(rule, right, a, b, c) == pytest.approx(expected, rel=1e-10)
    assert log_likelihood_ratio(rule, [], [], [], []) == 0.0


def test_right_answers_speak_for_above_and_wrong_ones_for_below() -> None:
    rule = Classification(0.0)
    assert log_likelihood_ratio(rule, [1.0], [1.0], [0.0], [0.2]) > 0.0
    assert log_likelihood_ratio(rule, [0.0], [1.0], [0.0], [0.2]) < 0.0
    # Far from the item an answer underflows and still has its ratio: 2 delta of logit.
    assert log_likelihood_ratio(rule, [1.0], [2.0], [600.0], [0.0]) == pytest.approx(1.7 * 2.0 * 0.6)


def test_bounds_decide() -> None:
    rule = Classification(0.0, alpha=0.1, beta=0.2)
    lower, upper = rule.bounds
    assert (lower, upper) == (pytest.approx(np.log(0.2 / 0.9)), pytest.approx(np.log(0.8 / 0.1)))
    assert decided(rule, upper) is Side.ABOVE
    assert decided(rule, lower) is Side.BELOW
    assert decided(rule, 0.0) is None
    middle = 0.5 * (lower + upper)
    assert forced(rule, middle + 1e-9) is Side.ABOVE
    assert forced(rule, middle - 1e-9) is Side.BELOW


@pytest.mark.parametrize(("alpha", "beta"), [(0.1, 0.1), (0.05, 0.2)])
def test_error_rates_are_near_those_accepted(alpha: float, beta: float) -> None:
    classification = Classification(0.5, delta=0.25, alpha=alpha, beta=beta)
    sessions = Sessions(BANK, StoppingRule(classification=classification, max_length=200), classification)
    rng, learners = np.random.default_rng(3), 1500
    lengths = []
    for theta, wrong, accepted in ((0.25, Side.ABOVE, alpha), (0.75, Side.BELOW, beta)):
        ended = sessions.play(rng, theta, learners)
        assert len(ended) == learners
        rate = np.mean([side is wrong for _, side, _ in ended])
        error = np.sqrt(accepted * (1.0 - accepted) / learners)
        # Wald's bounds are passed, not met: the rate is somewhat below what was accepted.
        assert 0.65 * accepted - 2.0 * error < rate < accepted + 2.0 * error
        assert np.mean([reason is Reason.CLASSIFIED for reason, _, _ in ended]) > 0.97
        lengths.append(np.mean([items for _, _, items in ended]))
    far = sessions.play(rng, 2.5, 200)
    assert all(side is Side.ABOVE for _, side, _ in far)
    assert np.mean([items for _, _, items in far]) < 0.5 * min(lengths)


def test_sessions_that_end_undecided_are_placed_at_the_nearer_bound() -> None:
    classification = Classification(0.5, delta=0.05)
    sessions = Sessions(BANK, StoppingRule(classification=classification, max_length=25), classification)
    for theta, side in ((-0.5, Side.BELOW), (1.5, Side.ABOVE)):
        ended = sessions.play(np.random.default_rng(4), theta, 300)
        assert np.mean([reason is Reason.MAX_LENGTH for reason, _, _ in ended]) > 0.95
        assert np.mean([placed is side for _, placed, _ in ended]) > 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cut": np.nan}, "finite cut"),
        ({"delta": 0.0}, "delta above 0"),
        ({"delta": np.inf}, "delta above 0"),
        ({"alpha": 0.0}, "between 0 and 0.5"),
        ({"beta": 0.5}, "between 0 and 0.5"),
    ],
)
def test_a_classification_that_is_none_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        Classification(**({"cut": 0.0} | settings))


def test_answers_that_are_none_are_refused() -> None:
    rule = Classification(0.0)
    with pytest.raises(InvalidArgument, match="one value for each item"):
        log_likelihood_ratio(rule, [1, 0], [1.0, 1.0, 1.0], 0.0, 0.0)
    for right, a in ((2.0, 1.0), (np.nan, 1.0), (1.0, np.nan)):
        with pytest.raises(InvalidArgument, match="answers must be 0 or 1"):
            log_likelihood_ratio(rule, [right], [a], [0.0], [0.0])
