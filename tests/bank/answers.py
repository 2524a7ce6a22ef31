"""What becomes of each item that is served: answered rightly or not, how fast, skipped, left open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.bank.content import EXAMS, LABELS, Items
from tests.bank.learners import Learners
from tests.bank.sessions import SECOND, Sessions, questions_served

D = 1.7
SHARE_RAPID, SHARE_SKIPPED = 0.02, 0.02
SPREAD_OF_TIMES = 0.4
LONGEST_S = 600.0
# A session lasts two hours; nothing is answered in its last minutes.
TIMEOUT = 7_000 * SECOND


@dataclass(frozen=True)
class Served:
    """Everything served, by position, in the order of the sessions; times are microseconds since 1970.

    `answered` and `skipped` exclude each other; neither holds for what was left open. `option`, `correct` and
    `took_ms` mean something where `answered` holds.
    """

    session: np.ndarray
    place: np.ndarray
    item: np.ndarray
    version: np.ndarray
    served_at: np.ndarray
    done_at: np.ndarray
    answered: np.ndarray
    skipped: np.ndarray
    option: np.ndarray
    correct: np.ndarray
    took_ms: np.ndarray


def play(random: np.random.Generator, sessions: Sessions, items: Items, learners: Learners) -> Served:
    """Let every session run until it is done, left, or out of time."""
    session, place, item = questions_served(random, sessions, items)
    n, learner = len(session), sessions.learner[session]
    rapid, skipped = random.random(n) < SHARE_RAPID, random.random(n) < SHARE_SKIPPED
    thinking = items.median_s[item] * np.exp(learners.pace[learner] + SPREAD_OF_TIMES * random.normal(size=n))
    took_ms = np.where(rapid, random.integers(300, 2_500, n), 1000 * np.minimum(thinking, LONGEST_S)).astype(
        int
    )
    # Who learns reads the explanation before going on.
    reading = np.where(sessions.exam_mode[session], 1, 10) + random.integers(1, 10, n)
    spent = took_ms * 1_000 + random.integers(10_000, 400_000, n)
    gone = np.cumsum(reading * SECOND + spent)
    begins = np.cumsum(sessions.served) - sessions.served
    done = gone - np.repeat(gone[begins] - (reading * SECOND + spent)[begins], sessions.served)
    last = place == sessions.served[session] - 1
    option = _options(random, item, learners.theta[learner], items, rapid)
    answered = ~skipped & ~(last & sessions.left[session])
    started = sessions.started_at[session]
    played = Served(
        session=session,
        place=place,
        item=item,
        version=np.where(started >= items.changed_at[item], 2, 1),
        served_at=started + done - spent,
        done_at=started + done,
        answered=answered,
        skipped=skipped & ~(last & sessions.left[session]),
        option=option,
        correct=option == items.key[item],
        took_ms=took_ms,
    )
    in_time = done < TIMEOUT
    return Served(**{name: values[in_time] for name, values in vars(played).items()})


def sealed_at(random: np.random.Generator, sessions: Sessions, served: Served) -> np.ndarray:
    """Return when each session was handed in; 0: never, for it was left, ran out, or was only practice."""
    n = len(sessions.served)
    played = np.bincount(served.session, minlength=n)
    last = np.zeros(n, np.int64)
    np.maximum.at(last, served.session, served.done_at)
    handed_in = ~sessions.left & (played == sessions.served) & (sessions.exam_mode | (random.random(n) < 0.6))
    return np.where(handed_in, last + random.integers(1, 20, n) * SECOND, 0)


def _options(
    random: np.random.Generator, item: np.ndarray, theta: np.ndarray, items: Items, rapid: np.ndarray
) -> np.ndarray:
    """Return the option each learner takes: the key by the 2PL, else what attracts them; the hasty take any."""
    probability = 1 / (1 + np.exp(-D * items.a[item] * (theta - items.b[item])))
    knows = random.random(len(item)) < probability
    pull = (
        items.pull[item]
        + items.pull_by_theta[item] * theta[:, None]
        + random.gumbel(size=(len(item), len(LABELS)))
    )
    pull[np.arange(len(item)), items.key[item]] = -np.inf
    chosen = np.where(knows, items.key[item], pull.argmax(axis=1))
    return np.where(rapid, (random.random(len(item)) * items.options[item]).astype(int), chosen)


def item_frame(sessions: Sessions, served: Served, items: Items) -> pl.DataFrame:
    """Return the rows of quiz_items."""
    done = pl.Series(served.done_at)
    return pl.DataFrame(
        {
            **_shared(sessions, served, items),
            "position": served.place + 1,
            "served_at": pl.Series(served.served_at).cast(pl.Datetime("us", "UTC")),
            "skipped_at": done.set(pl.Series(~served.skipped), None).cast(pl.Datetime("us", "UTC")),
        }
    )


def response_frame(sessions: Sessions, served: Served, items: Items, learners: Learners) -> pl.DataFrame:
    """Return the rows of user_responses."""
    rows = pl.DataFrame(
        {
            **_shared(sessions, served, items),
            "user_id": learners.user_id.gather(sessions.learner[served.session]),
            "option_label": LABELS[served.option],
            "is_correct": served.correct,
            "time_taken_ms": served.took_ms,
            "created_at": pl.Series(served.done_at).cast(pl.Datetime("us", "UTC")),
        }
    )
    return rows.filter(pl.Series(served.answered))


def _shared(sessions: Sessions, served: Served, items: Items) -> dict[str, np.ndarray | pl.Series]:
    tenants = np.array([exam.tenant for exam in EXAMS])
    return {
        "tenant_id": tenants[sessions.pool[served.session]],
        "quiz_id": sessions.quiz_id.gather(served.session),
        "question_id": items.question_id[served.item],
        "version": served.version,
    }
