"""Exams, topics, questions and blueprint as an import writes them. Every function works in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class StoredVersion:
    """A version of a question of an exam; `key` None: it has no options, its responses come scored."""

    question_id: int
    external_ref: str
    version: int
    stem: str
    difficulty: str | None
    topic: str | None
    key: str | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class NewVersion:
    """A version to write; `based_on` and `edit_kind` are None for a first one."""

    question_id: int
    version: int
    stem: str
    difficulty: str | None
    topic: str | None
    key: str | None
    labels: tuple[str, ...]
    edit_kind: str | None
    based_on: int | None


@dataclass(frozen=True)
class Quota:
    """Published items that an exam asks for; topic or difficulty None: any."""

    topic: str | None
    difficulty: str | None
    quota: int


@dataclass(frozen=True)
class QuotaChange:
    """What a new blueprint changed in the quotas of the one before."""

    added: int
    changed: int
    unchanged: int
    removed: int


def lock_exam(connection: Connection, exam: str) -> None:
    """Let one import of an exam run at a time; the lock ends with the transaction."""
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended('qbank import ' || :exam, 0))"), {"exam": exam}
    )


def exam_tenant(connection: Connection, exam: str) -> uuid.UUID | None:
    """Return the tenant that owns the exam, or None where there is no such exam."""
    owner: uuid.UUID | None = connection.scalar(
        text("select tenant_id from exams where code = :exam"), {"exam": exam}
    )
    return owner


def add_exam(connection: Connection, exam: str, tenant: uuid.UUID) -> None:
    """Add the exam; nothing happens where it exists."""
    connection.execute(
        text("insert into exams (code, tenant_id) values (:exam, :tenant) on conflict do nothing"),
        {"exam": exam, "tenant": tenant},
    )


def stored_versions(connection: Connection, tenant: uuid.UUID, exam: str) -> list[StoredVersion]:
    """Return every version of the questions whose home is the exam, by question and version."""
    found = connection.execute(
        text(
            """
            select q.id, q.external_ref, v.version, v.stem_md, v.difficulty_label, t.path::text,
                   (select o.option_label from question_options o
                    where o.question_version_id = v.id and o.is_correct),
                   (select string_agg(o.option_label, '' order by o.option_label) from question_options o
                    where o.question_version_id = v.id)
            from questions q
            join question_versions v on v.question_id = q.id
            left join topics t on t.id = v.topic_id
            where q.tenant_id = :tenant and q.home_exam_code = :exam and q.external_ref is not null
            order by q.id, v.version
            """
        ),
        {"tenant": tenant, "exam": exam},
    )
    return [
        StoredVersion(row[0], row[1], row[2], row[3], row[4], row[5], row[6], tuple(row[7] or ""))
        for row in found.all()
    ]


def ensure_topics(connection: Connection, tenant: uuid.UUID, paths: Collection[str]) -> dict[str, int]:
    """Add the topics that are missing, with those above them; return the id of each path asked for."""
    wanted: set[str] = set()
    for path in paths:
        labels = path.split(".")
        wanted.update(".".join(labels[:depth]) for depth in range(1, len(labels) + 1))
    by_depth: dict[int, list[str]] = {}
    for path in sorted(wanted):
        by_depth.setdefault(path.count("."), []).append(path)
    for _, level in sorted(by_depth.items()):
        connection.execute(
            text(
                """
                insert into topics (tenant_id, parent_id, name, path)
                select :tenant, above.id, subpath(wanted.path, -1)::text, wanted.path
                from (select p::ltree as path from unnest(cast(:paths as text[])) p) wanted
                left join topics above on above.tenant_id = :tenant and nlevel(wanted.path) > 1
                    and above.path = subpath(wanted.path, 0, greatest(nlevel(wanted.path) - 1, 1))
                order by wanted.path
                on conflict (tenant_id, path) do nothing
                """
            ),
            {"tenant": tenant, "paths": level},
        )
    found = connection.execute(
        text(
            "select path::text, id from topics where tenant_id = :tenant "
            "and path in (select p::ltree from unnest(cast(:paths as text[])) p)"
        ),
        {"tenant": tenant, "paths": sorted(wanted)},
    )
    ids = {row[0]: int(row[1]) for row in found.all()}
    return {path: ids[path] for path in paths}


def add_questions(
    connection: Connection, tenant: uuid.UUID, exam: str, refs: Sequence[str], created_by: uuid.UUID
) -> dict[str, int]:
    """Add a question for each external_ref, in that order; return their ids."""
    added = connection.execute(
        text(
            """
            insert into questions (tenant_id, external_ref, home_exam_code, created_by)
            select :tenant, ref, :exam, :actor
            from unnest(cast(:refs as text[])) with ordinality as wanted (ref, place) order by place
            returning external_ref, id
            """
        ),
        {"tenant": tenant, "exam": exam, "refs": list(refs), "actor": created_by},
    )
    return {row[0]: int(row[1]) for row in added.all()}


def add_versions(
    connection: Connection, tenant: uuid.UUID, versions: Sequence[NewVersion], created_by: uuid.UUID
) -> None:
    """Write versions with their options and move them to published, lower versions first.

    Options are closed once a version has left draft, so the version is moved last.
    """
    if not versions:
        return
    topics = ensure_topics(connection, tenant, {version.topic for version in versions if version.topic})
    made = connection.execute(
        text(
            """
            insert into question_versions (tenant_id, question_id, version, stem_md, difficulty_label, topic_id,
                                           edit_kind, based_on_version, created_by)
            select :tenant, w.question, w.version, w.stem, w.difficulty, w.topic, w.edit_kind, w.based_on, :actor
            from unnest(cast(:questions as bigint[]), cast(:versions as integer[]), cast(:stems as text[]),
                        cast(:difficulties as text[]), cast(:topics as bigint[]), cast(:edit_kinds as text[]),
                        cast(:based_on as integer[])) with ordinality
                 as w (question, version, stem, difficulty, topic, edit_kind, based_on, place)
            order by w.place
            returning question_id, version, id
            """
        ),
        {
            "tenant": tenant,
            "actor": created_by,
            "questions": [version.question_id for version in versions],
            "versions": [version.version for version in versions],
            "stems": [version.stem for version in versions],
            "difficulties": [version.difficulty for version in versions],
            "topics": [topics[version.topic] if version.topic else None for version in versions],
            "edit_kinds": [version.edit_kind for version in versions],
            "based_on": [version.based_on for version in versions],
        },
    )
    ids = {(row[0], row[1]): int(row[2]) for row in made.all()}
    _add_options(connection, tenant, {ids[(one.question_id, one.version)]: one for one in versions})
    connection.execute(
        text("update question_versions set state = 'published' where id = any(cast(:ids as bigint[]))"),
        {"ids": list(ids.values())},
    )


def _add_options(connection: Connection, tenant: uuid.UUID, versions: Mapping[int, NewVersion]) -> None:
    rows = [(made, label, label == one.key) for made, one in versions.items() for label in one.labels]
    if not rows:
        return
    made, labels, correct = zip(*rows, strict=True)
    connection.execute(
        text(
            """
            insert into question_options (tenant_id, question_version_id, option_label, is_correct)
            select :tenant, w.version_id, w.label, w.correct
            from unnest(cast(:version_ids as bigint[]), cast(:labels as text[]), cast(:correct as boolean[]))
                 with ordinality as w (version_id, label, correct, place)
            order by w.place
            """
        ),
        {"tenant": tenant, "version_ids": list(made), "labels": list(labels), "correct": list(correct)},
    )


def publish(connection: Connection, tenant: uuid.UUID, exam: str, versions: Mapping[int, int]) -> None:
    """Publish questions for the exam in the version given; a publication never moves back."""
    connection.execute(
        text(
            """
            insert into question_publications (tenant_id, exam_code, question_id, live_version)
            select :tenant, :exam, w.question, w.version
            from unnest(cast(:questions as bigint[]), cast(:versions as integer[])) with ordinality
                 as w (question, version, place)
            order by w.place
            on conflict (question_id, tenant_id, exam_code) do update
                set live_version = excluded.live_version, published_at = now()
                where question_publications.live_version < excluded.live_version
            """
        ),
        {"tenant": tenant, "exam": exam, "questions": list(versions), "versions": list(versions.values())},
    )


def replace_quotas(
    connection: Connection, tenant: uuid.UUID, exam: str, quotas: Sequence[Quota]
) -> QuotaChange:
    """Make `quotas` the whole blueprint of the exam: others are deleted, equal ones keep their rows."""
    topics = ensure_topics(connection, tenant, {quota.topic for quota in quotas if quota.topic})
    wanted = {
        "tenant": tenant,
        "exam": exam,
        "topics": [topics[quota.topic] if quota.topic else None for quota in quotas],
        "difficulties": [quota.difficulty for quota in quotas],
        "quotas": [quota.quota for quota in quotas],
    }
    removed = connection.execute(text(_DELETE_OTHER_QUOTAS), wanted).rowcount
    written: list[bool] = list(connection.scalars(text(_WRITE_QUOTAS), wanted))
    added = sum(written)
    changed = len(written) - added
    return QuotaChange(added, changed, len(quotas) - len(written), int(removed))


_DELETE_OTHER_QUOTAS = """
    delete from blueprint_quotas b where b.exam_code = :exam and not exists (
        select from unnest(cast(:topics as bigint[]), cast(:difficulties as text[])) as w (topic, difficulty)
        where w.topic is not distinct from b.topic_id
          and w.difficulty is not distinct from b.difficulty_label)
"""
# Quotas written, true for those that are new; the row of an equal quota is left alone and not returned.
_WRITE_QUOTAS = """
    insert into blueprint_quotas (tenant_id, exam_code, topic_id, difficulty_label, quota)
    select :tenant, :exam, w.topic, w.difficulty, w.quota
    from unnest(cast(:topics as bigint[]), cast(:difficulties as text[]), cast(:quotas as integer[]))
         with ordinality as w (topic, difficulty, quota, place)
    order by w.place
    on conflict (exam_code, topic_id, difficulty_label) do update set quota = excluded.quota
        where blueprint_quotas.quota <> excluded.quota
    returning (xmax = 0) as is_new
"""
