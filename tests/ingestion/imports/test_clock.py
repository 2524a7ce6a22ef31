from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from scipy.stats import kstest

from ingestion.imports import clock

N = 20_000
KEYS = np.random.default_rng(5).integers(0, 2**63, (3, N), dtype=np.uint64)


def times(seed: int = 1) -> np.ndarray:
    return clock.response_times(seed, *KEYS)


def test_times_depend_on_seed_and_keys_alone() -> None:
    order = np.random.default_rng(6).permutation(N)
    assert np.array_equal(clock.response_times(1, *KEYS[:, order]), times()[order])
    assert np.array_equal(clock.response_times(1, *KEYS[:, :1]), times()[:1])
    assert not np.array_equal(times(2), times(1))


def test_times_are_lognormal_with_effects_of_person_and_item() -> None:
    log = np.log(times() / clock.MEDIAN_MS)
    total = np.sqrt(clock.PERSON_SD**2 + clock.ITEM_SD**2 + clock.REST_SD**2)
    inside = log[(times() > clock.SHORTEST_MS) & (times() < clock.LONGEST_MS)]
    assert len(inside) > 0.999 * N
    assert kstest(inside / total, "norm").pvalue > 0.01
    persons, items, sessions = KEYS
    same_person = np.log(clock.response_times(1, np.full(N, persons[0]), items, sessions))
    assert abs(same_person.std() - np.hypot(clock.ITEM_SD, clock.REST_SD)) < 0.01
    same_item = np.log(clock.response_times(1, persons, np.full(N, items[0]), sessions))
    assert abs(same_item.std() - np.hypot(clock.PERSON_SD, clock.REST_SD)) < 0.01


def test_sessions_begin_in_the_week_of_their_attempt() -> None:
    for attempt in (1, 2, 60):
        starts = clock.session_starts(3, KEYS[0], np.full(N, attempt))
        at = pl.Series(starts).cast(pl.Datetime("us", "UTC"))
        monday = clock.BASE.replace(hour=0) + dt.timedelta(weeks=attempt - 1)
        assert at.is_between(
            monday + dt.timedelta(hours=8), monday + dt.timedelta(days=4, hours=18), closed="left"
        ).all()
        assert set(at.dt.weekday()) == {1, 2, 3, 4, 5}


def instants(answered_at: list[dt.datetime | None], session: list[int] | None = None) -> list[dt.datetime]:
    n = len(answered_at)
    rows = pl.DataFrame(
        {
            "session": session or [0] * n,
            "answered_at": pl.Series(answered_at, dtype=pl.Datetime("us", "UTC")),
            "start": [1_000_000_000] * n,
            "spent": [1000 * (at + 1) for at in range(n)],
        }
    )
    return clock.instants(rows).to_list()


def second(number: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(number, dt.UTC)


def test_without_a_clock_times_add_up_from_the_start_of_each_session() -> None:
    assert instants([None] * 4, [0, 0, 1, 1]) == [second(1001), second(1003), second(1003), second(1007)]


def test_gaps_are_filled_beside_what_is_known() -> None:
    known = second(5000)
    assert instants([None, None, known, None, None]) == [
        second(5000 - 5), second(5000 - 3), known, second(5004), second(5009),
    ]  # fmt: skip


def test_a_session_without_any_instant_does_not_borrow_from_another() -> None:
    assert instants([second(5000), None, None], [0, 0, 1]) == [second(5000), second(5002), second(1003)]
