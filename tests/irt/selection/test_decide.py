"""One decision: what is chosen, from what, and that it comes again bit for bit."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from irt.errors import InvalidArgument, NothingEligible
from irt.selection import Blueprint, Quotas, expected_information, over_posterior
from irt.selection.ability import Answers
from irt.selection.constraints import constraints
from irt.selection.decide import Decision, Limits, Rules, SelectionBank, Session, decide

N = 40
RANDOM = np.random.default_rng(8)
A, B, C = RANDOM.uniform(0.6, 1.6, N), RANDOM.normal(0.0, 1.0, N), RANDOM.uniform(0.0, 0.25, N)
STAND_IN = np.arange(N) >= 30
SE_B = np.where(STAND_IN, 1.0, 0.0)
PILOT = np.arange(N) < 4
BANK = SelectionBank(A, B, C, se_b=SE_B, stand_in=STAND_IN, pilot=PILOT)
SERVED = np.array([10, 31, 12])
SESSION = Session(Rules().ability(Answers.of([1, 0, 1], A[SERVED], B[SERVED], C[SERVED])), SERVED)


def clock() -> Callable[[], float]:
    ticks = itertools.count()
    return lambda: next(ticks) * 1e-6


def open_items() -> np.ndarray:
    allowed = np.ones(N, dtype=np.bool_)
    allowed[SERVED] = False
    return allowed


def chosen(rules: Rules, *, seed: int = 1, session: Session = SESSION, **limits: object) -> Decision:
    given = Limits(open_items(), **limits) if "allowed" not in limits else Limits(**limits)  # type: ignore[arg-type]
    return decide(BANK, rules, session, given, np.random.default_rng(seed), clock())


def test_the_most_informative_item_at_the_learners_theta_is_chosen() -> None:
    found = chosen(Rules())
    values = np.where(open_items() & ~PILOT, expected_information(found.ability.theta, A, B, C, SE_B), -1.0)
    assert found.item == found.candidates[0] == values.argmax()
    assert found.value == pytest.approx(values.max(), rel=1e-12)
    assert found.candidates.tolist() == np.argsort(-values)[:5].tolist()
    assert not found.pilot


@pytest.mark.parametrize("criterion", ["MPWI", "KL", "MEPV"])
def test_a_criterion_over_the_posterior_chooses_by_it(criterion: str) -> None:
    found = chosen(Rules(criterion=criterion))  # type: ignore[arg-type]
    values = over_posterior(criterion, found.ability.posterior, BANK.kinds)[BANK.kinds.kind]  # type: ignore[arg-type]
    allowed = open_items() & ~PILOT
    assert found.item == np.where(allowed, values, -np.inf).argmax()
    assert found.criterion == criterion


def test_one_of_the_best_few_is_drawn_and_each_is_met() -> None:
    drawn = [chosen(Rules(among=3), seed=seed) for seed in range(200)]
    assert {each.item for each in drawn} == set(drawn[0].candidates[:3].tolist())
    assert all(each.value == each.values[each.candidates == each.item][0] for each in drawn)


def test_items_on_trial_come_at_their_rate_whatever_theta_is() -> None:
    rules = Rules(pilot_rate=0.25)
    drawn = [chosen(rules, seed=seed) for seed in range(800)]
    trials = [each for each in drawn if each.pilot]
    assert abs(len(trials) / 800 - 0.25) < 4.0 * np.sqrt(0.25 * 0.75 / 800)
    assert {each.item for each in trials} == set(np.flatnonzero(PILOT).tolist())
    assert not any(PILOT[each.item] for each in drawn if not each.pilot)
    nobody = Session(Rules().ability(Answers.of([], [], [], [])), SERVED[:0])
    others = [chosen(rules, seed=seed, session=nobody) for seed in range(800)]
    assert [each.pilot for each in others] == [each.pilot for each in drawn]
    assert [each.item for each in others if each.pilot] == [each.item for each in trials]


def test_items_without_parameters_keep_to_their_share_while_there_are_others() -> None:
    only = STAND_IN & open_items()
    assert STAND_IN[chosen(Rules(stand_in_share=0.5, candidates=N)).candidates].any()
    capped = chosen(Rules(stand_in_share=0.3, candidates=N))
    assert not STAND_IN[capped.candidates].any()
    assert not capped.beyond_share
    beyond = chosen(Rules(stand_in_share=0.3), allowed=only)
    assert STAND_IN[beyond.item]
    assert beyond.beyond_share


def test_a_blueprint_is_kept_by_the_shadow_test_and_comes_again_from_its_log() -> None:
    hard = B > 0.3
    rows = constraints(Blueprint(10, N, Quotas(["hard"], hard[None, :], [7], [8])))
    session, allowed = SESSION, open_items() & ~PILOT
    served = SERVED.tolist()
    while len(served) < 10:
        found = chosen(Rules(among=2), seed=len(served), session=session, allowed=allowed, rows=rows)
        assert found.shadow is not None
        again = decide(
            BANK, Rules(among=2), session,
            Limits(allowed.copy(), rows=rows, solves=found.shadow.solves, budget=None),
            np.random.default_rng(len(served)), clock(),
        )  # fmt: skip
        assert (again.item, again.value, again.ability.theta) == (
            found.item,
            found.value,
            found.ability.theta,
        )
        assert again.values.tobytes() == found.values.tobytes()
        served.append(found.item)
        allowed = allowed.copy()
        allowed[found.item] = False
        session = replace(session, administered=np.array(served))
    assert 7 <= hard[served].sum() <= 8


def test_sympson_hetter_passes_over_what_it_holds_back() -> None:
    control = np.ones(N)
    best = chosen(Rules()).candidates
    control[best[0]] = 0.0
    found = chosen(Rules(), control=control)
    assert (found.item, found.passed_over.tolist()) == (best[1], [best[0]])


def test_what_cannot_be_decided_is_said() -> None:
    with pytest.raises(NothingEligible):
        chosen(Rules(), allowed=np.zeros(N, dtype=np.bool_))
    with pytest.raises(NothingEligible):
        chosen(Rules(criterion="KL"), allowed=np.zeros(N, dtype=np.bool_))
    with pytest.raises(InvalidArgument, match="allowed must have shape"):
        chosen(Rules(), allowed=np.ones(3, dtype=np.bool_))
    with pytest.raises(InvalidArgument, match="criterion must be"):
        Rules(criterion="best")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="pilot_rate is a share"):
        Rules(pilot_rate=1.5)
    with pytest.raises(InvalidArgument, match="at least 1"):
        Rules(among=0)
    with pytest.raises(InvalidArgument, match="one flag for each"):
        SelectionBank(A, B, C, pilot=[True, False])
