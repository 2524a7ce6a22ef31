"""The breaker: who may try, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_min.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(first_s=1.0, longest_s=4.0, clock=clock)


def entered(breaker: Breaker) -> int:
    ticket = breaker.enter()
    assert ticket is not None
    return ticket


def test_the_first_failure_opens_it_for_a_second(breaker: Breaker, clock: Clock) -> None:
    assert breaker.failed(entered(breaker))
    clock.now += 0.99
    assert (breaker.enter(), breaker.state) == (None, "open")
    clock.now += 0.01
    entered(breaker)
    assert breaker.state == "half-open"


def test_one_probes_and_the_others_wait(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(entered(breaker))
    clock.now += 1
    probe = entered(breaker)
    assert [breaker.enter() for _ in range(3)] == [None] * 3
    assert breaker.succeeded(probe)
    assert breaker.state == "closed"
    assert not breaker.succeeded(entered(breaker))


def test_each_probe_that_fails_doubles_the_pause_up_to_the_longest(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(entered(breaker))
    for pause in (1.0, 2.0, 4.0, 4.0):
        clock.now += pause - 0.001
        assert breaker.enter() is None
        clock.now += 0.001
        assert breaker.failed(entered(breaker))
    clock.now += 4
    breaker.succeeded(entered(breaker))
    breaker.failed(entered(breaker))
    clock.now += 1
    entered(breaker)  # after a success the pause is the first again


def test_of_many_under_way_one_opens_it_and_no_late_answer_closes_it(breaker: Breaker, clock: Clock) -> None:
    tickets = [entered(breaker) for _ in range(5)]
    assert [breaker.failed(ticket) for ticket in tickets[:4]] == [True, False, False, False]
    assert not breaker.succeeded(tickets[4])
    assert breaker.state == "open"
    clock.now += 1
    probe = entered(breaker)
    assert not breaker.failed(tickets[4])
    assert breaker.state == "half-open"
    assert breaker.succeeded(probe)


def test_a_probe_that_was_abandoned_leaves_room_for_the_next(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(entered(breaker))
    clock.now += 1
    breaker.abandoned(entered(breaker))
    assert breaker.state == "open"
    assert breaker.succeeded(entered(breaker))
    breaker.abandoned(entered(breaker))
    assert breaker.state == "closed"


@given(
    st.lists(st.tuples(st.sampled_from(["succeeded", "failed", "abandoned"]), st.floats(0, 5)), max_size=60)
)
def test_whatever_happens_it_is_tried_again(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    breaker = Breaker(first_s=1.0, longest_s=4.0, clock=clock)
    waiting: list[int] = []
    for act, wait in steps:
        ticket = breaker.enter()
        if ticket is not None:
            waiting.append(ticket)
        if waiting:
            getattr(breaker, act)(waiting.pop(0))
        clock.now += wait
    for ticket in waiting:
        breaker.abandoned(ticket)
    clock.now += 4
    assert breaker.enter() is not None
