"""The order of forgetting: the hash first, Postgres' rows last.

The hash is committed before anything is removed: from then on no writer stores anything of the learner. What
tells their messages and answers stands in Postgres, so its rows are deleted in one transaction that commits when
everything else is done. Killed anywhere, it is run again and ends complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from clickhouse_connect.driver.client import Client
from sqlalchemy import Connection, Engine

from database.forgetting import ForgetKey
from database.queries import attempts, attempts_forgotten, forgetting, forgotten
from database.queries.attempts import AttemptKey
from database.queries.forgetting import Person
from database.queries.forgotten import Learner
from ingestion.errors import LearnerError
from ingestion.forget import files, messages
from ingestion.forget.messages import Theirs
from ingestion.forget.summary import ForgetSummary
from ingestion.forget.who import resolve
from ingestion.sources.base import Source
from ingestion.sources.event_log import EventLog


@dataclass(frozen=True)
class Stores:
    """Where a learner may stand: `engine` acts as qbank_pipeline, `clickhouse` opens a client, None: there is none.

    `sources` are the topic, logs and archives of them, by what a person calls them.
    """

    engine: Engine
    key: ForgetKey
    clickhouse: Callable[[], Client] | None
    sources: Mapping[str, Source]
    home: Path


def forget(stores: Stores, tenant: UUID, name: str, *, dry_run: bool = False) -> ForgetSummary:
    """Remove the tenant's learner of that user id or identifier everywhere, or only count what would go.

    Raises LearnerError where nothing is known of such a learner, ForgetKeyError, and what a store raises that
    does not answer: what was removed before that is gone, and the rest goes when it is called again.
    """
    with stores.engine.connect() as connection:
        person = resolve(connection, tenant, name)
        learners = [Learner(tenant, user) for user in person.user_ids]
        known = bool(forgotten.among(connection, stores.key, learners))
        found = bool(forgetting.find(connection, tenant, name))
    if not dry_run and not known:
        if not found:
            _require_traces(_removed(stores, person, known, dry_run=True), tenant, name)
        with stores.engine.begin() as connection:
            forgotten.add(connection, stores.key, learners)
    summary = _removed(stores, person, known, dry_run=dry_run)
    if dry_run and not known and not found:
        _require_traces(summary, tenant, name)
    return summary


def _require_traces(summary: ForgetSummary, tenant: UUID, name: str) -> None:
    if summary.is_empty:
        raise LearnerError(
            f"nothing is known of a learner {name!r} of tenant {tenant}: give the user id or the identifier of the "
            "tenant's own system, and --tenant where it is another one"
        )


def _removed(stores: Stores, person: Person, known: bool, *, dry_run: bool) -> ForgetSummary:
    """Remove what is the learner's, or count it by removing it in a transaction that is taken back."""
    is_theirs = Theirs(person)
    with stores.engine.connect() as connection, connection.begin() as transaction:
        quizzes = forgetting.lock_quizzes(connection, person)
        keys = {
            AttemptKey(one.occurred_at, one.question_id, one.version, one.event_id)
            for one in forgetting.answers(connection, person)
        }
        outbox = forgetting.take_outbox(connection, person, quizzes)
        letters = forgetting.take_dead_letters(connection, is_theirs)
        rows = {"event_outbox": len(outbox), "telemetry.dead_letters": len(letters)}
        rows |= forgetting.remove_rows(connection, person, quizzes)
        in_sources = {place: messages.find(source, is_theirs) for place, source in stores.sources.items()}
        raws = [*outbox, *letters, *(raw for found in in_sources.values() for raw in found)]
        keys |= messages.answers_in(raws)
        answers = _from_clickhouse(stores, connection, keys, dry_run=dry_run)
        if not dry_run:
            for source in stores.sources.values():
                if isinstance(source, EventLog):
                    source.erase(is_theirs)
        exams = forgetting.exam_tenants(connection)
        cleaned = files.clean(stores.home, person, exams, dry_run=dry_run)
        if dry_run:
            transaction.rollback()
    return ForgetSummary(
        dry_run=dry_run,
        known_before=known,
        rows={name: n for name, n in rows.items() if n},
        answers=answers,
        messages={place: len(found) for place, found in in_sources.items()},
        in_topic=frozenset(place for place, one in stores.sources.items() if not isinstance(one, EventLog)),
        files=cleaned.changed,
        files_left=cleaned.left,
    )


def _from_clickhouse(
    stores: Stores, connection: Connection, keys: set[AttemptKey], *, dry_run: bool
) -> int | None:
    if stores.clickhouse is None:
        return None
    with closing(stores.clickhouse()) as client:
        if dry_run:
            return attempts_forgotten.count(client, keys)
        attempts_forgotten.keep_hashes(client, forgotten.hashes(connection))
        removed = attempts_forgotten.remove(client, keys)
        # A drain that summed an hour before its rows went may have written the sum after.
        attempts_forgotten.settle_hours(client, {attempts.item_hour(key) for key in keys})
        return removed
