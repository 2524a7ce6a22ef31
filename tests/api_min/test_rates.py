"""Rates and their buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_min.rates import DEFAULT, Buckets, Rate


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_rates_are_read():
    assert Rate.read("20:100") == Rate.read(DEFAULT) == Rate(20.0, 100)
    assert Rate.read("0.5:1") == Rate(0.5, 1)


@pytest.mark.parametrize(
    "text", ["", "20", ":", "20:", ":5", "0:5", "5:0", "-1:5", "nan:5", "inf:5", "5:1.5", "a:b"]
)
def test_what_is_no_rate(text):
    with pytest.raises(ValueError, match="A_SECOND:AT_ONCE"):
        Rate.read(text)


def test_a_bucket_empties_and_fills():
    clock = Clock()
    buckets = Buckets(Rate(2.0, 3), clock)
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take("b") == 0.0
    clock.now += 0.25
    assert buckets.take("a") == 0.25
    clock.now += 0.25
    assert [buckets.take("a"), buckets.take("a")] == [0.0, 0.5]
    clock.now += 1000
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_memory_is_bounded_and_the_last_seen_stay():
    clock = Clock()
    buckets = Buckets(Rate(1.0, 1), clock, most=2)
    assert [buckets.take(name) for name in "abac"] == [0.0, 0.0, 1.0, 0.0]
    assert buckets.take("a") == 1.0
    assert buckets.take("b") == 0.0


@given(steps=st.lists(st.floats(0, 5), max_size=60))
def test_never_more_than_the_rate_allows(steps):
    clock = Clock()
    buckets = Buckets(Rate(2.0, 5), clock)
    granted = 0
    for step in steps:
        clock.now += step
        granted += buckets.take("a") == 0.0
    assert granted <= 5 + 2.0 * (clock.now - 50.0) + 1e-6
