"""A learner's turn in a quiz: all that it needs to know in one statement, and all that it writes in another.

Plain functions over a synchronous connection whose transaction acts within the quiz's tenant and holds the quiz
(`quizzes.holding`). Each statement is one round trip to the server, and what a learner waits for is mostly these.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from database.queries.item_texts import ItemText, Option, read_text, text_of
from database.queries.quizzes import HISTORY, QUIZ, Decision, Quiz, ServedItem


@dataclass(frozen=True, slots=True)
class Reading:
    """What a turn begins with.

    `revision` names the state of the quiz, and `state` is that state as JSON (`quiz` and `history`, fields as
    `quizzes.Quiz` and `quizzes.ServedItem` have them), None where it is of the revision that was known. `item`
    (question, version) is the one asked for, or else the one that waits for its answer; `text` is None where it cannot
    be read any more. `elsewhere` are the questions that the learner met in other quizzes since this one began; asked
    for where no item waits.
    """

    now: dt.datetime
    revision: str
    state: str | None
    item: tuple[int, int] | None
    text: ItemText | None
    elsewhere: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a served item."""

    option: Option
    time_taken_ms: int
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event for the outbox: it is published if, and only if, the transaction commits."""

    id: uuid.UUID
    payload: Mapping[str, Any]


def _last(changed: str, quiz: str) -> str:
    """Rows of a table of the quiz, and the last transaction that wrote any; xid8 has no max()."""
    return f"select count(*) as n, max(cast(cast(change_xid as text) as bigint)) as last from {changed} where {quiz}"


# The state is made only where its revision is not known: a case evaluates no branch that it does not take. What a
# transaction writes bears its number (trigger stamp_change), and what is deleted is missed by the counts.
_READ = text(
    f"""
    select clock_timestamp() as now, k.revision, item.question_id, item.version, t.*,
        case when k.revision is distinct from cast(:known as text) then cast(json_build_object(
            'quiz', (select row_to_json(one) from ({QUIZ}) one),
            'history', (select coalesce(json_agg(one), '[]') from ({HISTORY}) one)) as text) end as state,
        case when item.question_id is null then array(
            select distinct i.question_id from quiz_items i join quiz_sessions other on other.id = i.quiz_id
            where other.user_id = s.user_id and other.id <> s.id and i.served_at >= s.started_at
            order by i.question_id) end as elsewhere
    from quiz_sessions s
    cross join lateral (
        select concat_ws(
            '/', greatest(cast(cast(s.change_xid as text) as bigint), i.last, r.last), i.n, r.n) as revision
        from ({_last("quiz_items", "quiz_id = s.id")}) i, ({_last("user_responses", "quiz_id = s.id")}) r
    ) k
    left join lateral (
        select i.question_id, i.version
        from quiz_items i
        left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id
        where i.quiz_id = s.id and case when cast(:question as bigint) is null
            then r.id is null and i.skipped_at is null else i.question_id = :question end
        order by i.position
        limit 1
    ) item on true
    left join lateral ({text_of("item.question_id", "item.version", "s.tenant_id", "s.exam_code")}) t on true
    where s.id = :quiz
    """
)

_SERVE = text(
    f"""
    with shown as (
        select * from ({
        text_of(
            "cast(:question as bigint)",
            "cast(:version as int)",
            "cast(:tenant as uuid)",
            "cast(:exam as text)",
        )
    }) t where live
    ), item as (
        insert into quiz_items (tenant_id, quiz_id, question_id, version, position, served_at)
        select cast(:tenant as uuid), cast(:quiz as uuid), cast(:question as bigint), cast(:version as int),
            cast(:position as int), cast(:now as timestamptz)
        from shown
    ), decision as (
        insert into selection_decisions (tenant_id, quiz_id, question_id, version, position, criterion, value, theta,
            se, candidates, calibration_run_id, bank_hash, pilot, why_not, shadow, elapsed_us, created_at)
        select cast(:tenant as uuid), cast(:quiz as uuid), cast(:question as bigint), cast(:version as int),
            cast(:position as int), d.criterion, cast(d.value as float8), cast(d.theta as float8),
            cast(d.se as float8), d.candidates,
            d.calibration_run_id, d.bank_hash, d.pilot, d.why_not, d.shadow, d.elapsed_us, cast(:now as timestamptz)
        from shown, jsonb_to_record(cast(:decision as jsonb)) as d (criterion text, value text, theta text,
            se text, candidates jsonb, calibration_run_id uuid, bank_hash text, pilot bool, why_not jsonb,
            shadow jsonb, elapsed_us int)
        where cast(:decision as jsonb) is not null
    ), told as (
        insert into event_outbox (tenant_id, event_id, event_type, quiz_id, payload, created_at)
        select cast(:tenant as uuid), cast(:event as uuid), cast(:event_type as text), cast(:quiz as uuid),
            cast(:payload as jsonb), cast(:now as timestamptz)
        from shown
    )
    select shown.*, cast(pg_current_xact_id() as text) as xid from shown
    """
)

_ANSWER = text(
    """
    with answered as (
        insert into user_responses (tenant_id, quiz_id, user_id, question_id, version, option_label, is_correct,
            time_taken_ms, idempotency_key, created_at)
        values (:tenant, :quiz, :user, :question, :version, :option, :correct, :time_taken_ms, :key, :now)
    ), told as (
        insert into event_outbox (tenant_id, event_id, event_type, quiz_id, payload, created_at)
        values (:tenant, :event, :event_type, :quiz, cast(:payload as jsonb), :now)
    )
    select cast(pg_current_xact_id() as text) as xid
    """
)


def revision(xid: str, history: Sequence[ServedItem]) -> str:
    """Return the revision that a turn makes, as the next one will read it: its transaction wrote this history."""
    return f"{xid}/{len(history)}/{sum(item.is_correct is not None for item in history)}"


def read_turn(
    connection: Connection, quiz_id: uuid.UUID, known: str | None, question_id: int | None
) -> Reading | None:
    """Return what a turn begins with: for an answer to a question, or for the next one; None: no such quiz is seen.

    `known` is the revision of the state that whoever asks has already.
    """
    asked = {"quiz": quiz_id, "known": known, "question": question_id}
    row = connection.execute(_READ, asked).mappings().one_or_none()
    if row is None:
        return None
    item = None if row["question_id"] is None else (row["question_id"], row["version"])
    return Reading(
        row["now"], row["revision"], row["state"], item, read_text(dict(row)), tuple(row["elsewhere"] or ())
    )


def write_served(
    connection: Connection,
    quiz: Quiz,
    item: tuple[int, int],
    position: int,
    decision: Decision | None,
    event: Event,
) -> tuple[ItemText, str] | None:
    """Write that `item` (question, version) is served at `position` now, why (None: as planned), and its event.

    Returns its text and the number of the transaction. None: it is live no more, and nothing was written.
    """
    question_id, version = item
    given = {
        **_told(quiz, event),
        "exam": quiz.exam_code,
        "question": question_id,
        "version": version,
        "position": position,
        "decision": None if decision is None else _plain(decision),
    }
    row = connection.execute(_SERVE, given).mappings().one_or_none()
    if row is None:
        return None
    text_served = read_text(dict(row))
    assert text_served is not None
    return text_served, row["xid"]


def write_answer(connection: Connection, quiz: Quiz, item: ServedItem, answer: Answer, event: Event) -> str:
    """Write the learner's answer to a served item, and its event; return the number of the transaction."""
    given = {
        **_told(quiz, event),
        "user": quiz.user_id,
        "question": item.question_id,
        "version": item.version,
        "option": answer.option.label,
        "correct": answer.option.is_correct,
        "time_taken_ms": answer.time_taken_ms,
        "key": answer.idempotency_key,
    }
    xid: str = connection.execute(_ANSWER, given).scalar_one()
    return xid


def _told(quiz: Quiz, event: Event) -> dict[str, Any]:
    return {
        "tenant": quiz.tenant_id,
        "quiz": quiz.id,
        "now": quiz.now,
        "event": event.id,
        "event_type": event.payload["event_type"],
        "payload": json.dumps(event.payload),
    }


def _plain(decision: Decision) -> str:
    """JSON of a decision; what may be NaN or infinite as text."""
    run = decision.calibration_run_id
    return json.dumps(
        {
            "criterion": decision.criterion,
            "value": repr(float(decision.value)),
            "theta": repr(float(decision.theta)),
            "se": repr(float(decision.se)),
            "candidates": list(decision.candidates),
            "calibration_run_id": None if run is None else str(run),
            "bank_hash": decision.bank_hash,
            "pilot": decision.pilot,
            "why_not": dict(decision.why_not),
            "shadow": decision.shadow,
            "elapsed_us": decision.elapsed_us,
        }
    )
