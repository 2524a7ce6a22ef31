"""When each answer was given. Where a file has no clock, instants and response times come from the seed.

Made-up values depend on the seed and on who, which session and which item alone, not on the order of
sessions in a file nor on what else it holds, so that importing again gives the same. Within a session the
file's order is the order of answering. A response time is lognormal with an effect of the person and one
of the item (the shape of van der Linden's lognormal model, 2006), median 40 s.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

# A Monday morning; synthetic sessions begin in the week after it, later attempts a week later each.
BASE = dt.datetime(2025, 1, 6, 8, 0, tzinfo=dt.UTC)
DAY_US = 86_400_000_000
MEDIAN_MS, PERSON_SD, ITEM_SD, REST_SD = 40_000.0, 0.3, 0.4, 0.5
SHORTEST_MS, LONGEST_MS = 1_000, 600_000

_PERSON, _ITEM, _ANSWER, _SESSION = 1, 2, 3, 4
_U64 = NDArray[np.uint64]


def response_times(seed: int, persons: _U64, items: _U64, sessions: _U64) -> NDArray[np.int64]:
    """Return a response time in milliseconds for each row, from the keys of its person, item and session."""
    log_time = (
        np.log(MEDIAN_MS)
        + PERSON_SD * _normal(_mixed(seed, _PERSON, persons))
        + ITEM_SD * _normal(_mixed(seed, _ITEM, items))
        + REST_SD * _normal(_mixed(seed, _ANSWER, sessions, items))
    )
    times: NDArray[np.float64] = np.clip(np.rint(np.exp(log_time)), SHORTEST_MS, LONGEST_MS)
    return times.astype(np.int64)


def session_starts(seed: int, sessions: _U64, attempts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the start of each session, microseconds since 1970 UTC, on the second.

    A session of attempt k begins between 8 and 18 o'clock on one of the first five days of week k.
    """
    days = np.floor(5 * _uniform(_mixed(seed, _SESSION, sessions)))
    seconds = np.floor(36_000 * _uniform(_mixed(seed, _SESSION + 1, sessions)))
    base = int(BASE.timestamp()) * 1_000_000
    return base + ((attempts - 1) * 7 + days.astype(np.int64)) * DAY_US + seconds.astype(np.int64) * 1_000_000


def instants(rows: pl.DataFrame) -> pl.Series:
    """Return the instant of each row (Datetime, UTC): its own where it has one, else one beside its neighbours'.

    `rows` is in the order of sessions and, within, of the file: session (number), answered_at (Datetime or
    null), start (Int64, microseconds, used where a session has no instant at all) and spent (Int64,
    milliseconds from the row before). Between known instants the times spent are added up from the last
    one, or back from the next one at the beginning of a session.
    """
    elapsed = (pl.col("spent") * 1000).cum_sum().over("session")
    own = pl.col("answered_at").dt.epoch("us")
    offset = (own - pl.col("elapsed")).forward_fill().over("session")
    offset = pl.coalesce(offset, (own - pl.col("elapsed")).backward_fill().over("session"), pl.col("start"))
    if rows["answered_at"].null_count() == len(rows):
        made = rows.select(pl.col("start") + elapsed)
    else:
        made = rows.with_columns(elapsed.alias("elapsed")).select(
            pl.coalesce(own, offset + pl.col("elapsed"))
        )
    return made.to_series().cast(pl.Datetime("us", "UTC"))


def _mixed(seed: int, stream: int, *keys: _U64) -> _U64:
    """Return a well-mixed 64-bit number for each row from the seed, a stream and the keys."""
    state = _scrambled(np.full(1, (seed * 0x9E3779B97F4A7C15 + stream) % 2**64, np.uint64))
    for key in keys:
        state = _scrambled(state ^ key)
    return state


def _scrambled(state: _U64) -> _U64:
    """Apply the output function of SplitMix64 (Steele, Lea & Flood 2014); it is a bijection."""
    with np.errstate(over="ignore"):
        state = state + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))


def _uniform(mixed: _U64) -> NDArray[np.float64]:
    """Return numbers in (0, 1) with 53 random bits."""
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _normal(mixed: _U64) -> NDArray[np.float64]:
    normal: NDArray[np.float64] = ndtri(_uniform(mixed))
    return normal
