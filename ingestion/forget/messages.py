"""Messages of a learner, in the event log, in a topic, in dead letters, and the answers among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from database.queries.attempts import AttemptKey
from database.queries.forgetting import Person
from database.queries.forgotten import Learner
from ingestion.drain import BATCH_BYTES, BATCH_MESSAGES
from ingestion.errors import InvalidEvent
from ingestion.events import AnswerSubmitted, decode
from ingestion.sinks.clickhouse import attempt_row, key_of
from ingestion.sinks.forgotten import named_in
from ingestion.sources.base import Source


class Theirs:
    """Tells whether a message is the learner's: a valid event of theirs, or one that is not valid and names them.

    Another learner's event that mentions them stays what it is.
    """

    def __init__(self, person: Person) -> None:
        self._learners = {Learner(person.tenant_id, user) for user in person.user_ids}
        self._tenant = person.tenant_id
        # Whoever is not mentioned at all is told by a search of the bytes; JSON and UTF-16 may spell it otherwise.
        ids = [form for user in person.user_ids for form in (str(user), user.hex)]
        refs = [
            json.dumps(ref, ensure_ascii=escaped)[1:-1]
            for ref in person.external_refs
            for escaped in (True, False)
        ]
        spelled = [*ids, *map(re.escape, refs), r"\\u00", r"\0"]
        self._mentioned = re.compile("|".join(spelled).encode(), re.IGNORECASE)

    def __call__(self, raw: bytes) -> bool:
        """Tell whether `raw` is the learner's."""
        if not self._mentioned.search(raw):
            return False
        try:
            event = decode(raw)
        except InvalidEvent:
            return not self._learners.isdisjoint(named_in(raw, [self._tenant]))
        return Learner(event.tenant_id, event.user_id) in self._learners


def find(source: Source, is_theirs: Theirs) -> list[bytes]:
    """Return the learner's messages of a whole source. Raises what the source raises."""
    found: list[bytes] = []
    for partition in source.partitions():
        position, until = source.earliest(partition), source.high_watermark(partition)
        while position < until:
            batch = source.read(partition, position, until, BATCH_MESSAGES, BATCH_BYTES)
            found += [message.raw for message in batch.messages if is_theirs(message.raw)]
            position = batch.next
    return found


def answers_in(raws: Iterable[bytes]) -> set[AttemptKey]:
    """Return the answers among messages, as ClickHouse knows them."""
    keys = set()
    for raw in raws:
        try:
            event = decode(raw)
        except InvalidEvent:
            continue
        if isinstance(event, AnswerSubmitted):
            keys.add(key_of(attempt_row(event)))
    return keys
