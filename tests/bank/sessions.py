"""When learners practise, in which mode, and what they are served until they stop."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.bank.content import EXAMS, Items
from tests.bank.identities import uuids
from tests.bank.learners import Learners
from tests.bank.plan import WINDOW_DAYS, Plan, microseconds

SECOND = 1_000_000
DAY = 86_400 * SECOND
# Sessions begin in these hours of their day of 24 hours, so that each ends on it.
FIRST_HOUR, LAST_HOUR = 6, 21
LENGTHS = (10, 20, 30)
SHARE_EXAM_MODE, SHARE_ADAPTIVE, SHARE_ANY_EXAM, SHARE_LEFT = 0.4, 0.6, 0.1, 0.12


@dataclass(frozen=True)
class Sessions:
    """Sessions by position. `learner` and `pool` are positions; `served` is how many items it comes to at most.

    `left`: the learner went away before the end. Times are microseconds since 1970.
    """

    quiz_id: pl.Series
    learner: np.ndarray
    pool: np.ndarray
    any_exam: np.ndarray
    exam_mode: np.ndarray
    adaptive: np.ndarray
    started_at: np.ndarray
    asked: np.ndarray
    left: np.ndarray
    served: np.ndarray


def of_history(
    random: np.random.Generator, learners: Learners, chosen: range, plan: Plan, items: Items
) -> Sessions:
    """Draw every session of the learners `chosen` on the days of the plan.

    A learner has one session in each of a few stretches of days, so that no two run at once.
    """
    learner = np.repeat(np.arange(chosen.start, chosen.stop), plan.sessions)
    stretch = WINDOW_DAYS // plan.sessions
    day = (
        learners.first_day[learner]
        + np.tile(np.arange(plan.sessions) * stretch, len(chosen))
        + random.integers(0, stretch, len(learner))
    )
    within = (day >= 0) & (day < plan.days)
    return _sessions(
        random, learners, learner[within], microseconds(plan.begins_at) + day[within] * DAY, items
    )


def of_day(
    random: np.random.Generator, learners: Learners, day: int, begins: int, n: int, items: Items
) -> Sessions:
    """Draw `n` sessions on one day, counted from `begins`, of learners who are there then."""
    learner = random.choice(learners.active_on(day), size=n)
    return _sessions(random, learners, learner, np.full(n, begins + day * DAY), items)


def _sessions(
    random: np.random.Generator, learners: Learners, learner: np.ndarray, day_begins: np.ndarray, items: Items
) -> Sessions:
    n = len(learner)
    # The second tenant has one exam; the first has two.
    pool = np.where(learners.of_b[learner], 2, (random.random(n) < 1 / 3).astype(int))
    longest = np.array([len(one) for one in items.pools])[pool]
    asked = np.minimum(random.choice(LENGTHS, size=n), longest)
    left = random.random(n) < SHARE_LEFT
    stops = 1 + (random.random(n) * asked).astype(int)
    return Sessions(
        quiz_id=uuids(random, n),
        learner=learner,
        pool=pool,
        any_exam=random.random(n) < SHARE_ANY_EXAM,
        exam_mode=random.random(n) < SHARE_EXAM_MODE,
        adaptive=random.random(n) < SHARE_ADAPTIVE,
        started_at=day_begins + random.integers(FIRST_HOUR * 3600 * SECOND, LAST_HOUR * 3600 * SECOND, n),
        asked=asked,
        left=left,
        served=np.where(left, stops, asked),
    )


def questions_served(
    random: np.random.Generator, sessions: Sessions, items: Items
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return session, position from 0 and item of everything served: no question twice in a session.

    A stride that has no factor in common with the size of the pool comes back only after a whole round.
    """
    session = np.repeat(np.arange(len(sessions.served)), sessions.served)
    place = np.arange(len(session)) - np.repeat(np.cumsum(sessions.served) - sessions.served, sessions.served)
    item = np.empty(len(session), np.int64)
    for number in range(len(EXAMS)):
        pool = items.pools[number]
        size = len(pool)
        strides = np.array([step for step in range(1, size) if math.gcd(step, size) == 1])
        of_pool = np.flatnonzero(sessions.pool == number)
        first, stride = np.zeros((2, len(sessions.pool)), np.int64)
        first[of_pool] = random.integers(0, size, len(of_pool))
        stride[of_pool] = random.choice(strides, size=len(of_pool))
        here = sessions.pool[session] == number
        at = session[here]
        item[here] = pool[(first[at] + place[here] * stride[at]) % size]
    return session, place, item


def frame(sessions: Sessions, sealed_at: np.ndarray, learners: Learners) -> pl.DataFrame:
    """Return the rows of quiz_sessions; `sealed_at` is 0 where a session was never handed in."""
    codes = np.array([exam.code for exam in EXAMS])[sessions.pool]
    tenants = np.array([exam.tenant for exam in EXAMS])[sessions.pool]
    started = sessions.started_at
    return pl.DataFrame(
        {
            "id": sessions.quiz_id,
            "user_id": learners.user_id.gather(sessions.learner),
            "tenant_id": tenants,
            "mode": np.where(sessions.exam_mode, "exam", "tutor"),
            "adaptive": sessions.adaptive,
            "exam_code": pl.Series(codes).set(pl.Series(sessions.any_exam), None),
            "num_questions": sessions.asked,
            "started_at": pl.Series(started).cast(pl.Datetime("us", "UTC")),
            "expires_at": pl.Series(started + 7_200 * SECOND).cast(pl.Datetime("us", "UTC")),
            "sealed_at": pl.Series(sealed_at).replace(0, None).cast(pl.Datetime("us", "UTC")),
        }
    )
