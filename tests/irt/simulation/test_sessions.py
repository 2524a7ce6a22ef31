from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.models import probability
from irt.simulation import Complete, Effects, Group, RandomItems, Session, Shift, administer, draw_population

BANK = irt.ItemParameters(
    ["i", "j", "k", "l"], [0.5, 1.0, 1.5, 0.8], [-1.0, 0.0, 1.0, 0.5], [0.2, 0.0, 0.1, 0.0]
)


def at(theta: float, effects: Effects | None = None, persons: int = 40_000) -> Session:
    """Everybody, half of each group, at one ability."""
    rng = np.random.default_rng(1)
    groups = [Group(label, persons // 2, mean=theta, sd=0.0) for label in ("r", "f")]
    return administer(rng, draw_population(rng, groups), BANK, Complete(), effects)


def proportions(session: Session, keep: np.ndarray | None = None) -> np.ndarray:
    right = session.responses.correct.reshape(-1, 4)
    return (right if keep is None else right[keep]).mean(axis=0)


def test_answers_follow_the_model() -> None:
    expected = probability(0.3, BANK.a, BANK.b, BANK.c)
    assert proportions(at(0.3)) == pytest.approx(expected, abs=0.01)


def test_dif_is_of_the_group_and_drift_of_the_later_persons() -> None:
    effects = Effects(
        dif=[Shift(["j"], b=0.6, group="f")], drift=[Shift(["k"], b=-0.5, a=1.2)], drift_from=0.75
    )
    session = at(0.3, effects)
    plain, focal = probability(0.3, BANK.a, BANK.b, BANK.c), np.array([g == "f" for g in session.groups])
    harder = probability(0.3, 1.0, 0.6, 0.0)
    assert proportions(session, ~focal)[1] == pytest.approx(plain[1], abs=0.015)
    assert proportions(session, focal)[1] == pytest.approx(harder, abs=0.015)
    late = np.arange(40_000) >= 30_000
    assert proportions(session, ~late)[2] == pytest.approx(plain[2], abs=0.015)
    assert proportions(session, late)[2] == pytest.approx(probability(0.3, 1.8, 0.5, 0.1), abs=0.02)
    assert proportions(session)[[0, 3]] == pytest.approx(plain[[0, 3]], abs=0.01)
    assert session.affected == {"dif": ("j",), "drift": ("k",), "miskeyed": ()}


def test_rapid_answers_are_guesses_and_marked() -> None:
    session = at(2.0, Effects(rapid=0.3, rapid_correct=0.25))
    assert session.rapid.mean() == pytest.approx(0.3, abs=0.01)
    assert session.responses.correct[session.rapid].mean() == pytest.approx(0.25, abs=0.01)
    plain = probability(2.0, BANK.a, BANK.b, BANK.c)
    assert proportions(session) == pytest.approx(0.7 * plain + 0.3 * 0.25, abs=0.01)


def test_a_wrong_key_turns_the_item_around() -> None:
    expected = probability(1.0, BANK.a, BANK.b, BANK.c)
    expected[3] = (1.0 - expected[3]) / 3
    assert proportions(at(1.0, Effects(miskeyed=["l"], options=4))) == pytest.approx(expected, abs=0.01)


def test_ability_grows_over_the_sequence() -> None:
    expected = probability(np.array([0.0, 0.4, 0.8, 1.2]), BANK.a, BANK.b, BANK.c)
    session = at(0.0, Effects(growth=1.2))
    assert proportions(session) == pytest.approx(expected, abs=0.01)
    assert session.position[:8].tolist() == [0, 1, 2, 3] * 2


def test_answers_stay_with_their_places_when_sorted() -> None:
    rng = np.random.default_rng(2)
    population = draw_population(rng, [Group("all", 2000)])
    session = administer(rng, population, BANK, RandomItems(3), Effects(growth=50.0))
    data = session.responses
    assert (np.diff(data.item.reshape(-1, 3), axis=1) > 0).all()
    assert (np.sort(session.position.reshape(-1, 3), axis=1) == [0, 1, 2]).all()
    # With so much growth the last answers are all right.
    assert data.correct[session.position == 2].all()
    assert not data.correct[session.position == 0].all()
    again = irt.Responses.from_long(data.person, data.item, data.correct)
    assert again.starts.tolist() == data.starts.tolist()


def test_a_seed_gives_the_same_again() -> None:
    assert at(0.0).responses.cells.tolist() == at(0.0).responses.cells.tolist()


def test_effects_on_what_is_not_there() -> None:
    with pytest.raises(InvalidArgument, match="no item 'x'"):
        at(0.0, Effects(miskeyed=["x"]), 10)
    with pytest.raises(InvalidArgument, match="no group 'women'"):
        at(0.0, Effects(dif=[Shift(["i"], b=1.0, group="women")]), 10)
    with pytest.raises(InvalidArgument, match="rapid is a share"):
        Effects(rapid=5.0)
    with pytest.raises(InvalidArgument, match="options"):
        Effects(options=1)
