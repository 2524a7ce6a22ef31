"""Messages of forgotten learners, left out of what a sink is handed.

A valid event tells its learner. A message that is none may still name one somewhere, and would be kept byte
for byte: every UUID in it counts as a name, however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from database.forgetting import ForgetKey
from database.queries import forgotten
from database.queries.forgotten import Learner
from ingestion.sinks.base import Decoded

_UUID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")


def named_in(raw: bytes) -> set[UUID]:
    """Return every UUID that stands in `raw`: with or without dashes, in JSON's escapes, in UTF-16."""
    text = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), raw.replace(b"\0", b""))
    return {UUID(found.decode()) for found in _UUID.findall(text)}


def without_forgotten(connection: Connection, key: ForgetKey, batch: Decoded) -> tuple[Decoded, int]:
    """Return `batch` without the messages of forgotten learners, and how many those are.

    Asks within the caller's transaction. Raises ForgetKeyError.
    """
    if not forgotten.anyone(connection, key):
        return batch, 0
    asked = set(batch.learners)
    if batch.rejected:
        tenants = forgotten.tenants(connection)
        asked |= {
            Learner(tenant, user)
            for one in batch.rejected
            for user in named_in(one.message.raw)
            for tenant in tenants
        }
    return leave_out(batch, forgotten.among(connection, key, asked))


def leave_out(batch: Decoded, learners: Collection[Learner]) -> tuple[Decoded, int]:
    """Return `batch` without the messages that are of these learners or name one, and how many those are."""
    if not learners:
        return batch, 0
    users = {learner.user_id for learner in learners}
    accepted = tuple(
        one for one in batch.accepted if Learner(one.event.tenant_id, one.event.user_id) not in learners
    )
    rejected = tuple(one for one in batch.rejected if users.isdisjoint(named_in(one.message.raw)))
    dropped = len(batch.accepted) - len(accepted) + len(batch.rejected) - len(rejected)
    return replace(batch, accepted=accepted, rejected=rejected), dropped


def known_by_hash(
    key: ForgetKey, hashes: Collection[bytes], learners: Iterable[Learner]
) -> frozenset[Learner]:
    """Return those of the learners whose hashes are among these. Raises ForgetKeyError."""
    if not hashes:
        return frozenset()
    return frozenset(learner for learner in learners if key.hash(*learner) in hashes)
