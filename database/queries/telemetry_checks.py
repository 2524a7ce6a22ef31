"""What is looked at before events are believed: shares, unknown fields, and whether two tables agree.

Every look is at a stretch of time, so that its cost does not grow with the age of the bank.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text


class Shares(NamedTuple):
    """Events stored and messages refused since a moment."""

    stored: int
    dead: int

    @property
    def dead_share(self) -> float:
        """Dead letters among all messages; 0 where there were none."""
        return self.dead / (self.stored + self.dead) if self.dead else 0.0


class Unmatched(NamedTuple):
    """Answers that stand in one of two tables only: how many, and some of them."""

    responses: int
    events: int
    examples: tuple[str, ...]


_SHARES = """
select (select count(*) from telemetry.events where ingested_at >= :since) as stored,
       (select count(*) from telemetry.dead_letters where received_at >= :since) as dead
"""
_DRIFT = """
select key, count(*) as n
from telemetry.events, lateral jsonb_object_keys(payload) as key
where ingested_at >= :since and key <> all(:known)
group by key order by n desc, key
"""
_REFUSED = """
select reason, count(*) as n from telemetry.dead_letters
where received_at >= :since and reason = any(:reasons)
group by reason order by reason
"""
# An answer's row and its event are written in one transaction and carry the same quiz and question.
_UNMATCHED = """
with responses as (
    select r.quiz_id, r.question_id from user_responses r
    where r.origin = 'delivery' and r.created_at >= :since and r.created_at < :until
      and not exists (select from telemetry.events e where e.quiz_id = r.quiz_id
                      and e.question_id = r.question_id and e.event_type = 'answer_submitted')
), events as (
    select e.quiz_id, e.question_id from telemetry.events e
    where e.event_type = 'answer_submitted' and e.occurred_at >= :since and e.occurred_at < :until
      and not exists (select from user_responses r where r.quiz_id = e.quiz_id and r.question_id = e.question_id)
)
select 'response without event' as kind, quiz_id, question_id from responses
union all select 'event without response', quiz_id, question_id from events
"""
_ANSWERS = """
select question_id, version, count(*) as n from telemetry.events
where event_type = 'answer_submitted' and occurred_at > :since and occurred_at <= :until
group by question_id, version
"""
_EXAMPLES = 5


def shares(connection: Connection, since: dt.datetime) -> Shares:
    """Return how many messages since `since` were stored and how many were refused."""
    return Shares._make(connection.execute(text(_SHARES), {"since": since}).one())


def unknown_fields(connection: Connection, known: Sequence[str], since: dt.datetime) -> dict[str, int]:
    """Return the fields of events stored since `since` that are not among `known`, with how many have them."""
    rows = connection.execute(text(_DRIFT), {"since": since, "known": list(known)})
    return {row.key: row.n for row in rows}


def refused(connection: Connection, reasons: Sequence[str], since: dt.datetime) -> dict[str, int]:
    """Return how many dead letters of these reasons came since `since`."""
    rows = connection.execute(text(_REFUSED), {"since": since, "reasons": list(reasons)})
    return {row.reason: row.n for row in rows}


def unmatched_answers(connection: Connection, since: dt.datetime, until: dt.datetime) -> Unmatched:
    """Return delivered answers of that stretch without their event, and events without their answer."""
    rows = connection.execute(text(_UNMATCHED), {"since": since, "until": until}).all()
    of_kind = [row.kind for row in rows]
    examples = tuple(
        f"{row.kind}: quiz {row.quiz_id}, question {row.question_id}" for row in rows[:_EXAMPLES]
    )
    return Unmatched(
        of_kind.count("response without event"), of_kind.count("event without response"), examples
    )


def answers_by_item(
    connection: Connection, since: dt.datetime, until: dt.datetime
) -> dict[tuple[int, int], int]:
    """Return how many answers after `since` and up to `until` there are by (question_id, version)."""
    rows = connection.execute(text(_ANSWERS), {"since": since, "until": until})
    return {(row.question_id, row.version): row.n for row in rows}
