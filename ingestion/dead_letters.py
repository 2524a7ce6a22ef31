"""Messages that were no events: look at them, replay those that have become valid, remove them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from database.forgetting import ForgetKey
from database.queries import dead_letters as kept
from database.queries import forgotten, telemetry
from database.queries.dead_letters import LetterFilter, StoredLetter
from database.queries.forgotten import Writer
from ingestion.errors import DeadLetterError, InvalidEvent
from ingestion.events import Event, Reason, decode
from ingestion.sinks.base import Accepted, Decoded, Rejected, Sink
from ingestion.sinks.forgotten import without_forgotten
from ingestion.sinks.postgres import REFUSED, event_row, id_taken
from ingestion.sources.base import Message

__all__ = [
    "LetterFilter",
    "ReplaySummary",
    "StoredLetter",
    "count",
    "list_letters",
    "purge",
    "replay",
    "show",
]

_BATCH = 500
_NO_KEY = ForgetKey()


@dataclass(frozen=True)
class ReplaySummary:
    """What a replay did: tried = stored + repeated + forgotten + the sum of `still_invalid`, by reason.

    `forgotten` are letters that are of a forgotten learner, or name one: they were deleted.
    """

    tried: int
    stored: int
    repeated: int
    forgotten: int
    still_invalid: Mapping[str, int]

    def lines(self) -> list[str]:
        """Return the summary for a person."""
        invalid = ", ".join(f"{reason} {n:,}" for reason, n in self.still_invalid.items())
        dropped = [f"  of forgotten learners, deleted: {self.forgotten:,}"] if self.forgotten else []
        return [
            f"{self.tried:,} dead letters tried",
            f"  stored: {self.stored:,}",
            f"  repeated, already there: {self.repeated:,}",
            *dropped,
            f"  still not valid, left as they are: {sum(self.still_invalid.values()):,}"
            + (f" ({invalid})" if invalid else ""),
        ]


def list_letters(
    engine: Engine, which: LetterFilter | None = None, *, after: int = 0, limit: int = 50
) -> list[StoredLetter]:
    """Return dead letters without their bytes, in order of id, those above `after` first."""
    with engine.connect() as connection:
        return kept.find(connection, which or LetterFilter(), after=after, limit=limit)


def count(engine: Engine, which: LetterFilter | None = None) -> dict[str, int]:
    """Return how many dead letters there are by reason."""
    with engine.connect() as connection:
        return kept.count(connection, which or LetterFilter())


def show(engine: Engine, letter_id: int) -> StoredLetter:
    """Return one dead letter with its bytes; DeadLetterError where there is none of this id."""
    with engine.connect() as connection:
        found = kept.find(connection, LetterFilter((letter_id,)), with_raw=True)
    if not found:
        raise DeadLetterError(
            f"there is no dead letter {letter_id}: `qbank dead-letters list` shows those there are"
        )
    return found[0]


def replay(
    engine: Engine,
    which: LetterFilter | None = None,
    also: Sequence[Sink] = (),
    key: ForgetKey = _NO_KEY,
) -> ReplaySummary:
    """Store those of the letters not replayed yet that are valid events now, and mark these as replayed.

    Works in batches, each a transaction; a letter that is still not valid stays as it is. What Postgres
    stores is added to the sinks `also`, before the letter is marked: killed in between, it is replayed
    again, and no sink holds an event twice. Letters of forgotten learners, by the hashes of `key`, are deleted.
    Raises SinkError where a sink does not answer, and ForgetKeyError.
    """
    tally = _Tally()
    for ids in _batches(engine, which or LetterFilter()):
        _replay(engine, ids, also, key, tally)
    invalid = dict(tally.invalid.most_common())
    tried = tally.stored + tally.repeated + tally.forgotten + sum(invalid.values())
    return ReplaySummary(tried, tally.stored, tally.repeated, tally.forgotten, invalid)


def purge(engine: Engine, which: LetterFilter) -> int:
    """Delete dead letters for good and return how many; `LetterFilter()` means every one."""
    with engine.begin() as connection:
        return kept.remove(connection, which)


@dataclass
class _Tally:
    stored: int = 0
    repeated: int = 0
    forgotten: int = 0
    invalid: Counter[str] = field(default_factory=Counter)


def _replay(engine: Engine, ids: Sequence[int], also: Sequence[Sink], key: ForgetKey, tally: _Tally) -> None:
    """Replay these letters in one transaction; where Postgres refuses one of them, in halves."""
    try:
        with engine.begin() as connection:
            forgotten.share(connection, Writer.DRAIN)
            letters = kept.lock_open(connection, ids)
            remembered = _without_forgotten(connection, letters, key)
            outcome = _store(connection, remembered, also)
            outcome.forgotten = len(letters) - len(remembered)
    except REFUSED:
        if len(ids) == 1:
            tally.invalid[Reason.REFUSED_BY_STORE] += 1
            return
        middle = len(ids) // 2
        _replay(engine, ids[:middle], also, key, tally)
        _replay(engine, ids[middle:], also, key, tally)
    else:
        tally.stored += outcome.stored
        tally.repeated += outcome.repeated
        tally.forgotten += outcome.forgotten
        tally.invalid.update(outcome.invalid)


def _without_forgotten(
    connection: Connection, letters: Sequence[StoredLetter], key: ForgetKey
) -> list[StoredLetter]:
    """Delete the letters that are of forgotten learners, or name one, and return the others."""
    fault = InvalidEvent(Reason.MALFORMED, "looked at as bytes alone: whoever stands in them")
    as_bytes = tuple(Rejected(Message(letter.id, letter.raw or b""), fault) for letter in letters)
    batch, dropped = without_forgotten(connection, key, Decoded("dead letters", 0, 0, 0, (), as_bytes))
    if not dropped:
        return list(letters)
    left = {one.message.position for one in batch.rejected}
    kept.remove(connection, LetterFilter(tuple(letter.id for letter in letters if letter.id not in left)))
    return [letter for letter in letters if letter.id in left]


def _store(connection: Connection, letters: Sequence[StoredLetter], also: Sequence[Sink]) -> _Tally:
    outcome = _Tally()
    valid: list[tuple[StoredLetter, Event]] = []
    for letter in letters:
        try:
            valid.append((letter, decode(letter.raw or b"")))
        except InvalidEvent as fault:
            outcome.invalid[fault.reason] += 1
    if valid:
        rows = (event_row(n, letter.raw or b"", event) for n, (letter, event) in enumerate(valid))
        inserted = telemetry.insert_events(connection, rows)
        taken = set(inserted.taken)
        outcome.invalid.update(id_taken(valid[n][1]).reason for n in taken)
        good = [one for n, one in enumerate(valid) if n not in taken]
        _add(good, also)
        replayed = [letter.id for letter, _ in good]
        kept.mark_replayed(connection, replayed)
        outcome.stored = sum(inserted.stored.values())
        outcome.repeated = len(replayed) - outcome.stored
    return outcome


def _add(good: Sequence[tuple[StoredLetter, Event]], sinks: Sequence[Sink]) -> None:
    accepted = tuple(Accepted(Message(letter.position, letter.raw or b""), event) for letter, event in good)
    for sink in sinks:
        sink.add(Decoded("dead letters", 0, 0, 0, accepted, ()))


def _batches(engine: Engine, which: LetterFilter) -> Iterator[list[int]]:
    after = 0
    open_letters = LetterFilter(which.ids, which.reason, which.received_before, replayed=False)
    while found := list_letters(engine, open_letters, after=after, limit=_BATCH):
        yield [letter.id for letter in found]
        after = found[-1].id
