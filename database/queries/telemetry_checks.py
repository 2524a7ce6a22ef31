"""What is looked at before events are believed: the share of dead letters, and unknown fields.

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
