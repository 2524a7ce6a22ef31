"""What an exam's blueprint asks for, and what its items say of themselves: for those who choose items by it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from database.queries.bank import groups_of

# A topic lies below another by its path, or by its parent where it has no path.
_QUOTAS = text(
    """
    with recursive below (root, id) as (
        select topic_id, topic_id from blueprint_quotas where exam_code = :exam and topic_id is not null
        union
        select b.root, s.id from below b
        join topics p on p.id = b.id
        join topics s on s.tenant_id = p.tenant_id and (s.parent_id = p.id or s.path <@ p.path)
    )
    select t.name as topic, b.difficulty_label as difficulty, b.quota, b.topic_id,
        array(select below.id from below where below.root = b.topic_id order by below.id) as topics
    from blueprint_quotas b left join topics t on t.id = b.topic_id
    where b.exam_code = :exam order by b.id
    """
)

_LABELS = text(
    """
    select v.question_id, v.version, v.topic_id, v.difficulty_label, v.bloom_level,
        coalesce(v.tags -> 'pilot' = 'true', false) as pilot, v.tags -> 'enemies' as enemies,
        v.tags ->> 'item_set' as item_set
    from question_versions v join questions q on q.id = v.question_id where q.home_exam_code = :exam
    """
)


@dataclass(frozen=True, slots=True)
class Quota:
    """A row of the blueprint: so many items of a topic and all below it (None: of any), of a difficulty (None: any)."""

    topic: str | None
    topics: frozenset[int] | None
    difficulty: str | None
    quota: int


@dataclass(frozen=True, slots=True)
class Labels:
    """Of a version of a question: topic, difficulty, cognitive level, None where it has none; what its tags say.

    pilot: on trial. enemies: groups of which a test holds one item at most. item_set: its stimulus.
    """

    topic_id: int | None
    difficulty: str | None
    bloom: int | None = None
    pilot: bool = False
    enemies: tuple[str, ...] = ()
    item_set: str | None = None


def quotas(connection: Connection, exam: str) -> list[Quota]:
    """Return the blueprint of an exam in its order; empty where it has none."""
    return [
        Quota(row.topic, None if row.topic_id is None else frozenset(row.topics), row.difficulty, row.quota)
        for row in connection.execute(_QUOTAS, {"exam": exam})
    ]


def labels(connection: Connection, exam: str) -> dict[tuple[int, int], Labels]:
    """Return what every version of the exam's own questions says of itself, by question and version."""
    return {
        (row.question_id, row.version): Labels(
            row.topic_id,
            row.difficulty_label,
            row.bloom_level,
            row.pilot,
            groups_of(row.enemies),
            row.item_set,
        )
        for row in connection.execute(_LABELS, {"exam": exam})
    }
