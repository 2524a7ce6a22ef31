"""Messages of forgotten learners, left out of what a sink is handed.

A valid event tells its learner. A message that is none may still name one somewhere, and would be kept byte
for byte: every UUID in it counts as a name, however it is written, and so does what a field says that is
called after a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from database.forgetting import ForgetKey
from database.queries import forgotten
from database.queries.forgotten import Learner
from ingestion.persons import user_id
from ingestion.sinks.base import Decoded, whose

_UUID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_FIELD = re.compile(rb'"(?:user_id|user|learner|person|external_ref)"\s*:\s*("(?:[^"\\]|\\.)*"|[0-9]+)')
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")


def named_in(raw: bytes, tenants: Iterable[UUID]) -> set[Learner]:
    """Return whom `raw` names, if it speaks of these tenants' learners.

    By user id with or without dashes, in JSON's escapes, in UTF-16; by the identifier that an import knows them by.
    """
    plain = raw.replace(b"\0", b"")
    text = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), plain)
    ids = {UUID(found.decode()) for found in _UUID.findall(text)}
    persons = [person for found in _FIELD.findall(plain) if (person := _text(found)) is not None]
    return {
        Learner(tenant, user)
        for tenant in tenants
        for user in (*ids, *(user_id(tenant, person) for person in persons))
    }


def without_forgotten(connection: Connection, key: ForgetKey, batch: Decoded) -> tuple[Decoded, int]:
    """Return `batch` without the messages that are of forgotten learners or name one, and how many those are.

    Asks within the caller's transaction. Raises ForgetKeyError.
    """
    if not forgotten.anyone(connection, key):
        return batch, 0
    tenants = forgotten.tenants(connection)
    named = {one.message.position: named_in(one.message.raw, tenants) for one in batch.rejected}
    gone = forgotten.among(connection, key, batch.learners.union(*named.values()))
    kept, dropped = leave_out(batch, gone)
    rejected = tuple(one for one in batch.rejected if gone.isdisjoint(named[one.message.position]))
    return replace(kept, rejected=rejected), dropped + len(batch.rejected) - len(rejected)


def leave_out(batch: Decoded, learners: Collection[Learner]) -> tuple[Decoded, int]:
    """Return `batch` without the events of these learners, and how many those are."""
    if not learners:
        return batch, 0
    theirs = {(learner.tenant_id.int, learner.user_id.int) for learner in learners}
    accepted = tuple(one for one in batch.accepted if whose(one.event) not in theirs)
    return replace(batch, accepted=accepted), len(batch.accepted) - len(accepted)


def known_by_hash(key: ForgetKey, hashes: Collection[bytes], batch: Decoded) -> frozenset[Learner]:
    """Return those learners of a batch whose hashes are among these. Raises ForgetKeyError."""
    if not hashes:
        return frozenset()
    return frozenset(learner for learner in batch.learners if key.hash(*learner) in hashes)


def _text(value: bytes) -> str | None:
    """Return what a JSON text or number says; None where it is no valid one."""
    try:
        return str(json.loads(value))
    except ValueError:
        return None
