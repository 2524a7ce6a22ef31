"""The events of the sessions, as the drain stores them: each a row, and the message it came in."""

from __future__ import annotations

import numpy as np
import polars as pl

from tests.bank.answers import Served
from tests.bank.content import EXAMS, LABELS, Items
from tests.bank.identities import uuids
from tests.bank.learners import Learners
from tests.bank.sessions import SECOND, Sessions

SHARE_EXPLANATIONS_IN_TUTOR, SHARE_EXPLANATIONS_IN_EXAM = 0.6, 0.3
COLUMNS = (
    "event_id", "event_type", "occurred_at", "tenant_id", "user_id", "quiz_id", "question_id", "version", "selected",
    "is_correct", "time_taken_ms", "payload", "ingested_at",
)  # fmt: skip


def event_frame(
    random: np.random.Generator,
    sessions: Sessions,
    served: Served,
    sealed_at: np.ndarray,
    items: Items,
    learners: Learners,
    whole_since: int,
) -> pl.DataFrame:
    """Return the rows of telemetry.events in the order of their times, in microseconds since 1970.

    Payloads since `whole_since` are whole, as the API writes them.
    """
    viewed, viewed_at = _explanations(random, sessions, served, sealed_at)
    answered = served.answered
    every = np.ones(len(served.session), bool)
    rows = [
        _started(sessions, learners),
        _of_items("question_served", sessions, served, every, served.served_at, items, learners),
        _of_items("answer_submitted", sessions, served, answered, served.done_at[answered], items, learners),
        _of_items("explanation_viewed", sessions, served, viewed, viewed_at, items, learners),
    ]
    events = pl.concat(rows, how="diagonal_relaxed")
    events = events.with_columns(
        uuids(random, len(events)).alias("event_id"),
        (pl.col("at") + pl.Series(random.integers(SECOND // 2, 5 * SECOND, len(events)))).alias("ingested"),
    )
    return _with_payload(events, whole_since).sort("occurred_at").select(COLUMNS)


def _explanations(
    random: np.random.Generator, sessions: Sessions, served: Served, sealed_at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which answers had their explanation opened, and when: at once in tutor mode, else after handing in."""
    n = len(served.session)
    exam_mode, sealed = sessions.exam_mode[served.session], sealed_at[served.session]
    share = np.where(exam_mode, SHARE_EXPLANATIONS_IN_EXAM, SHARE_EXPLANATIONS_IN_TUTOR)
    viewed = served.answered & (random.random(n) < share) & (~exam_mode | (sealed > 0))
    at = np.where(
        exam_mode,
        sealed + random.integers(5, 600, n) * SECOND,
        served.done_at + random.integers(1, 8, n) * SECOND,
    )
    return viewed, at[viewed]


def _started(sessions: Sessions, learners: Learners) -> pl.DataFrame:
    codes = np.array([exam.code for exam in EXAMS])[sessions.pool]
    return pl.DataFrame(
        {
            "event_type": ["quiz_started"] * len(sessions.served),
            "at": sessions.started_at,
            "tenant_id": np.array([exam.tenant for exam in EXAMS])[sessions.pool],
            "user_id": learners.user_id.gather(sessions.learner),
            "quiz_id": sessions.quiz_id,
            "exam_code": pl.Series(codes).set(pl.Series(sessions.any_exam), None),
            "mode": np.where(sessions.exam_mode, "exam", "tutor"),
            "asked": sessions.asked,
        }
    )


def _of_items(
    event_type: str,
    sessions: Sessions,
    served: Served,
    chosen: np.ndarray,
    at: np.ndarray,
    items: Items,
    learners: Learners,
) -> pl.DataFrame:
    """Rows of one event type for the served items `chosen`; an answer carries what was answered."""
    session = served.session[chosen]
    codes = np.array([exam.code for exam in EXAMS])[sessions.pool[session]]
    rows = {
        "event_type": [event_type] * len(session),
        "at": at,
        "tenant_id": np.array([exam.tenant for exam in EXAMS])[sessions.pool[session]],
        "user_id": learners.user_id.gather(sessions.learner[session]),
        "quiz_id": sessions.quiz_id.gather(session),
        "question_id": items.question_id[served.item[chosen]],
        "version": served.version[chosen],
        "exam_code": pl.Series(codes).set(pl.Series(sessions.any_exam[session]), None),
        "position": served.place[chosen] + 1,
    }
    if event_type == "answer_submitted":
        rows |= {
            "selected": LABELS[served.option[chosen]],
            "is_correct": served.correct[chosen],
            "time_taken_ms": served.took_ms[chosen],
        }
    return pl.DataFrame(rows)


def _with_payload(events: pl.DataFrame, whole_since: int) -> pl.DataFrame:
    """Add the times as Postgres takes them, and the message: whole since `whole_since`, before that its rest.

    What older messages lack stands in the columns beside them; whole, they would be half of a large bank.
    """
    occurred = pl.col("at").cast(pl.Datetime("us", "UTC"))
    rest = (_field("exam_code", quoted=True), _field("position"), _field("mode", quoted=True))
    whole = pl.concat_str(
        pl.lit('"event_id":"'), pl.col("event_id"), pl.lit('","event_type":"'), pl.col("event_type"),
        pl.lit('","timestamp":"'), occurred.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"), pl.lit('"'),
        *(_field(name, quoted=True) for name in ("tenant_id", "user_id", "quiz_id")),
        *(_field(name) for name in ("question_id", "version")), _field("selected", quoted=True),
        *(_field(name) for name in ("is_correct", "time_taken_ms")), *rest,
        pl.concat_str(pl.lit(',"filters":{"num_questions":'), pl.col("asked"), pl.lit("}")).fill_null(""),
    )  # fmt: skip
    made = []
    for part, text in (
        (events.filter(pl.col("at") < whole_since), pl.concat_str(*rest).str.strip_prefix(",")),
        (events.filter(pl.col("at") >= whole_since), whole),
    ):
        made.append(part.with_columns(pl.concat_str(pl.lit("{"), text, pl.lit("}")).alias("payload")))
    return pl.concat(made).with_columns(
        occurred.alias("occurred_at"), pl.col("ingested").cast(pl.Datetime("us", "UTC")).alias("ingested_at")
    )


def _field(name: str, *, quoted: bool = False) -> pl.Expr:
    """A member of a JSON object from the column of its name; nothing where that is null."""
    text = pl.col(name).cast(pl.String)
    value = pl.concat_str(pl.lit('"'), text, pl.lit('"')) if quoted else text
    return pl.concat_str(pl.lit(f',"{name}":'), value).fill_null("")
